// Which pages of a page-number upstream cover a window of rows, at the fewest calls. Pure.
import type { PageNumber } from '../../domain/list.js';

/** Rows from `start` up to but not including `end`, counted from 0. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/**
 * Fewest pages first, then none beyond the length of the list, where that is known: a full page proves itself. Then
 * fewest rows: a window whose start is a multiple of its size is a page of its own; another is held by the smallest
 * page that lies right, or else by two.
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
  const count = countOf(size);
  const firstNumber = Math.floor(start / size) + 1;
  return Array.from({ length: count }, (_, index) => ({ number: firstNumber + index, size }));
}

/** As a window is read: planned anew after every page, for what is left of it. */
export function pagesInTurn({ start, end }: Window, sizeMax: number): readonly PageNumber[] {
  const pages: PageNumber[] = [];
  let next = start;
  while (next < end) {
    const [page] = planPages({ start: next, end }, sizeMax);
    if (page === undefined) break;
    pages.push(page);
    next = page.number * page.size;
  }
  return pages;
}

export type PageVerdict =
  /** The rows are those that were asked for. */
  | { readonly kind: 'right' }
  /**
   * PAI gave fewer rows than there are. Those of page 1 are right; any other page may have begun elsewhere, and is
   * planned anew with pages of at most `size`, which are not cut.
   */
  | { readonly kind: 'cut'; readonly size: number }
  /** The last page of the list, or one that was cut to this very size: one of its rows tells. */
  | { readonly kind: 'unclear' };

/**
 * Judges a page by nothing but its number of rows and the total that came with it: PAI cuts a page in silence to a
 * cap that may change at any moment, and begins it at number × the size that it was cut to.
 */
export function judgePage(page: PageNumber, rows: number, total: number | null): PageVerdict {
  // A full page was not cut. An empty one begins behind the last row, and would do so had it not been cut.
  if (rows >= page.size || rows === 0) return { kind: 'right' };
  if (total === null) return { kind: 'unclear' };
  const left = total - (page.number - 1) * page.size;
  if (page.number === 1) return rows >= left ? { kind: 'right' } : { kind: 'cut', size: rows };
  return rows === left ? { kind: 'unclear' } : { kind: 'cut', size: rows };
}

/**
 * The promise of a read: how many more pages than planned a window takes at most. PAI's cap may be 1 row and may
 * change once while the window is read: before and after, one page and the row that tells of it may be in vain.
 */
export function mostFurtherPages(window: Window, sizeMax: number): number {
  const planned = pagesInTurn(window, sizeMax);
  // A page of one row is never cut.
  if (planned.every(({ size }) => size === 1)) return 0;
  return window.end - window.start + PAGES_IN_VAIN + LAST_ROW_TOLD - planned.length;
}

const PAGES_IN_VAIN = 4;
/** For the last page of a list. */
export const LAST_ROW_TOLD = 1;
