// Labels are chosen in the same way on a model and on a version.
import { refuseLongList } from '../../domain/list.js';
import type { Label } from '../../domain/model.js';

interface Labelled {
  readonly labels: readonly Label[];
}

export function labels({ labels }: Labelled, { keys }: { keys?: readonly string[] | null }) {
  if (!keys) return labels;
  refuseLongList('keys', keys);
  const wanted = new Set(keys);
  return labels.filter(({ key }) => wanted.has(key));
}

export function label({ labels }: Labelled, { key }: { key: string }): string | null {
  return findByName(labels, ({ key }) => key, key)?.value ?? null;
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
