import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { initialCap, judgePage, planPages } from '../../../src/catalog/paging/page-plan.js';

const window = fc
  .record({
    start: fc.nat(500),
    size: fc.integer({ min: 1, max: 100 }),
    max: fc.integer({ min: 1, max: 100 }),
  })
  .map(({ start, size, max }) => ({ start, end: start + size, max }));

describe('a plan of pages', () => {
  test('is the page itself when the window lies on one', () => {
    expect(planPages({ start: 40, end: 60 }, 100)).toEqual([{ number: 3, size: 20 }]);
  });

  test('is the smallest aligned page that holds a window off the grid', () => {
    expect(planPages({ start: 27, end: 47 }, 100)).toEqual([{ number: 2, size: 24 }]);
    expect(planPages({ start: 7, end: 27 }, 100)).toEqual([{ number: 1, size: 27 }]);
  });

  test('is two pages when none of the largest size or below holds the window', () => {
    expect(planPages({ start: 50, end: 130 }, 100)).toHaveLength(2);
    expect(planPages({ start: 33, end: 53 }, 20)).toHaveLength(2);
  });

  test('is nothing for an empty window', () => {
    expect(planPages({ start: 5, end: 5 }, 100)).toEqual([]);
  });

  test('shares its rows among pages of at most the largest size', () => {
    expect(planPages({ start: 0, end: 50 }, 20)).toEqual([
      { number: 1, size: 17 },
      { number: 2, size: 17 },
      { number: 3, size: 17 },
    ]);
    expect(planPages({ start: 7, end: 9 }, 1)).toEqual([
      { number: 8, size: 1 },
      { number: 9, size: 1 },
    ]);
  });

  test('covers any window, with the fewest pages of one size', () => {
    fc.assert(
      fc.property(window, ({ start, end, max }) => {
        const pages = planPages({ start, end }, max);
        const [{ number, size }] = [...pages, { number: 0, size: 0 }];
        expect((number - 1) * size).toBeLessThanOrEqual(start);
        expect((number - 1 + pages.length) * size).toBeGreaterThanOrEqual(end);
        expect(size).toBeLessThanOrEqual(max);
        for (let other = 1; other <= max; other += 1) {
          const count = Math.floor((end - 1) / other) - Math.floor(start / other) + 1;
          expect(count).toBeGreaterThanOrEqual(pages.length);
          if (count === 1 && pages.length === 1) expect(other).toBeGreaterThanOrEqual(size);
        }
      }),
    );
  });
});

describe('a page', () => {
  test('is never taken for another one by any cap that PAI may have', () => {
    const list = fc.record({
      total: fc.integer({ min: 0, max: 300 }),
      cap: fc.integer({ min: 10, max: 100 }),
      number: fc.integer({ min: 1, max: 6 }),
      size: fc.integer({ min: 1, max: 100 }),
      proven: fc.nat(100),
    });
    fc.assert(
      fc.property(list, ({ total, cap, number, size, proven }) => {
        // What was seen whole is never more than PAI gives.
        const known = { max: 100, proven: Math.min(cap, Math.max(10, proven)) };
        const served = Math.min(cap, size);
        const rows = Math.max(0, Math.min(served, total - (number - 1) * served));
        const verdict = judgePage({ number, size }, rows, total, known);
        const isRight = served === size || number === 1;
        const isWhole = rows === Math.max(0, Math.min(size, total - (number - 1) * size));
        if (verdict.kind === 'right' && rows > 0) expect(isRight && isWhole).toBe(true);
        if (verdict.kind === 'capped') expect(verdict.cap.max).toBe(cap);
        if (verdict.kind === 'unclear') expect(number).toBeGreaterThan(1);
      }),
      { numRuns: 2000 },
    );
  });

  test('teaches the cap when it is the first and shorter than the list', () => {
    const verdict = judgePage({ number: 1, size: 100 }, 50, 120, initialCap(100));
    expect(verdict).toEqual({ kind: 'capped', cap: { max: 50, proven: 10 } });
  });

  // Rows that went while PAI counted made a cap, and every later list paid for it.
  test('of which rows have gone teaches no cap, once larger pages were seen whole', () => {
    const cap = { max: 100, proven: 50 };
    expect(judgePage({ number: 1, size: 100 }, 49, 120, cap)).toEqual({ kind: 'right', cap });
    const cut = judgePage({ number: 1, size: 100 }, 50, 120, cap);
    expect(cut).toEqual({ kind: 'capped', cap: { max: 50, proven: 50 } });
  });

  test('needs a look at the first one when it may be cut or the last', () => {
    expect(judgePage({ number: 2, size: 100 }, 50, 150, initialCap(100)).kind).toBe('unclear');
    expect(judgePage({ number: 2, size: 100 }, 5, 105, initialCap(100)).kind).toBe('right');
  });

  test('teaches nothing when it is empty or says no total', () => {
    const cap = { max: 100, proven: 20 };
    expect(judgePage({ number: 1, size: 50 }, 0, 120, cap)).toEqual({ kind: 'right', cap });
    expect(judgePage({ number: 9, size: 50 }, 0, 120, cap)).toEqual({ kind: 'right', cap });
    expect(judgePage({ number: 1, size: 50 }, 30, null, cap)).toEqual({ kind: 'right', cap });
  });

  test('proves its size when it is full, wherever it lies, or is all of a short list', () => {
    const provenBy = (number: number, size: number, rows: number, total: number) =>
      judgePage({ number, size }, rows, total, initialCap(100));
    expect(provenBy(3, 40, 40, 500)).toMatchObject({ kind: 'right', cap: { proven: 40 } });
    expect(provenBy(1, 100, 53, 53)).toMatchObject({ kind: 'right', cap: { proven: 53 } });
  });
});
