// The size of the pages that PAI gives, for each operation and account, as its latest pages show. It decides how many
// calls a list costs, never which rows the list shows.
import { LRUCache } from 'lru-cache';
import type { Caller } from '../../domain/caller.js';
import type { Page, PageNumber } from '../../domain/list.js';
import type { ListQuery } from '../../pai/request.js';
import { judgePage } from './page-plan.js';

type Operation = ListQuery['operation'];

export interface PageCaps {
  /** The largest size worth asking for. */
  of(operation: Operation, caller: Caller): number;
  /** Called for each page that PAI gives, when it arrives. */
  observe(operation: Operation, caller: Caller, page: PageNumber, answer: Page<unknown>): void;
}

interface Belief {
  max: number;
  learnedAt: number;
  /** The largest page that was not cut. */
  whole: number;
  /** A smaller size that one page was cut to. */
  suspected: number | null;
}

/** After this time a smaller cap is tested again. */
const DOUBT_AFTER_MS = 60_000;
/** PAI documents 10 as the size of a page without a size: a smaller cut affects only the read that meets it. */
const DOCUMENTED_SIZE = 10;
const MAX_ACCOUNTS = 1000;

export function createPageCaps(sizeMax: number, now: () => number): PageCaps {
  const beliefs = new LRUCache<string, Belief>({ max: 2 * MAX_ACCOUNTS });

  function beliefOf(operation: Operation, { own }: Caller): Belief {
    const key = `${operation} ${own?.account ?? ''}`;
    const initial = { max: sizeMax, learnedAt: now(), whole: 0, suspected: null };
    const belief = beliefs.get(key) ?? initial;
    if (belief.max < sizeMax && now() - belief.learnedAt > DOUBT_AFTER_MS) belief.max = sizeMax;
    beliefs.set(key, belief);
    return belief;
  }

  function sawWhole(belief: Belief, rows: number): void {
    belief.whole = Math.max(belief.whole, rows);
    belief.max = Math.max(belief.max, rows);
    if (belief.suspected !== null && rows > belief.suspected) belief.suspected = null;
  }

  function sawCut(belief: Belief, size: number): void {
    if (size < DOCUMENTED_SIZE) return;
    // Larger pages were whole: rows may have been deleted while PAI counted. The same size again is not an accident.
    if (size < belief.whole && size !== belief.suspected) {
      belief.suspected = size;
      return;
    }
    Object.assign(belief, { max: size, whole: size, learnedAt: now(), suspected: null });
  }

  return {
    of: (operation, caller) => beliefOf(operation, caller).max,
    observe(operation, caller, page, { items: { length: rows }, total }) {
      const belief = beliefOf(operation, caller);
      const verdict = judgePage(page, rows, total);
      const isWhole = rows >= page.size || (page.number === 1 && verdict.kind === 'right');
      if (isWhole) sawWhole(belief, Math.min(rows, page.size));
      if (verdict.kind === 'cut') sawCut(belief, cutSize(page, rows, total ?? 0));
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
