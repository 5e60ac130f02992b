// Labels are chosen in the same way on a model and on a version.
import { refuseLongList } from '../../domain/list.js';
import type { Label } from '../../domain/model.js';

/** Of a version that is absent or could not be read, a reference gives no labels, or the error. */
interface Labelled {
  readonly labels?: readonly Label[] | Error;
}

export function labels(labelled: Labelled, { keys }: { keys?: readonly string[] | null }) {
  refuseLongList('keys', keys);
  const all = labelsOf(labelled);
  if (!all || !keys) return all;
  const wanted = new Set(keys);
  return all.filter(({ key }) => wanted.has(key));
}

export function label(labelled: Labelled, { key }: { key: string }): string | null {
  return findByName(labelsOf(labelled) ?? [], ({ key }) => key, key)?.value ?? null;
}

function labelsOf({ labels }: Labelled): readonly Label[] | null {
  if (labels instanceof Error) throw labels;
  return labels ?? null;
}

const indexes = new WeakMap<readonly unknown[], ReadonlyMap<string, number>>();

/**
 * The first item of that name. One operation may ask for fifty names of one list, and PAI may send a list of a hundred
 * thousand items: it is read once. Every search in one list uses the same names.
 */
export function findByName<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  name: string,
): T | undefined {
  const known = indexes.get(items);
  // Of several entries with one key, a map keeps the last.
  const index = known ?? new Map(items.map((item, at) => [nameOf(item), at] as const).reverse());
  if (known === undefined) indexes.set(items, index);
  return items[index.get(name) ?? -1];
}
