import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  largestPages,
  mostFurtherPages,
  type PlanPages,
  pagesInTurn,
} from '../../../src/catalog/paging/page-plan.js';
import { readWindow, type WantedRows } from '../../../src/catalog/paging/read-window.js';
import type { Page, PageNumber } from '../../../src/domain/list.js';

/** An upstream of numbered rows that cuts pages in silence, to the cap that it has at the time of the call. */
function upstream(total: number, cap: number | ((call: number) => number), isBlind = false) {
  const asked: PageNumber[] = [];
  const fetchPage = async (page: PageNumber): Promise<Page<number>> => {
    asked.push(page);
    const size = Math.min(page.size, typeof cap === 'number' ? cap : cap(asked.length));
    const start = (page.number - 1) * size;
    const count = Math.max(0, Math.min(size, total - start));
    const items = Array.from({ length: count }, (_, index) => start + index);
    return { items, total: isBlind ? null : total };
  };
  const reader = { fetchPage, sizeMax: () => 100, idOf: String };
  return { asked, reader };
}

const read = async (
  reader: ReturnType<typeof upstream>['reader'],
  wanted: WantedRows,
  plan?: PlanPages,
) => {
  const { rows, hasMore } = await readWindow(reader, wanted, plan);
  return { values: rows.map(({ value }) => value), hasMore };
};

const plan = fc.constantFrom(undefined, largestPages);

const wantedRows = fc.oneof(
  fc
    .record({ start: fc.nat(320), count: fc.integer({ min: 1, max: 100 }) })
    .map(({ start, count }): WantedRows => ({ from: 'start', start, end: start + count })),
  fc
    .record({
      start: fc.nat(20),
      end: fc.option(fc.integer({ min: 21, max: 320 })),
      count: fc.integer({ min: 1, max: 100 }),
    })
    .map((rest): WantedRows => ({ from: 'end', ...rest })),
);

/** The result of a plain array, and the most calls that the price of the window tells. */
function expected(total: number, wanted: WantedRows, plan?: PlanPages) {
  const end = Math.min(wanted.end ?? total, total);
  const start = wanted.from === 'end' ? Math.max(wanted.start, end - wanted.count) : wanted.start;
  const values = Array.from({ length: total }, (_, index) => index).slice(
    start,
    Math.max(start, end),
  );
  const whole = wanted.from === 'start' ? wanted : { start: 1, end: 1 + wanted.count };
  const calls = pagesInTurn(whole, 100, plan).length + mostFurtherPages(whole, 100, plan);
  // From the end: the page that tells where that is, or the rows of a list that proves shorter than its cursor.
  return {
    values,
    hasMore: end < total,
    calls: wanted.from === 'end' ? calls + wanted.count + 2 : calls,
  };
}

