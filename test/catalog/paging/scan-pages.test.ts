// The first pages of a list, read for their rows alone, compared with a plain array.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scanPages } from '../../../src/catalog/paging/scan-pages.js';
import { BudgetSpent } from '../../../src/domain/call.js';
import type { Page, PageNumber } from '../../../src/domain/list.js';
import { range } from '../../graphql/numbered-registry.js';

interface Upstream {
  /** The rows at the time of a call. */
  readonly rowsAt: (call: number) => readonly (number | null)[];
  readonly cap?: number | ((call: number) => number);
  readonly totalOf?: (rows: number) => number | null;
  /** Pages beyond so many calls reject. */
  readonly budget?: number;
  readonly error?: Error;
}

/** An upstream of numbered rows that cuts pages in silence. */
function upstream({
  rowsAt,
  cap = 1000,
  totalOf = (rows) => rows,
  budget = 1000,
  error,
}: Upstream) {
  const asked: PageNumber[] = [];
  const fetchPage = async (page: PageNumber): Promise<Page<number>> => {
    asked.push(page);
    const call = asked.length;
    await null;
    if (call > budget) throw error ?? new BudgetSpent();
    const size = Math.min(page.size, typeof cap === 'number' ? cap : cap(call));
    const rows = rowsAt(call);
    return {
      items: rows.slice((page.number - 1) * size, page.number * size),
      total: totalOf(rows.length),
    };
  };
  return { asked, reader: { fetchPage, sizeMax: () => 100, idOf: String } };
}

async function scan(made: Upstream, maxPages: number) {
  const { asked, reader } = upstream(made);
  const rows: number[] = [];
  const result = await scanPages(reader, maxPages, async (found) => void rows.push(...found));
  expect(asked.length).toBeLessThanOrEqual(maxPages);
  expect(new Set(rows).size).toBe(rows.length);
  expect(result.scanned).toBe(rows.length);
  return { ...result, rows: rows.toSorted((one, other) => one - other), asked };
}

const still = (total: number) => ({ rowsAt: () => range(0, total) });
const maxPages = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 40 }));

describe('a scan of the first pages', () => {
  test('visits each row of these pages once, for any length, any cap and any number of pages', async () => {
    const scene = fc.record({
      total: fc.oneof(fc.nat(450), fc.constantFrom(0, 1, 100, 200, 1000)),
      cap: fc.oneof(fc.integer({ min: 1, max: 150 }), fc.constant(100)),
      maxPages,
    });
    await fc.assert(
      fc.asyncProperty(scene, async ({ total, cap, maxPages }) => {
        const { rows, asked, isComplete, isBudgetSpent } = await scan(
          { ...still(total), cap },
          maxPages,
        );
        const size = Math.min(100, cap);
        expect(rows).toEqual(range(0, Math.min(total, size * maxPages)));
        expect(asked).toHaveLength(Math.min(maxPages, Math.max(1, Math.ceil(total / size))));
        expect([isComplete, isBudgetSpent]).toEqual([rows.length === total, false]);
      }),
      { numRuns: 1000 },
    );
  });

  test('visits no row twice and no more pages while the cap changes, and claims no row that it has not seen', async () => {
    const cap = fc.oneof(fc.integer({ min: 1, max: 150 }), fc.constant(100));
    const caps = fc.array(cap, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.nat(450), caps, maxPages, async (total, caps, maxPages) => {
        const capOf = (call: number) => caps[Math.min(call, caps.length) - 1] ?? 100;
        const { rows, isComplete } = await scan({ ...still(total), cap: capOf }, maxPages);
        const all = range(0, total);
        expect(rows.every((row) => all.includes(row))).toBe(true);
        expect(isComplete).toBe(rows.length === total);
      }),
      { numRuns: 1000 },
    );
  });

  test('visits all rows also when PAI cuts smaller pages after the first', async () => {
    const cap = (call: number) => (call === 1 ? 100 : 40);
    expect(await scan({ ...still(300), cap }, 20)).toMatchObject({
      scanned: 300,
      isComplete: true,
    });
  });

  test('visits no row twice when rows are added and removed between its pages, and is not complete then', async () => {
    const scene = fc.record({
      total: fc.nat(450),
      shifts: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(scene, async ({ total, shifts }) => {
        // New rows come first, so that the others move.
        const rowsAt = (call: number) => {
          const shift = shifts[Math.min(call, shifts.length) - 1] ?? 0;
          return range(Math.min(shift, total), total);
        };
        const { isComplete, scanned } = await scan({ rowsAt }, 10);
        const totals = new Set(shifts.map((shift) => total - Math.min(shift, total)));
        if (isComplete) expect(totals).toContain(scanned);
      }),
      { numRuns: 500 },
    );
  });

  test('reads the first page, then ten at a time', async () => {
    let underWay = 0;
    const most: number[] = [];
    const { reader } = upstream(still(2500));
    const fetchPage = async (page: PageNumber) => {
      underWay += 1;
      most.push(underWay);
      const answer = await reader.fetchPage(page);
      underWay -= 1;
      return answer;
    };
    expect(await scanPages({ ...reader, fetchPage }, 100, async () => {})).toMatchObject({
      scanned: 2500,
    });
    expect(most.slice(0, 12)).toEqual([1, ...range(1, 11), 1]);
  });

  test('counts rows that cannot be read as missing', async () => {
    const rowsAt = () => [0, null, 2];
    expect(await scan({ rowsAt }, 10)).toMatchObject({ scanned: 2, isComplete: false });
  });

  test('reads on without a total, to the first page without rows, and is never complete', async () => {
    const made = { ...still(250), totalOf: () => null };
    const { asked, ...result } = await scan(made, 30);
    expect(result).toMatchObject({ scanned: 250, isComplete: false });
    expect(asked.length).toBeLessThanOrEqual(11);
  });

  test('ends where a total promises rows that never arrive', async () => {
    const made = { ...still(100), totalOf: () => 1_000_000 };
    const { asked, ...result } = await scan(made, 100);
    expect(result).toMatchObject({ scanned: 100, isComplete: false });
    expect(asked.length).toBeLessThanOrEqual(11);
  });

  test.each([
    [0, 0],
    [1, 100],
    [3, 300],
  ])('with a budget of %i calls ends after %i rows, without an error', async (budget, scanned) => {
    const result = await scan({ ...still(1000), budget }, 10);
    expect(result).toMatchObject({ scanned, isComplete: false, isBudgetSpent: true });
  });

  test('rejects with the failure of any of its pages', async () => {
    const error = new Error('It failed.');
    await expect(scan({ ...still(1000), budget: 3, error }, 10)).rejects.toBe(error);
  });
});
