// The batch fetch of objects that a list of PAI selects by their ids. PAI leaves out those that do not exist and those
// that may not be read: which of the two it is, only a read of the object tells. A refused list is refused for all.
import type { Scope } from '../../cache/entry.js';
import { type Batch, isRead, type Outcome, type ReadThrough } from '../../cache/read-through.js';
import type { Call } from '../../domain/call.js';
import type { Page } from '../../domain/list.js';
import type { ListQuery } from '../../pai/request.js';
import type { ListPage } from '../readers.js';

/** One list, and the keys of the objects that it selects. */
interface SelectedByIds<K> {
  readonly list: ListQuery;
  readonly keys: readonly K[];
}

export function batchByIds<K, T extends { readonly id: string }>(
  pages: ReadThrough<ListPage, Page<T>>,
  idOf: (key: K) => string,
  listsOf: (keys: readonly K[]) => readonly SelectedByIds<K>[],
  scope: Scope,
  call: Call,
): Required<Batch<K, T>> {
  const live = { ...call, cacheControl: { ...call.cacheControl, noCache: true } };
  const pageOf = ({ list, keys }: SelectedByIds<K>) => ({
    list,
    page: { number: 1, size: keys.length },
  });

  async function readInto(settled: Map<K, Outcome<T>>, selected: SelectedByIds<K>) {
    const [outcome = null] = await pages.getMany([pageOf(selected)], scope, live);
    if (outcome instanceof Error) for (const key of selected.keys) settled.set(key, outcome);
    if (!isRead(outcome)) return;
    const byId = new Map(outcome.value.items.map((item) => [item?.id, item]));
    for (const key of selected.keys) {
      const value = byId.get(idOf(key));
      if (value) settled.set(key, { ...outcome, value });
    }
  }

  return {
    async fetch(keys) {
      const settled = new Map<K, Outcome<T>>();
      await Promise.all(listsOf(keys).map((selected) => readInto(settled, selected)));
      return settled;
    },
    revalidate(keys) {
      for (const selected of listsOf(keys)) pages.revalidate(pageOf(selected), scope, call);
    },
  };
}

export function inChunks<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
