// Which pages of a page-number upstream cover a window of rows, at the fewest calls. Pure.
import type { PageNumber } from '../../domain/list.js';

/** Rows from `start` up to but not including `end`, counted from 0. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/**
 * Fewest pages first, then fewest rows: a window whose start is a multiple of its size is a page of
 * its own; another is held by the smallest page that lies right, or else by two.
 */
export function planPages({ start, end }: Window, sizeMax: number): readonly PageNumber[] {
  if (end <= start) return [];
  const countOf = (size: number) => Math.floor((end - 1) / size) - Math.floor(start / size) + 1;
  let size = 1;
  for (let larger = 2; larger <= sizeMax; larger += 1) {
    if (countOf(larger) < countOf(size)) size = larger;
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

/**
 * How many more pages than planned a window may take while PAI's cap is not known: a cut page shows
 * the cap, another proves it, and the window is planned anew.
 */
export function mostFurtherPages(window: Window, cap: PageCap): number {
  const planned = planPages(window, cap.max);
  if (planned.every(({ size }) => size <= cap.proven)) return 0;
  const smallest = planPages(window, Math.min(cap.max, DOCUMENTED_SIZE));
  return (window.start === 0 ? 0 : 2) + smallest.length - planned.length;
}

/** What is known of the largest page PAI gives; its cap is undocumented and applied in silence. */
export interface PageCap {
  /** No larger page is asked for. */
  readonly max: number;
  /** Pages of up to this size were seen whole. */
  readonly proven: number;
}

/** PAI documents 10 as the size of a page that nobody asked for. */
const DOCUMENTED_SIZE = 10;

export function initialCap(max: number): PageCap {
  return { max, proven: Math.min(max, DOCUMENTED_SIZE) };
}

/**
 * A cap below the size that PAI documents is believed by the read that met it and by no other: far
 * likelier rows have gone while PAI counted.
 */
export function isShareable({ max }: PageCap): boolean {
  return max >= DOCUMENTED_SIZE;
}

export type PageVerdict =
  /** The rows are those that were asked for. */
  | { readonly kind: 'right'; readonly cap: PageCap }
  /** The page was cut to a smaller size: its number meant other rows. Plan anew with the cap. */
  | { readonly kind: 'capped'; readonly cap: PageCap }
  /** It cannot be told from a cut page; page 1 of the same size tells. */
  | { readonly kind: 'unclear' };

/** Judges a page by its number of rows and the total that came with it. */
export function judgePage(
  page: PageNumber,
  rows: number,
  total: number | null,
  cap: PageCap,
): PageVerdict {
  const right = (seen: number): PageVerdict => ({
    kind: 'right',
    cap: { ...cap, proven: Math.max(cap.proven, seen) },
  });
  // An empty page teaches nothing; a full one proves its size, and with it its offset.
  if (total === null || rows === 0) return right(0);
  if (rows >= page.size) return right(page.size);
  const expected = Math.min(page.size, total - (page.number - 1) * page.size);
  if (page.number === 1) {
    if (rows >= expected) return right(rows);
    // Larger pages were seen whole: rows have gone while PAI counted, and no page was cut.
    if (rows < cap.proven && cap.proven > DOCUMENTED_SIZE) return right(0);
    return { kind: 'capped', cap: { max: rows, proven: Math.min(cap.proven, rows) } };
  }
  // The last page of a list may be as short as a cut one; shorter than what was seen it cannot be cut.
  const isCertain = rows === expected && (page.size <= cap.proven || rows < cap.proven);
  return isCertain ? right(0) : { kind: 'unclear' };
}
