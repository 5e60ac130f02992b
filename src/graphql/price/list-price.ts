// The price of a window of a list, which is the pages that cover it, and the price of the total alone. Pure.

import type { ListQuery } from '../../catalog/lists.js';
import {
  LAST_ROW_TOLD,
  mostFurtherPages,
  pagesInTurn,
  type Window,
} from '../../catalog/paging/page-plan.js';
import type { WantedRows } from '../../catalog/paging/read-window.js';
import { neededOf } from '../pagination/connection.js';
import { type ModelRef, NOTHING_FURTHER, type PricedCall } from './priced-call.js';

export interface PricedList {
  readonly list: ListQuery;
  /** The model that owns the list; null: a list of models. */
  readonly of: ModelRef | null;
  /** The size of the largest page that is requested. */
  readonly sizeMax: number;
}

type Call = Omit<PricedCall, 'path'>;

export function priceWindow(
  priced: PricedList,
  wanted: WantedRows,
  selected: ReadonlySet<string>,
): Call[] {
  const need = neededOf(wanted, selected);
  if (need === 'nothing') return [];
  if (need === 'total') return [pageCall(priced, { number: 1, size: 1 }, true)];
  const { sizeMax } = priced;
  if (wanted.from === 'start') return pageCalls(priced, wanted);
  // If the list proves shorter than it seemed, its last rows are read instead.
  const moved = wanted.count + LAST_ROW_TOLD;
  if (wanted.end === null) {
    // The first page tells where the end is; it may hold the whole list.
    const tail = { start: 1, end: 1 + wanted.count };
    const further = pagesInTurn(tail, sizeMax).length + mostFurtherPages(tail, sizeMax) + moved;
    const first = pageCall(priced, { number: 1, size: sizeMax }, false);
    return [{ ...first, further: onTop(wanted, further * first.count) }];
  }
  const start = Math.max(wanted.start, wanted.end - wanted.count);
  return pageCalls(priced, { start, end: wanted.end }, moved);
}

/** The largest number of rows that a window holds. */
export function rowsOf(wanted: WantedRows): number {
  if (wanted.from === 'end') return wanted.count;
  return Math.max(0, wanted.end - wanted.start);
}

function pageCalls(priced: PricedList, window: Window, moved = 0): Call[] {
  const further = mostFurtherPages(window, priced.sizeMax) + moved;
  return pagesInTurn(window, priced.sizeMax).map((page, index) => {
    const call = pageCall(priced, page, false);
    return index === 0 ? { ...call, further: onTop(window, further * call.count) } : call;
  });
}

/** A window that is requested twice is read once. */
function onTop(window: WantedRows | Window, count: number): PricedCall['further'] {
  return new Map([[JSON.stringify(window), count]]);
}

function pageCall(
  { list, of }: PricedList,
  page: { readonly number: number; readonly size: number },
  isTotal: boolean,
): Call {
  const { operation } = list;
  const name = isTotal ? 'total' : `${page.number}/${page.size}`;
  const key = `${listKey(list, of)}#${name}`;
  if (of !== null && of.id === null) {
    const target = { kind: 'answer_dependent' } as const;
    return { operation, key, count: of.count, further: NOTHING_FURTHER, target };
  }
  const target = { kind: 'page', list, page, modelId: of?.id ?? null, isTotal } as const;
  return { operation, key, count: 1, further: NOTHING_FURTHER, target };
}

export function listKey(list: ListQuery, of: ModelRef | null): string {
  return `${list.operation} ${of?.key ?? ''} ${list.key}`;
}
