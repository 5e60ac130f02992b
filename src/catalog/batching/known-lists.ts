// The lengths of the lists of models by earlier answers, for each scope, and the pages that are still fresh. Covers
// only lists that divide the registry: own models, a provider's, a workspace's.
import { LRUCache } from 'lru-cache';
import type { Scope } from '../../cache/entry.js';
import type { PageNumber } from '../../domain/list.js';
import { inOwnMemory, memoryOf } from '../../lib/memory.js';
import type { ListQuery } from '../../pai/request.js';
import { type KnownList, MAX_PAGES } from './batch-plan.js';

interface SeenPage {
  readonly page: PageNumber;
  readonly total: number | null;
  /** When PAI gave it, by the monotonic clock. */
  readonly fetchedAt: number;
  /** Whether its models are in the cache since then: only the models of a trusted list are. */
  readonly isStored: boolean;
}

interface Remembered {
  readonly list: ListQuery;
  total: number;
  totalAt: number;
  pageSize: number;
  readonly readAt: Map<number, number>;
}

const MAX_BYTES = 4 * 1024 * 1024;
/** The number of lists in a scope. */
const MAX_LISTS = 20;
const BYTES_PER_SCOPE = 2000;
const BYTES_PER_PAGE = 50;

type ListsOfScope = LRUCache<string, Remembered>;

export class KnownLists {
  readonly #now: () => number;
  readonly #ttlMs: number;
  readonly #scopes = new LRUCache<string, ListsOfScope>({
    maxSize: MAX_BYTES,
    sizeCalculation: memoryOfLists,
  });

  constructor(now: () => number, ttlMs: number) {
    this.#now = now;
    this.#ttlMs = ttlMs;
  }

  note({ id }: Scope, list: ListQuery, { page, total, fetchedAt, isStored }: SeenPage): void {
    if (total === null || list.completePart === null) return;
    const lists: ListsOfScope = this.#scopes.get(id) ?? new LRUCache({ max: MAX_LISTS });
    const known = lists.get(list.completePart);
    // A cached page may be older than the known total.
    if (known && fetchedAt >= known.totalAt) Object.assign(known, { total, totalAt: fetchedAt });
    // An order changes the pages of a list and not its total.
    if (list.isOrdered) return;
    const remembered = known ?? {
      list: inOwnMemory(list),
      total,
      totalAt: fetchedAt,
      pageSize: page.size,
      readAt: new Map(),
    };
    const hasGrown = isStored && notePage(remembered, page, fetchedAt);
    if (known && !hasGrown) return;
    lists.set(list.completePart, remembered);
    // Setting an object that is already in the cache would not measure it again.
    this.#scopes.delete(id);
    this.#scopes.set(id, lists);
  }

  /**
   * The longest first: it is the likeliest to hold an id of which nothing is known. For an operation that does not read
   * the cache no page is fresh.
   */
  of({ id }: Scope, pageSize: number, isCacheRead: boolean) {
    const lists = [...(this.#scopes.get(id)?.values() ?? [])];
    return lists
      .map((known): KnownList & { readonly list: ListQuery } => {
        const { list, total, readAt } = known;
        const isUsable = isCacheRead && known.pageSize === pageSize;
        const fresh = [...readAt].filter(([, at]) => isUsable && this.#now() - at < this.#ttlMs);
        return { key: list.key, list, total, freshPages: new Set(fresh.map(([page]) => page)) };
      })
      .sort((left, right) => right.total - left.total);
  }
}

function memoryOfLists(lists: ListsOfScope): number {
  return [...lists.values()].reduce(
    (bytes, { list, readAt }) => bytes + memoryOf(list) + readAt.size * BYTES_PER_PAGE,
    BYTES_PER_SCOPE,
  );
}

/** Whether the page was not known before, so that the remembered data has grown. */
function notePage(known: Remembered, { number, size }: PageNumber, fetchedAt: number): boolean {
  if (known.pageSize !== size) known.readAt.clear();
  known.pageSize = size;
  const before = known.readAt.size;
  // The client chooses the number, and a plan never reads beyond the limit.
  if (number <= MAX_PAGES) known.readAt.set(number, fetchedAt);
  return known.readAt.size > before;
}
