// The price of a window of a list: the pages that cover it, or the total alone. Pure.
import {
  mostFurtherPages,
  PROBE_ROWS,
  pagesInTurn,
  type Window,
} from '../../catalog/paging/page-plan.js';
import type { WantedRows } from '../../catalog/paging/read-window.js';
import type { PageNumber } from '../../domain/list.js';
import type { ListQuery } from '../../pai/request.js';
import { neededOf, planFor } from '../pagination/connection.js';
import { callKey, countOf, type NewCall, type Part } from './price.js';

/** The pages that a window takes, of any list. */
interface WindowPages {
  readonly pages: readonly PageNumber[];
  /** The page is read for the total of the list alone. */
  readonly isTotal: boolean;
  /** Pages that may come on top. */
  readonly further: number;
}

/** `sizeMax`: of the largest page that is requested. */
export function pagesOf(
  wanted: WantedRows,
  selected: ReadonlySet<string>,
  sizeMax: number,
): WindowPages {
  const need = neededOf(wanted, selected);
  if (need === 'nothing') return { pages: [], isTotal: false, further: 0 };
  const plan = planFor(selected);
  if (need === 'total') return totalPage(plan === undefined ? null : sizeMax);
  const inTurn = (window: Window) => ({
    pages: pagesInTurn(window, sizeMax, plan),
    isTotal: false,
    further: mostFurtherPages(window, sizeMax, plan),
  });
  if (wanted.from === 'start') return inTurn(wanted);
  // If the list proves shorter than it seemed, its last rows are read instead.
  const moved = wanted.count + PROBE_ROWS;
  if (wanted.end === null) {
    // The first page tells where the end is; it may hold the whole list.
    const tail = inTurn({ start: 1, end: 1 + wanted.count });
    const further = tail.pages.length + tail.further + moved;
    return { pages: [{ number: 1, size: sizeMax }], isTotal: false, further };
  }
  const start = Math.max(wanted.start, wanted.end - wanted.count);
  const read = inTurn({ start, end: wanted.end });
  return read.pages.length > 0 ? { ...read, further: read.further + moved } : read;
}

/** `size`: of the page that is read as well; null: none is. */
function totalPage(size: number | null): WindowPages {
  const page = { number: 1, size: size ?? 1 };
  return { pages: [page], isTotal: size === null, further: 0 };
}

/** The first pages of a list, for a field that needs no window of it. */
export function firstPages(count: number, size: number): WindowPages {
  const pages = Array.from({ length: count }, (_, index) => ({ number: index + 1, size }));
  // Where PAI's pages change their size, it may share none of them with the windows of other fields.
  return { pages, isTotal: false, further: count };
}

/** The largest number of rows that a window holds. */
export function rowsOf(wanted: WantedRows): number {
  if (wanted.from === 'end') return wanted.count;
  return Math.max(0, wanted.end - wanted.start);
}

/** `owner`: the id of the object that owns the list; null: none does. */
export function listCalls(
  list: ListQuery,
  owner: Part | null,
  { pages, isTotal }: WindowPages,
): NewCall[] {
  const { operation } = list;
  const key = listKey(list, owner);
  const owners = owner === null ? [] : [owner];
  const known = owners.filter((id) => typeof id === 'string');
  return pages.map((page) => ({
    operation,
    key: `${key}#${isTotal ? 'total' : `${page.number}/${page.size}`}`,
    count: countOf(owners),
    known: known.length === owners.length ? { key: known, page: { list, page } } : null,
    list: { key, isTotal },
  }));
}

export function listKey({ operation, key }: ListQuery, owner: Part | null): string {
  return `${callKey(operation, owner === null ? [] : [owner])} ${key}`;
}
