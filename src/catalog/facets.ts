// Counts the values that the fields of models have, for the filters beside a catalog. It reads nothing.
import type { Model } from '../domain/model.js';
import { isFilterText } from '../pai/request.js';

interface FacetValue {
  readonly value: string;
  /** Of models. */
  readonly count: number;
}

interface Rule {
  readonly valuesOf: (model: Model) => readonly (string | null | undefined)[];
  /** Its values are those of a filter. */
  readonly isFilter?: boolean;
  /** Spellings that differ in letter case are one value. */
  readonly isCaseIgnored?: boolean;
}

const RULES = {
  TASK: { valuesOf: ({ task }) => [task], isFilter: true },
  DOMAIN: { valuesOf: ({ domain }) => [domain], isFilter: true },
  ORIGIN: { valuesOf: ({ origin }) => [origin], isFilter: true },
  PROVIDER: { valuesOf: ({ provider }) => [provider] },
  TYPE: { valuesOf: ({ type }) => [type], isFilter: true },
  LABEL_KEY: { valuesOf: ({ labels }) => labels.map(({ key }) => key) },
  FRAMEWORK: {
    valuesOf: ({ latestVersion }) => [latestVersion?.frameworkType],
    isCaseIgnored: true,
  },
  ACCESSIBILITY: { valuesOf: ({ accessibility }) => [accessibility] },
} satisfies Record<string, Rule>;

export type FacetField = keyof typeof RULES;

interface Facet {
  readonly field: FacetField;
  readonly values: readonly FacetValue[];
}

export class FacetCounts {
  readonly #counts: ReadonlyMap<FacetField, Map<string, number>>;

  constructor(fields: readonly FacetField[]) {
    this.#counts = new Map(fields.map((field) => [field, new Map()]));
  }

  /** Gives the number of values that it had not counted before. */
  add(models: readonly Model[]): number {
    let added = 0;
    for (const [field, counts] of this.#counts) {
      const before = counts.size;
      for (const model of models) countValues(field, model, counts);
      added += counts.size - before;
    }
    return added;
  }

  /** Each field once, with its most frequent values first; `rest` is awaited after each, since there may be many. */
  async facets(rest: () => Promise<void>): Promise<Facet[]> {
    const facets: Facet[] = [];
    for (const [field, counts] of this.#counts) {
      facets.push({ field, values: valuesOf(field, counts) });
      await rest();
    }
    return facets;
  }
}

/** A model counts once for each of its values. */
function countValues(field: FacetField, model: Model, counts: Map<string, number>): void {
  for (const value of new Set(RULES[field].valuesOf(model))) {
    if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
}

function valuesOf(field: FacetField, counts: ReadonlyMap<string, number>): FacetValue[] {
  const { isFilter, isCaseIgnored }: Rule = RULES[field];
  const values = [...counts].map(([value, count]) => ({ value, count }));
  const shown = sorted(isFilter ? values.filter(({ value }) => isFilterText(value)) : values);
  return isCaseIgnored ? sorted(joinCases(shown)) : shown;
}

function sorted(values: FacetValue[]): FacetValue[] {
  return values.sort((one, other) =>
    one.count === other.count ? (one.value < other.value ? -1 : 1) : other.count - one.count,
  );
}

/** Under the first spelling of each. */
function joinCases(values: readonly FacetValue[]): FacetValue[] {
  const joined = new Map<string, FacetValue>();
  for (const { value, count } of values) {
    const key = value.toLowerCase();
    const known = joined.get(key);
    joined.set(key, { value: known?.value ?? value, count: count + (known?.count ?? 0) });
  }
  return [...joined.values()];
}
