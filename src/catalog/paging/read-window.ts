// Reads a window of rows through pages, one after the other: a page tells the total and the cap that
// decide what is still worth asking. It knows neither cursors nor what a row is.
import { AppError } from '../../domain/errors.js';
import type { Page, PageNumber } from '../../domain/list.js';
import type { CapMemory } from './page-cap.js';
import { isShareable, judgePage, type PageCap, planPages, type Window } from './page-plan.js';

export interface WindowReader<T> {
  /** Costs nothing for a page that the operation has already. */
  readonly fetchPage: (page: PageNumber) => Promise<Page<T>>;
  /** What is learned here serves every later read of the same operation of PAI. */
  readonly cap: CapMemory;
  /** Rows that drift from one page to the next are told by it. */
  readonly idOf: (row: T) => string;
}

export interface Row<T> {
  readonly position: number;
  readonly value: T;
}

export interface Rows<T> {
  readonly rows: readonly Row<T>[];
  /** The window as far as there are rows. */
  readonly window: Window;
  /** null: PAI did not say. */
  readonly total: number | null;
  readonly hasMore: boolean;
}

/** Which rows are wanted, once the total is known or not asked for. */
export type WantedRows =
  | { readonly from: 'start'; readonly start: number; readonly end: number }
  /** The last `count` rows of [start, end); `end` null is the end of the list. */
  | {
      readonly from: 'end';
      readonly start: number;
      readonly end: number | null;
      readonly count: number;
    };

export async function readWindow<T>(reader: WindowReader<T>, wanted: WantedRows): Promise<Rows<T>> {
  const sheet = createSheet(reader);
  if (wanted.from === 'start') return sheet.read(wanted);
  // The largest page at the start tells the total, proves its size, and is all of a short list.
  if (wanted.end === null) await sheet.fetch({ number: 1, size: reader.cap.current.max });
  const windowBefore = (end: number) => ({
    start: Math.max(wanted.start, end - wanted.count),
    end,
  });
  const end = wanted.end ?? sheet.length();
  if (end === null) {
    throw new AppError('UPSTREAM_INVALID', 'The model registry did not say how long the list is.');
  }
  const rows = await sheet.read(windowBefore(end));
  const { total } = rows;
  // The list is shorter than the cursor thought: its last rows are further up.
  return total !== null && total < end ? sheet.read(windowBefore(total)) : rows;
}

/** The rows that one read has seen so far, by their positions. */
function createSheet<T>({ fetchPage, cap, idOf }: WindowReader<T>) {
  const seen = new Map<number, T | null>();
  let total: number | null = null;
  let isFull = false;
  const { known, learn } = createKnowledge(cap);

  /** Whether the page brought anything: rows at their positions, or a smaller cap. */
  async function fetch(page: PageNumber): Promise<boolean> {
    const answer = await fetchPage(page);
    total = answer.total;
    const verdict = judgePage(page, answer.items.length, total, known());
    if (verdict.kind === 'unclear' && (await isCut(page))) return true;
    if (verdict.kind !== 'unclear') learn(verdict.cap);
    const offset = (page.number - 1) * page.size;
    const before = seen.size;
    const items = answer.items.slice(0, page.size);
    items.forEach((item, index) => {
      seen.set(offset + index, item);
    });
    // Without a total a page that may have been cut has to count as full.
    isFull = items.length === page.size || items.length >= known().proven;
    return seen.size > before;
  }

  /** Page 1 of the same size cannot be mistaken. */
  async function isCut({ size }: PageNumber): Promise<boolean> {
    const first = await fetchPage({ number: 1, size });
    const verdict = judgePage({ number: 1, size }, first.items.length, first.total, known());
    if (verdict.kind !== 'unclear') learn(verdict.cap);
    return verdict.kind === 'capped';
  }

  async function read(window: Window): Promise<Rows<T>> {
    let next = window.start;
    let isMoving = true;
    while (isMoving) {
      while (seen.has(next)) next += 1;
      const end = Math.min(window.end, total ?? window.end);
      const [page] = planPages({ start: next, end }, known().max);
      if (page === undefined) break;
      isMoving = await fetch(page);
    }
    // A total that promises rows which never come must not keep a client walking.
    const isOver = !isMoving;
    return rowsOf({ start: window.start, end: Math.min(window.end, next) }, isOver);
  }

  function rowsOf(window: Window, isOver: boolean): Rows<T> {
    const rows: Row<T>[] = [];
    const ids = new Set<string>();
    for (let position = window.start; position < window.end; position += 1) {
      const value = seen.get(position);
      if (value === undefined || value === null || ids.has(idOf(value))) continue;
      ids.add(idOf(value));
      rows.push({ position, value });
    }
    const hasMore = total === null ? isFull || seen.has(window.end) : total > window.end;
    return { rows, window, total, hasMore: hasMore && !isOver };
  }

  /** null: PAI did not say, and the first page was full. */
  const length = () => total ?? (isFull ? null : seen.size);

  return { fetch, read, length };
}

/** Of PAI's page sizes: what all reads share, or what this one alone has reason to believe. */
function createKnowledge(shared: CapMemory) {
  let own: PageCap | null = null;
  return {
    known: () => own ?? shared.current,
    learn(next: PageCap) {
      if (own !== null || !isShareable(next)) own = next;
      else shared.current = next;
    },
  };
}
