// The price of a window of a list, which is the pages that cover it, and the price of the total alone. Pure.

import {
  mostFurtherPages,
  PROBE_ROWS,
  pagesInTurn,
  type Window,
} from '../../catalog/paging/page-plan.js';
import type { WantedRows } from '../../catalog/paging/read-window.js';
import type { PageNumber } from '../../domain/list.js';
import type { ListQuery } from '../../pai/request.js';
import { neededOf } from '../pagination/connection.js';
import {
  callKey,
  type NewCall,
  NOTHING_FURTHER,
  type Part,
  type PricedCall,
} from './priced-call.js';

export interface PricedList {
  readonly list: ListQuery;
  /** The id of the object that owns the list; null: none does. */
  readonly owner: Part | null;
  /** The size of the largest page that is requested. */
  readonly sizeMax: number;
}

export function priceWindow(
  priced: PricedList,
  wanted: WantedRows,
  selected: ReadonlySet<string>,
): NewCall[] {
  const need = neededOf(wanted, selected);
  if (need === 'nothing') return [];
  if (need === 'total') return [callFor(priced, { number: 1, size: 1 }, TOTAL)];
  const { sizeMax } = priced;
  if (wanted.from === 'start') return pageCalls(priced, wanted);
  // If the list proves shorter than it seemed, its last rows are read instead.
  const moved = wanted.count + PROBE_ROWS;
  if (wanted.end === null) {
    // The first page tells where the end is; it may hold the whole list.
    const tail = { start: 1, end: 1 + wanted.count };
    const further = pagesInTurn(tail, sizeMax).length + mostFurtherPages(tail, sizeMax) + moved;
    const first = callFor(priced, { number: 1, size: sizeMax });
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

function pageCalls(priced: PricedList, window: Window, moved = 0): NewCall[] {
  const further = mostFurtherPages(window, priced.sizeMax) + moved;
  return pagesInTurn(window, priced.sizeMax).map((page, index) => {
    const call = callFor(priced, page);
    return index === 0 ? { ...call, further: onTop(window, further * call.count) } : call;
  });
}

/** A window that is requested twice is read once. */
function onTop(window: WantedRows | Window, count: number): PricedCall['further'] {
  return new Map([[JSON.stringify(window), count]]);
}

const TOTAL = 'total';

function callFor({ list, owner }: PricedList, page: PageNumber, name?: string): NewCall {
  const { operation } = list;
  const isKnown = owner === null || typeof owner === 'string';
  return {
    operation,
    key: `${listKey({ list, owner })}#${name ?? `${page.number}/${page.size}`}`,
    count: isKnown ? 1 : owner.count,
    further: NOTHING_FURTHER,
    known: isKnown ? { key: owner === null ? [] : [owner], page: { list, page } } : null,
  };
}

export function listKey({ list, owner }: Omit<PricedList, 'sizeMax'>): string {
  return `${callKey(list.operation, owner === null ? [] : [owner])} ${list.key}`;
}

/** The total comes with any page of the same list that is read in the same tick. */
export function withoutSpareTotals(calls: readonly PricedCall[]): PricedCall[] {
  const isTotal = ({ key }: PricedCall) => key.endsWith(`#${TOTAL}`);
  const listAndTick = ({ key, path }: PricedCall) =>
    `${key.slice(0, key.lastIndexOf('#'))} ${tickOf(path)}`;
  const read = new Set(calls.filter((call) => !isTotal(call)).map(listAndTick));
  return calls.filter((call) => !isTotal(call) || !read.has(listAndTick(call)));
}

/** All models at the root are read together; further down only siblings are. */
function tickOf(path: readonly string[]): string {
  return JSON.stringify(path.length > 2 ? path.slice(0, -1) : path.length);
}
