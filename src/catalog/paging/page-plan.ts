// Which pages of a page-number upstream cover a window of rows, at the fewest calls. Pure.
import type { PageNumber } from '../../domain/list.js';

/** Rows from `start` up to but not including `end`, counted from 0. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/**
 * Prefers the fewest pages, then pages that do not reach beyond the length of the list, where that is known: a full
 * page proves itself. Then the fewest rows: a window whose start is a multiple of its size is one page; any other
 * window is covered by the smallest page that contains it, or else by two.
 */
export function planPages(
  { start, end }: Window,
  sizeMax: number,
  length: number | null = null,
): readonly PageNumber[] {
  if (end <= start) return [];
  const countOf = (size: number) => Math.floor((end - 1) / size) - Math.floor(start / size) + 1;
  const isFull = (size: number) => length === null || Math.ceil(end / size) * size <= length;
  let size = 1;
  for (let larger = 2; larger <= sizeMax; larger += 1) {
    const fewer = countOf(size) - countOf(larger);
    if (fewer > 0 || (fewer === 0 && isFull(larger) && !isFull(size))) size = larger;
  }
  return largestPages({ start, end }, size);
}

export type PlanPages = typeof planPages;

/** The same, all of that size: those that a scan of the list reads as well. */
export function largestPages({ start, end }: Window, size: number): readonly PageNumber[] {
  if (end <= start) return [];
  const first = Math.floor(start / size) + 1;
  const count = Math.floor((end - 1) / size) + 2 - first;
  return Array.from({ length: count }, (_, index) => ({ number: first + index, size }));
}

/** The pages as a window is read: planned again after every page, for the rest of the window. */
export function pagesInTurn(
  { start, end }: Window,
  sizeMax: number,
  plan: PlanPages = planPages,
): readonly PageNumber[] {
  const pages: PageNumber[] = [];
  let next = start;
  while (next < end) {
    const [page] = plan({ start: next, end }, sizeMax);
    if (page === undefined) break;
    pages.push(page);
    next = page.number * page.size;
  }
  return pages;
}

type PageVerdict =
  /** The rows are the requested ones. */
  | { readonly kind: 'right' }
  /**
   * PAI gave fewer rows than exist. The rows of page 1 are right; any other page may have begun elsewhere, and is
   * planned again with pages of at most `size`, which are not cut.
   */
  | { readonly kind: 'cut'; readonly size: number }
  /** The last page of the list, or a page that was cut to this very size: reading one of its rows decides. */
  | { readonly kind: 'unclear' };

/**
 * Judges a page only by its number of rows and the total that came with it: PAI silently cuts a page to a cap that may
 * change at any moment, and begins it at number × the size that it was cut to.
 */
export function judgePage(page: PageNumber, rows: number, total: number | null): PageVerdict {
  // A full page was not cut. An empty page begins behind the last row, and would also do so uncut.
  if (rows >= page.size || rows === 0) return { kind: 'right' };
  if (total === null) return { kind: 'unclear' };
  const left = total - (page.number - 1) * page.size;
  if (page.number === 1) return rows >= left ? { kind: 'right' } : { kind: 'cut', size: rows };
  return rows === left ? { kind: 'unclear' } : { kind: 'cut', size: rows };
}

/**
 * The guarantee of a read: how many more pages than planned a window takes at most. PAI's cap may be 1 row and may
 * change once while the window is read: before and after, one page and the row that reveals the cut may be useless.
 */
export function mostFurtherPages(window: Window, sizeMax: number, plan?: PlanPages): number {
  const planned = pagesInTurn(window, sizeMax, plan);
  // A page of one row is never cut.
  if (planned.every(({ size }) => size === 1)) return 0;
  return window.end - window.start + WASTED_PAGES + PROBE_ROWS - planned.length;
}

const WASTED_PAGES = 4;
/** The row that is read to judge the last page of a list. */
export const PROBE_ROWS = 1;
