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

export class FacetCounts {
  readonly #counts: ReadonlyMap<FacetField, Map<string, number>>;

  constructor(fields: readonly FacetField[]) {
    this.#counts = new Map(fields.map((field) => [field, new Map()]));
  }

  add(model: Model): void {
    for (const [field, counts] of this.#counts) {
      // A model counts once for each of its values.
      for (const value of new Set(RULES[field].valuesOf(model))) {
        if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
      }
    }
  }

  /** Each field once, with its most frequent values first. */
  facets(): { readonly field: FacetField; readonly values: readonly FacetValue[] }[] {
    return [...this.#counts].map(([field, counts]) => {
      const { isFilter, isCaseIgnored }: Rule = RULES[field];
      const values = [...counts].map(([value, count]) => ({ value, count }));
      const shown = sorted(isFilter ? values.filter(({ value }) => isFilterText(value)) : values);
      return { field, values: isCaseIgnored ? sorted(joinCases(shown)) : shown };
    });
  }
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