describe('a window of rows', () => {
  test('equals the same slice of the array, for any window and any cap', async () => {
    const scene = fc.record({
      total: fc.nat(300),
      cap: fc.integer({ min: 1, max: 150 }),
      wanted: wantedRows,
      plan,
    });
    await fc.assert(
      fc.asyncProperty(scene, async ({ total, cap, wanted, plan }) => {
        const { reader, asked } = upstream(total, cap);
        const { calls, ...rows } = expected(total, wanted, plan);
        expect(await read(reader, wanted, plan)).toEqual(rows);
        expect(asked.length).toBeLessThanOrEqual(calls);
      }),
      { numRuns: 3000 },
    );
  });

  test('equals it also while the cap changes, however often, and costs the promised calls for one change', async () => {
    const cap = fc.oneof(fc.integer({ min: 1, max: 150 }), fc.integer({ min: 1, max: 12 }));
    const scene = fc.record({
      total: fc.nat(300),
      caps: fc.array(cap, { minLength: 1, maxLength: 6 }),
      changesEvery: fc.integer({ min: 1, max: 6 }),
      wanted: wantedRows,
      plan,
    });
    await fc.assert(
      fc.asyncProperty(scene, async ({ total, caps, changesEvery, wanted, plan }) => {
        const capAt = (call: number) =>
          caps[Math.min(caps.length - 1, Math.floor((call - 1) / changesEvery))] ?? 100;
        const { reader, asked } = upstream(total, capAt);
        const { calls, ...rows } = expected(total, wanted, plan);
        expect(await read(reader, wanted, plan)).toEqual(rows);
        if (caps.length <= 2) expect(asked.length).toBeLessThanOrEqual(calls);
      }),
      { numRuns: 5000 },
    );
  });

  // The last page of 150 rows by 100 and a page that is cut to 50 are both 50 of 150.
  test('is right where the cap is as long as the last page, before, after or while it is read', async () => {
    const scene = fc
      .record({
        number: fc.integer({ min: 2, max: 5 }),
        size: fc.integer({ min: 2, max: 100 }),
        rest: fc.nat(98),
        wholeUntil: fc.nat(4),
        cutUntil: fc.integer({ min: 1, max: 8 }),
        plan,
      })
      .map(({ size, rest, ...scene }) => ({ ...scene, size, rest: 1 + (rest % (size - 1)) }));
    await fc.assert(
      fc.asyncProperty(scene, async ({ number, size, rest, wholeUntil, cutUntil, plan }) => {
        const start = (number - 1) * size;
        const total = start + rest;
        const capAt = (call: number) => (call > wholeUntil && call <= cutUntil ? rest : 100);
        const { reader } = upstream(total, capAt);
        const { calls: _, ...rows } = expected(total, { from: 'start', start, end: start + size });
        expect(await read(reader, { from: 'start', start, end: start + size }, plan)).toEqual(rows);
      }),
      { numRuns: 2000 },
    );
  });

  test('without a total equals the slice as well, as far as its end can be known', async () => {
    const scene = fc.record({
      total: fc.nat(200),
      cap: fc.integer({ min: 1, max: 150 }),
      wanted: wantedRows.filter(({ from, end }) => from === 'start' || end !== null),
      plan,
    });
    await fc.assert(
      fc.asyncProperty(scene, async ({ total, cap, wanted, plan }) => {
        const { reader, asked } = upstream(total, cap, true);
        const { values, hasMore } = await read(reader, wanted, plan);
        const rows = expected(total, wanted, plan);
        // Only a cursor that lies in the list is one that a client has.
        if (wanted.from === 'end' && (wanted.end ?? 0) > total) return;
        expect(values).toEqual(rows.values);
        if (rows.hasMore) expect(hasMore).toBe(true);
        expect(asked.length).toBeLessThanOrEqual(rows.calls);
      }),
      { numRuns: 2000 },
    );
  });

  test('costs one page when it lies on one, and no page beyond the end of the list', async () => {
    const { asked, reader } = upstream(53, 100);
    await read(reader, { from: 'start', start: 0, end: 20 });
    await read(reader, { from: 'start', start: 40, end: 60 });
    // The last page of a list may be one that was cut: its first row tells.
    expect(asked).toEqual([
      { number: 1, size: 20 },
      { number: 3, size: 20 },
      { number: 41, size: 1 },
    ]);
  });

  test('costs no row beside its last page where that shows a row that is known', async () => {
    const { asked, reader } = upstream(107, 100);
    await read(reader, { from: 'end', start: 0, end: null, count: 20 });
    expect(asked).toEqual([
      { number: 1, size: 100 },
      { number: 12, size: 9 },
    ]);
  });

  test('is one call at the end of a short list and two at the end of a long one', async () => {
    const short = upstream(53, 100);
    expect(await read(short.reader, { from: 'end', start: 0, end: null, count: 20 })).toEqual({
      values: Array.from({ length: 20 }, (_, index) => 33 + index),
      hasMore: false,
    });
    expect(short.asked).toHaveLength(1);
    const long = upstream(253, 100);
    await read(long.reader, { from: 'end', start: 0, end: null, count: 20 });
    expect(long.asked).toHaveLength(2);
  });

  test('asks for no larger pages than it has met', async () => {
    const { asked, reader } = upstream(120, 50);
    await read(reader, { from: 'start', start: 0, end: 100 });
    expect(asked).toEqual([
      { number: 1, size: 100 },
      { number: 2, size: 50 },
    ]);
  });

  test('shows a row that drifted from one page to the next once', async () => {
    const pages = [
      { items: ['a', 'b', 'c'], total: 6 },
      { items: ['c', 'd', 'e'], total: 7 },
    ];
    const fetchPage = async ({ number }: PageNumber) =>
      pages[number - 1] ?? { items: [], total: 7 };
    const reader = { fetchPage, sizeMax: () => 3, idOf: (row: string) => row };
    const { rows } = await readWindow(reader, { from: 'start', start: 0, end: 6 });
    expect(rows.map(({ value }) => value)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('keeps the positions behind a row that is left out', async () => {
    const items = ['a', null, 'a', 'b'];
    const reader = {
      fetchPage: async () => ({ items, total: 4 }),
      sizeMax: () => 100,
      idOf: (row: string) => row,
    };
    const { rows, window } = await readWindow(reader, { from: 'start', start: 0, end: 4 });
    expect(rows).toEqual([
      { position: 0, value: 'a' },
      { position: 3, value: 'b' },
    ]);
    expect(window).toEqual({ start: 0, end: 4 });
  });

  test('ends with the list when that became shorter between two pages', async () => {
    const { asked, reader } = upstream(200, 100);
    const shrinking = {
      ...reader,
      fetchPage: async (page: PageNumber) =>
        asked.length === 0 ? reader.fetchPage(page) : upstream(90, 100).reader.fetchPage(page),
    };
    const result = await read(shrinking, { from: 'start', start: 50, end: 130 });
    expect(result.values).toEqual(Array.from({ length: 40 }, (_, index) => 50 + index));
    expect(result.hasMore).toBe(false);
  });

  test('is not read on when one of its pages fails', async () => {
    const { asked, reader } = upstream(200, 100);
    const failing = {
      ...reader,
      fetchPage: async (page: PageNumber) => {
        const answer = await reader.fetchPage(page);
        if (asked.length > 1) throw new Error('down');
        return answer;
      },
    };
    await expect(read(failing, { from: 'start', start: 50, end: 230 })).rejects.toThrow('down');
    expect(asked).toHaveLength(2);
  });

  test('is right when another read learns the cap at the same time', async () => {
    const { reader } = upstream(130, 50);
    const windows = [
      { start: 0, end: 100 },
      { start: 30, end: 110 },
      { start: 100, end: 130 },
    ];
    const found = await Promise.all(
      windows.map((window) => read(reader, { from: 'start', ...window })),
    );
    expect(found.map(({ values }) => [values[0], values.length])).toEqual([
      [0, 100],
      [30, 80],
      [100, 30],
    ]);
  });

  test('ends when PAI sends nothing although it says that there is more', async () => {
    const fetchPage = async () => ({ items: [], total: 9 });
    const reader = { fetchPage, sizeMax: () => 100, idOf: String };
    const { rows, hasMore } = await readWindow(reader, { from: 'start', start: 0, end: 5 });
    expect([rows, hasMore]).toEqual([[], false]);
  });

  test('is read without a total', async () => {
    const { reader } = upstream(8, 100);
    const blind = {
      ...reader,
      fetchPage: async (page: PageNumber) => ({ ...(await reader.fetchPage(page)), total: null }),
    };
    expect(await read(blind, { from: 'start', start: 0, end: 5 })).toMatchObject({ hasMore: true });
    expect(await read(blind, { from: 'start', start: 5, end: 10 })).toEqual({
      values: [5, 6, 7],
      hasMore: false,
    });
  });

  // A client that walked until hasMore was false never came to an end.
  test('ends the walk when the total promises rows that never come', async () => {
    const { reader } = upstream(15, 100);
    const promising = {
      ...reader,
      fetchPage: async (page: PageNumber) => ({ ...(await reader.fetchPage(page)), total: 40 }),
    };
    const first = await read(promising, { from: 'start', start: 0, end: 10 });
    expect(first).toMatchObject({ values: { length: 10 }, hasMore: true });
    const second = await read(promising, { from: 'start', start: 10, end: 20 });
    expect(second).toEqual({ values: [10, 11, 12, 13, 14], hasMore: false });
    const beyond = await read(promising, { from: 'start', start: 20, end: 30 });
    expect(beyond).toEqual({ values: [], hasMore: false });
  });

  /** An upstream that never says how many rows there are. */
  const blind = (total: number, cap: number) => {
    const { reader } = upstream(total, cap);
    const fetchPage = async (page: PageNumber) => ({
      ...(await reader.fetchPage(page)),
      total: null,
    });
    return { ...reader, fetchPage };
  };

  // Without a total, the end of a list was taken to be its start.
  test('a window of rows from the end needs no total when the first page is not full', async () => {
    const last = await read(blind(8, 100), { from: 'end', start: 0, end: null, count: 5 });
    expect(last).toEqual({ values: [3, 4, 5, 6, 7], hasMore: false });
  });

  test('a window of rows from the end of an empty list needs no total', async () => {
    const last = await read(blind(0, 100), { from: 'end', start: 0, end: null, count: 5 });
    expect(last).toEqual({ values: [], hasMore: false });
  });

  test('a window of rows from the end is not guessed when the first page is full and PAI gives no total', async () => {
    const last = read(blind(250, 100), { from: 'end', start: 0, end: null, count: 5 });
    await expect(last).rejects.toMatchObject({ code: 'UPSTREAM_INVALID' });
  });

  // Bug: without a total, a page that PAI had cut in silence was taken for the whole list.
  test('without a total is not ended by a page that may have been cut', async () => {
    const { reader } = upstream(130, 50);
    const blind = {
      ...reader,
      fetchPage: async (page: PageNumber) => ({ ...(await reader.fetchPage(page)), total: null }),
    };
    const { values } = await read(blind, { from: 'start', start: 0, end: 100 });
    expect(values).toEqual(Array.from({ length: 100 }, (_, index) => index));
    const last: WantedRows = { from: 'end', start: 0, end: null, count: 5 };
    await expect(read(blind, last)).rejects.toMatchObject({ code: 'UPSTREAM_INVALID' });
  });
});
