// Reads a window of rows through pages, one after the other: a page tells the total and the size that PAI cuts pages
// to, and these decide the next page. A row counts as being at its position only where its page proves it, independent
// of the size and of when the size changes. It knows neither cursors nor the meaning of a row.
import { AppError } from '../../domain/errors.js';
import type { Page, PageNumber } from '../../domain/list.js';
import { judgePage, type PlanPages, planPages, type Window } from './page-plan.js';

export interface WindowReader<T> {
  /** Costs nothing for a page that the operation already has. */
  readonly fetchPage: (page: PageNumber) => Promise<Page<T>>;
  /** No larger page is asked for. */
  readonly sizeMax: () => number;
  /** Identifies rows that move from one page to the next. */
  readonly idOf: (row: T) => string;
}

export interface Row<T> {
  readonly position: number;
  readonly value: T;
}

export interface Rows<T> {
  readonly rows: readonly Row<T>[];
  /** The window, as far as rows exist. */
  readonly window: Window;
  /** null: PAI did not say. */
  readonly total: number | null;
  readonly hasMore: boolean;
}

/** The wanted rows, once the total is known or not needed. */
export type WantedRows =
  | { readonly from: 'start'; readonly start: number; readonly end: number }
  /** The last `count` rows of [start, end); `end` null is the end of the list. */
  | {
      readonly from: 'end';
      readonly start: number;
      readonly end: number | null;
      readonly count: number;
    };

/** `plan`: which pages cover rows; the fewest and smallest unless given. */
export async function readWindow<T>(
  reader: WindowReader<T>,
  wanted: WantedRows,
  plan: PlanPages = planPages,
): Promise<Rows<T>> {
  const list = createListReading(reader, plan);
  if (wanted.from === 'start') return list.read(wanted);
  // The largest page at the start tells the total, and contains all of a short list.
  if (wanted.end === null) await list.fetch({ number: 1, size: reader.sizeMax() });
  const windowBefore = (end: number) => ({
    start: Math.max(wanted.start, end - wanted.count),
    end,
  });
  const end = wanted.end ?? list.length();
  if (end === null) {
    throw new AppError('UPSTREAM_INVALID', 'The model registry sent no total, which `last` needs.');
  }
  const rows = await list.read(windowBefore(end));
  const { total } = rows;
  // The list is shorter than the cursor implies: its last rows are nearer to the start.
  return total !== null && total < end ? list.read(windowBefore(total)) : rows;
}

/** The rows and the length that one read has learnt of its list. */
function createListReading<T>(reader: WindowReader<T>, plan: PlanPages) {
  const seen: Seen<T> = new Map();
  let total: number | null = null;
  /** Where the list ends, as a short page has shown; null: not known. */
  let end: number | null = null;
  /** Larger pages may be cut. */
  let safeSize = Number.POSITIVE_INFINITY;

  /** False: the page was cut, and is planned again. */
  async function fetch(page: PageNumber): Promise<boolean> {
    const answer = await reader.fetchPage(page);
    total = answer.total;
    const items = answer.items.slice(0, page.size);
    const { kind } = judgePage(page, items.length, total);
    const offset = (page.number - 1) * page.size;
    const isWhole =
      kind === 'right' || (kind === 'unclear' && (await isLast(reader, seen, page, items)));
    if (!isWhole) safeSize = items.length;
    else if (items.length < page.size) end = offset + items.length;
    // Page 1 begins at the right row even when it was cut.
    if (isWhole || offset === 0) keep(seen, offset, items);
    return isWhole;
  }

  /** null: PAI did not say, and no short page has told. */
  const length = () => total ?? end;

  /** Reads rows up to the position `next`; `isOver`: PAI sent no row for that position. */
  async function fill(window: Window): Promise<{ next: number; isOver: boolean }> {
    let next = window.start;
    let isOver = false;
    while (!isOver) {
      while (seen.has(next)) next += 1;
      const known = length();
      const wanted = { start: next, end: Math.min(window.end, known ?? window.end) };
      const [page] = plan(wanted, Math.min(safeSize, reader.sizeMax()), known);
      if (page === undefined) break;
      isOver = (await fetch(page)) && !seen.has(next);
    }
    return { next, isOver };
  }

  async function read({ start, end: wantedEnd }: Window): Promise<Rows<T>> {
    const { next, isOver } = await fill({ start, end: wantedEnd });
    const window = { start, end: Math.min(wantedEnd, next) };
    // A total that promises rows which never arrive must not keep a client paging.
    const hasMore = !isOver && (length() ?? Number.POSITIVE_INFINITY) > window.end;
    return { rows: rowsOf(window, seen, reader), window, total, hasMore };
  }

  return { fetch, read, length };
}

/** Rows by their positions; null: one that could not be read. */
type Seen<T> = Map<number, T | null>;

function keep<T>(seen: Seen<T>, offset: number, items: readonly (T | null)[]): void {
  for (const [index, item] of items.entries()) seen.set(offset + index, item);
}

/**
 * Whether a short page is the last of its list and was not cut. A page of one row, which decides this, is never cut.
 */
async function isLast<T>(
  { fetchPage, idOf }: WindowReader<T>,
  seen: Seen<T>,
  { number, size }: PageNumber,
  items: readonly (T | null)[],
): Promise<boolean> {
  const offset = (number - 1) * size;
  const rowAt = async (position: number) => {
    const page = await fetchPage({ number: position + 1, size: 1 });
    keep(seen, position, page.items.slice(0, 1));
    return page.items[0];
  };
  if (number === 1) return (await rowAt(items.length)) === undefined;
  // The page is at its position when one of its rows is.
  const places = items.map((_, index) => index).filter((index) => isRow(items[index]));
  const index = places.find((place) => isRow(seen.get(offset + place))) ?? places[0];
  if (index === undefined) return false;
  const [item, row] = [items[index], seen.get(offset + index) ?? (await rowAt(offset + index))];
  return isRow(item) && isRow(row) && idOf(item) === idOf(row);
}

function rowsOf<T>(
  { start, end }: Window,
  seen: Seen<T>,
  { idOf }: WindowReader<T>,
): readonly Row<T>[] {
  const rows: Row<T>[] = [];
  const ids = new Set<string>();
  for (let position = start; position < end; position += 1) {
    const value = seen.get(position);
    if (!isRow(value) || ids.has(idOf(value))) continue;
    ids.add(idOf(value));
    rows.push({ position, value });
  }
  return rows;
}

function isRow<T>(row: T | null | undefined): row is T {
  return row !== null && row !== undefined;
}
