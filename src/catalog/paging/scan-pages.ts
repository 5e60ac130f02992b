// Reads the first pages of a list, several at a time, for code that needs each row once and none of their positions.
import { BudgetSpent } from '../../domain/call.js';
import type { Page } from '../../domain/list.js';
import { judgePage } from './page-plan.js';
import type { WindowReader } from './read-window.js';

interface Scan {
  /** Distinct rows. */
  readonly scanned: number;
  /** Each page that was read says that the list has as many rows. */
  readonly isComplete: boolean;
  /** The budget of calls ended before the pages did. */
  readonly isBudgetSpent: boolean;
}

/** As long as a page takes 200 ms, it keeps a quota of 50 a second busy. */
const PAGES_AT_ONCE = 10;

/** Gives `visit` each row once, in pages as they arrive. The first page tells how many there are. */
export async function scanPages<T>(
  { fetchPage, sizeMax, idOf }: WindowReader<T>,
  maxPages: number,
  visit: (rows: readonly T[]) => Promise<void>,
): Promise<Scan> {
  const seen = new Set<string>();
  const totals = new Set<number | null>();
  const place = new Place(sizeMax());
  let pagesLeft = maxPages;
  let isBudgetSpent = false;

  function keep({ items, total }: Page<T>): Promise<void> {
    totals.add(total);
    const rows: T[] = [];
    for (const item of items) {
      if (item === null || seen.has(idOf(item))) continue;
      seen.add(idOf(item));
      rows.push(item);
    }
    return visit(rows);
  }

  while (!isBudgetSpent) {
    const { size } = place;
    const numbers = place.next(Math.min(pagesLeft, totals.size === 0 ? 1 : PAGES_AT_ONCE));
    if (numbers.length === 0) break;
    const pages = await Promise.all(
      numbers.map((number) => fetchPage({ number, size }).catch(unlessSpent)),
    );
    pagesLeft -= pages.length;
    for (const page of pages) if (page !== null) await keep(page);
    place.advance(pages);
    isBudgetSpent = pages.includes(null);
  }
  const isComplete = totals.size === 1 && totals.has(seen.size);
  return { scanned: seen.size, isComplete, isBudgetSpent };
}

function unlessSpent(error: unknown): null {
  if (error instanceof BudgetSpent) return null;
  throw error;
}

/** Where a list is read next, and by pages of which size. */
class Place {
  size: number;
  /** All rows before it have been read. */
  #position = 0;
  /** Of the list, as far as pages have told. */
  #length = Number.POSITIVE_INFINITY;

  constructor(size: number) {
    this.size = size;
  }

  /** The numbers of the next pages. */
  next(most: number): number[] {
    const first = Math.floor(this.#position / this.size) + 1;
    const count = Math.min(most, Math.ceil(this.#length / this.size) - first + 1);
    return Array.from({ length: Math.max(0, count) }, (_, index) => first + index);
  }

  /** Goes on after the last page of `next` that is whole. A page that PAI has cut tells the size of those after it. */
  advance(pages: readonly (Page<unknown> | null)[]): void {
    const first = Math.floor(this.#position / this.size) + 1;
    for (const [index, page] of pages.entries()) {
      if (page === null) return;
      const [number, size, rows] = [first + index, this.size, page.items.length];
      const offset = (number - 1) * size;
      this.#length = rows === 0 ? offset : (page.total ?? Number.POSITIVE_INFINITY);
      const isCut = judgePage({ number, size }, rows, page.total).kind === 'cut';
      // Page 1 begins at the right row even when it was cut.
      if (!isCut) this.#position = offset + size;
      else if (number === 1) this.#position = rows;
      if (!isCut) continue;
      this.size = rows;
      return;
    }
  }
}
