// What earlier answers said of how long the lists of models are, for each scope, and which of their pages
// are still fresh. Only lists that divide the registry: own models, a provider's, a workspace's.
import { LRUCache } from 'lru-cache';
import { inOwnMemory } from '../domain/json.js';
import type { PageNumber } from '../domain/list.js';
import type { ListQuery } from '../pai/list-query.js';
import type { KnownList } from './batch-plan.js';

export interface KnownLists {
  /** A page came, with its total. */
  note(scopeId: string, list: ListQuery, page: PageNumber, total: number | null): void;
  /**
   * The longest first: it is the likeliest to hold an id of which nothing is known. For who does not
   * read the cache no page is fresh.
   */
  of(
    scopeId: string,
    pageSize: number,
    isCacheRead: boolean,
  ): readonly (KnownList & { readonly list: ListQuery })[];
}

interface Remembered {
  readonly list: ListQuery;
  total: number;
  pageSize: number;
  readonly readAt: Map<number, number>;
}

const DIVIDING: ReadonlySet<string> = new Set(['Provider', 'WorkspaceId']);
const ORDERING: ReadonlySet<string> = new Set(['SortBy', 'Order']);
const MAX_SCOPES = 1000;
const MAX_LISTS = 20;

export function createKnownLists(now: () => number, ttlMs: number): KnownLists {
  const scopes = new LRUCache<string, LRUCache<string, Remembered>>({ max: MAX_SCOPES });

  function listsOf(scopeId: string): LRUCache<string, Remembered> {
    const lists = scopes.get(scopeId) ?? new LRUCache<string, Remembered>({ max: MAX_LISTS });
    scopes.set(scopeId, lists);
    return lists;
  }

  function freshPages({ readAt, pageSize }: Remembered, wantedSize: number): Set<number> {
    if (pageSize !== wantedSize) return new Set();
    const fresh = [...readAt].filter(([, at]) => now() - at < ttlMs);
    return new Set(fresh.map(([number]) => number));
  }

  return {
    note(scopeId, list, page, total) {
      const names = Object.keys(list.query);
      const isOrdered = names.some((name) => ORDERING.has(name));
      const parts = names.filter((name) => !ORDERING.has(name));
      if (total === null || !parts.every((name) => DIVIDING.has(name))) return;
      // An order changes the pages of a list and not its total.
      const key = JSON.stringify(parts.map((name) => [name, list.query[name]]));
      const known = listsOf(scopeId).get(key);
      if (known !== undefined) known.total = total;
      if (isOrdered) return;
      const remembered = known ?? {
        list: inOwnMemory(list),
        total,
        pageSize: page.size,
        readAt: new Map(),
      };
      if (remembered.pageSize !== page.size) remembered.readAt.clear();
      remembered.pageSize = page.size;
      remembered.readAt.set(page.number, now());
      listsOf(scopeId).set(key, remembered);
    },
    of(scopeId, pageSize, isCacheRead) {
      const lists = [...(scopes.get(scopeId)?.values() ?? [])];
      return lists
        .map((known) => ({
          key: known.list.key,
          list: known.list,
          total: known.total,
          freshPages: isCacheRead ? freshPages(known, pageSize) : new Set<number>(),
        }))
        .sort((left, right) => right.total - left.total);
    },
  };
}
