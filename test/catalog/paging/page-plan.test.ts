import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgePage, planPages } from '../../../src/catalog/paging/page-plan.js';

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

  test('prefers a page that ends within the list, where its length is known', () => {
    expect(planPages({ start: 230, end: 250 }, 100)).toEqual([{ number: 11, size: 23 }]);
    expect(planPages({ start: 230, end: 250 }, 100, 252)).toEqual([{ number: 10, size: 25 }]);
    expect(planPages({ start: 230, end: 250 }, 100, 253)).toEqual([{ number: 11, size: 23 }]);
    expect(planPages({ start: 231, end: 251 }, 100, 251)).toEqual([{ number: 12, size: 21 }]);
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
  test('is right only where no cap that PAI may have gives its rows another place', () => {
    const list = fc.record({
      total: fc.integer({ min: 0, max: 300 }),
      cap: fc.integer({ min: 1, max: 150 }),
      number: fc.integer({ min: 1, max: 8 }),
      size: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(list, ({ total, cap, number, size }) => {
        const served = Math.min(cap, size);
        const rows = Math.max(0, Math.min(served, total - (number - 1) * served));
        const verdict = judgePage({ number, size }, rows, total);
        const isAtItsPlace = served === size || number === 1 || rows === 0;
        const isWhole = rows === Math.max(0, Math.min(size, total - (number - 1) * size));
        if (verdict.kind === 'right') expect([isAtItsPlace, isWhole]).toEqual([true, true]);
        // A page of this size is not cut, so that one that is planned anew is not planned anew again.
        if (verdict.kind === 'cut') expect(verdict.size).toBeLessThanOrEqual(cap);
        if (verdict.kind === 'unclear' && !isWhole) expect(served).toBeLessThan(size);
        if (served === size) expect(verdict.kind).not.toBe('cut');
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    ['is full', { number: 3, size: 40 }, 40, 500, { kind: 'right' }],
    ['is full without a total', { number: 3, size: 40 }, 40, null, { kind: 'right' }],
    ['is the first and all of the list', { number: 1, size: 100 }, 53, 53, { kind: 'right' }],
    [
      'is the first and shorter than both',
      { number: 1, size: 100 },
      50,
      53,
      { kind: 'cut', size: 50 },
    ],
    ['is as long as what is left', { number: 2, size: 100 }, 50, 150, { kind: 'unclear' }],
    ['is shorter than what is left', { number: 2, size: 100 }, 50, 151, { kind: 'cut', size: 50 }],
    ['is longer than what is left', { number: 2, size: 100 }, 50, 149, { kind: 'cut', size: 50 }],
    ['is short without a total', { number: 1, size: 50 }, 30, null, { kind: 'unclear' }],
    ['is empty', { number: 9, size: 50 }, 0, 120, { kind: 'right' }],
    ['is empty without a total', { number: 1, size: 50 }, 0, null, { kind: 'right' }],
  ] as const)('a page that %s', (_, page, rows, total, verdict) => {
    expect(judgePage(page, rows, total)).toEqual(verdict);
  });
});
