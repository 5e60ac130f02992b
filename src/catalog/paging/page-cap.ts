// The size of the pages that PAI gives, for each operation and account, as its latest pages show. It decides how many
// calls a list costs, never which rows the list shows.
import { LRUCache } from 'lru-cache';
import type { Caller } from '../../domain/caller.js';
import type { Page, PageNumber } from '../../domain/list.js';
import { type ListQuery, MAX_IDS } from '../../pai/request.js';
import { judgePage } from './page-plan.js';

type Operation = ListQuery['operation'];

export interface PageCaps {
  /** The largest size worth asking for. */
  of(operation: Operation, caller: Caller): number;
  /** Called for each page that PAI gives, when it arrives. */
  observe(operation: Operation, caller: Caller, page: PageNumber, answer: Page<unknown>): void;
}

interface LearnedCap {
  max: number;
  learnedAt: number;
  /** The largest page that was not cut. */
  whole: number;
  /** A smaller size that one page was cut to. */
  suspected: number | null;
}

/** After this time a smaller cap is tested again. */
const RETEST_AFTER_MS = 60_000;
/** PAI documents 10 as the size of a page without a size: a smaller cut affects only the read that meets it. */
const DOCUMENTED_SIZE = 10;
const MAX_ACCOUNTS = 1000;

/** Their pages are asked for by ids. */
const LIMITS: Readonly<Partial<Record<Operation, number>>> = {
  ListWorkspaces: MAX_IDS,
  ListDatasets: MAX_IDS,
};

export function createPageCaps(pageSizeMax: number, now: () => number): PageCaps {
  const learnedCaps = new LRUCache<string, LearnedCap>({ max: 2 * MAX_ACCOUNTS });

  function learnedCapOf(operation: Operation, { own }: Caller): LearnedCap {
    const key = `${operation} ${own?.account ?? ''}`;
    const sizeMax = Math.min(pageSizeMax, LIMITS[operation] ?? pageSizeMax);
    const initial = { max: sizeMax, learnedAt: now(), whole: 0, suspected: null };
    const cap = learnedCaps.get(key) ?? initial;
    if (cap.max < sizeMax && now() - cap.learnedAt > RETEST_AFTER_MS) cap.max = sizeMax;
    learnedCaps.set(key, cap);
    return cap;
  }

  function sawWhole(cap: LearnedCap, rows: number): void {
    cap.whole = Math.max(cap.whole, rows);
    cap.max = Math.max(cap.max, rows);
    if (cap.suspected !== null && rows > cap.suspected) cap.suspected = null;
  }

  function sawCut(cap: LearnedCap, size: number): void {
    if (size < DOCUMENTED_SIZE) return;
    // Larger pages were whole: rows may have been deleted while PAI counted. The same size again is not an accident.
    if (size < cap.whole && size !== cap.suspected) {
      cap.suspected = size;
      return;
    }
    Object.assign(cap, { max: size, whole: size, learnedAt: now(), suspected: null });
  }

  return {
    of: (operation, caller) => learnedCapOf(operation, caller).max,
    observe(operation, caller, page, { items: { length: rows }, total }) {
      const cap = learnedCapOf(operation, caller);
      const verdict = judgePage(page, rows, total);
      const isWhole = rows >= page.size || (page.number === 1 && verdict.kind === 'right');
      if (isWhole) sawWhole(cap, Math.min(rows, page.size));
      if (verdict.kind === 'cut') sawCut(cap, cutSize(page, rows, total ?? 0));
    },
  };
}

/**
 * The size that the page was cut to: its number of rows, or more where it may be the last page of that size. The next
 * page reveals a cap that is assumed too large.
 */
function cutSize({ number, size }: PageNumber, rows: number, total: number): number {
  const asLast = (total - rows) / (number - 1);
  return Number.isInteger(asLast) && asLast > rows && asLast < size ? asLast : rows;
}
