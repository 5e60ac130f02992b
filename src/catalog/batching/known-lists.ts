// The lengths of the lists of models by earlier answers, for each scope, and the pages that are still fresh. Covers
// only lists that divide the registry: own models, a provider's, a workspace's.
import { LRUCache } from 'lru-cache';
import type { Scope } from '../../cache/entry.js';
import type { Read } from '../../cache/read-through.js';
import type { Page, PageNumber } from '../../domain/list.js';
import { inOwnMemory, memoryOf } from '../../lib/memory.js';
import type { ListQuery } from '../../pai/request.js';
import { type KnownList, MAX_PAGES } from './batch-plan.js';

export interface KnownLists {
  note(scope: Scope, list: ListQuery, seen: SeenPage): void;
  /**
   * The longest first: it is the likeliest to hold an id of which nothing is known. For an operation that does not read
   * the cache no page is fresh.
   */
  of(
    scope: Scope,
    pageSize: number,
    isCacheRead: boolean,
  ): readonly (KnownList & { readonly list: ListQuery })[];
}

export interface SeenPage {
  readonly page: PageNumber;
  readonly total: number | null;
  /** When PAI gave it, by the monotonic clock. */
  readonly fetchedAt: number;
  /** Whether its models are in the cache since then: only the models of a trusted list are. */
  readonly isStored: boolean;
}

export function seenPage(
  page: PageNumber,
  { value, fetchedAt }: Read<Page<unknown>>,
  isStored: boolean,
): SeenPage {
  return { page, total: value.total, fetchedAt, isStored };
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

export function createKnownLists(now: () => number, ttlMs: number): KnownLists {
  const scopes = new LRUCache<string, LRUCache<string, Remembered>>({ maxSize: MAX_BYTES });

  function keep(scopeId: string, division: string, list: Remembered): void {
    const lists = scopes.get(scopeId) ?? new LRUCache<string, Remembered>({ max: MAX_LISTS });
    lists.set(division, list);
    // Setting an object that is already in the cache would not measure it again.
    scopes.delete(scopeId);
    scopes.set(scopeId, lists, { size: memoryOfLists(lists) });
  }

  function freshPages({ readAt, pageSize }: Remembered, wantedSize: number): Set<number> {
    if (pageSize !== wantedSize) return new Set();
    const fresh = [...readAt].filter(([, at]) => now() - at < ttlMs);
    return new Set(fresh.map(([number]) => number));
  }

  return {
    note({ id: scopeId }, list, { page, total, fetchedAt, isStored }) {
      if (total === null || list.division === null) return;
      const known = scopes.get(scopeId)?.get(list.division);
      if (known !== undefined) noteTotal(known, total, fetchedAt);
      // An order changes the pages of a list and not its total.
      if (list.isOrdered) return;
      const remembered = known ?? firstSight(list, total, page.size, fetchedAt);
      const isNewPage = isStored && notePage(remembered, page, fetchedAt);
      if (known === undefined || isNewPage) keep(scopeId, list.division, remembered);
    },
    of({ id: scopeId }, pageSize, isCacheRead) {
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

function memoryOfLists(lists: LRUCache<string, Remembered>): number {
  return [...lists.values()].reduce(
    (bytes, { list, readAt }) => bytes + memoryOf(list) + readAt.size * BYTES_PER_PAGE,
    BYTES_PER_SCOPE,
  );
}

function firstSight(
  list: ListQuery,
  total: number,
  pageSize: number,
  fetchedAt: number,
): Remembered {
  return { list: inOwnMemory(list), total, totalAt: fetchedAt, pageSize, readAt: new Map() };
}

/** A cached page may be older than the known total. */
function noteTotal(known: Remembered, total: number, fetchedAt: number): void {
  if (fetchedAt < known.totalAt) return;
  known.total = total;
  known.totalAt = fetchedAt;
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
