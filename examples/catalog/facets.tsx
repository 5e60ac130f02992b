// The filters beside the list: the values of four fields, and how many models have each.
import { useState } from 'react';
import { type Filter, navigate } from './address';
import type { CountedFacets, FacetValue } from './queries';

/** PAI's filters take one value of each. */
const FIELDS = [
  { field: 'DOMAIN', name: 'domain', title: 'Domain' },
  { field: 'TASK', name: 'task', title: 'Task' },
  { field: 'ORIGIN', name: 'origin', title: 'Origin' },
  { field: 'TYPE', name: 'type', title: 'Type' },
] as const;
const SHOWN = 6;

interface FacetsProps {
  readonly filter: Filter;
  /** null: not known yet, or not known at all. */
  readonly counted: CountedFacets | null;
  readonly isBusy: boolean;
}

export function Facets({ filter, counted, isBusy }: FacetsProps) {
  // On a phone the models come first.
  const [isOpen] = useState(() => matchMedia('(width >= 48rem)').matches);
  return (
    <details className="facets" open={isOpen} aria-busy={isBusy}>
      <summary>Filters</summary>
      {FIELDS.map(({ field, name, title }) => (
        <Facet
          key={field}
          title={title}
          values={counted?.facets.find((facet) => facet.field === field)?.values ?? []}
          selected={filter[name]}
          onSelect={(value) =>
            navigate({ filter: { ...filter, [name]: value ?? '' }, model: null })
          }
        />
      ))}
      {counted && !counted.isComplete && <p>Counted in {counted.scanned} models.</p>}
    </details>
  );
}

interface FacetProps {
  readonly title: string;
  readonly values: readonly FacetValue[];
  readonly selected: string | undefined;
  /** null: any value. */
  readonly onSelect: (value: string | null) => void;
}

function Facet({ title, values, selected, onSelect }: FacetProps) {
  const [isLong, setLong] = useState(false);
  const all = values.some(({ value }) => value === selected)
    ? values
    : [{ value: selected, count: 0 }, ...values];
  const choices = all.filter(({ value }) => value);
  if (choices.length === 0) return null;
  return (
    <fieldset>
      <legend>{title}</legend>
      {choices.slice(0, isLong ? undefined : SHOWN).map(({ value, count }) => (
        <label key={value}>
          <input
            type="checkbox"
            checked={value === selected}
            onChange={({ target }) => onSelect(target.checked && value ? value : null)}
          />
          <span>{value}</span>
          <small>{count}</small>
        </label>
      ))}
      {choices.length > SHOWN && !isLong && (
        <button type="button" className="more-values" onClick={() => setLong(true)}>
          {choices.length - SHOWN} more
        </button>
      )}
    </fieldset>
  );
}
