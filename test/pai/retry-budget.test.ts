import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRetryBudget } from '../../src/pai/retry.js';

function budgetAt(start = 0) {
  let time = start;
  const budget = createRetryBudget(() => time);
  return {
    wait(ms: number) {
      time += ms;
    },
    first(count: number) {
      for (let index = 0; index < count; index += 1) budget.countFirstAttempt();
    },
    /** How many retries of so many were granted. */
    take(count: number): number {
      return Array.from({ length: count }, () => budget.take()).filter(Boolean).length;
    },
  };
}

describe('the retry budget', () => {
  test.each([
    { firsts: 0, granted: 10 },
    { firsts: 50, granted: 10 },
    { firsts: 54, granted: 10 },
    { firsts: 55, granted: 11 },
    { firsts: 100, granted: 20 },
    { firsts: 1000, granted: 200 },
  ])('of $firsts first attempts in ten seconds is $granted retries', ({ firsts, granted }) => {
    const budget = budgetAt();
    budget.first(firsts);
    expect(budget.take(500)).toBe(granted);
  });

  test('forgets retries and first attempts that are ten seconds old', () => {
    const budget = budgetAt();
    budget.first(100);
    expect(budget.take(100)).toBe(20);
    budget.wait(9_999);
    expect(budget.take(1)).toBe(0);
    budget.wait(1);
    expect(budget.take(100)).toBe(10);
  });

  test('holds also after an hour without anything', () => {
    const budget = budgetAt();
    budget.first(1000);
    budget.wait(3_600_000);
    expect(budget.take(500)).toBe(10);
  });

  test('grants what a naive count over the last ten seconds grants', () => {
    const step = fc.oneof(
      fc.record({ act: fc.constant('first' as const), count: fc.integer({ min: 1, max: 80 }) }),
      fc.record({ act: fc.constant('take' as const), count: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ act: fc.constant('wait' as const), count: fc.integer({ min: 1, max: 12_000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const budget = budgetAt();
        let time = 0;
        const firsts: number[] = [];
        const retries: number[] = [];
        const recent = (times: number[]) => times.filter((at) => at > time - 10_000).length;
        for (const { act, count } of steps) {
          if (act === 'wait') {
            time += count;
            budget.wait(count);
          } else if (act === 'first') {
            budget.first(count);
            firsts.push(...Array<number>(count).fill(time));
          } else {
            const left = Math.max(10, Math.floor(recent(firsts) / 5)) - recent(retries);
            const granted = Math.max(0, Math.min(count, left));
            expect(budget.take(count)).toBe(granted);
            retries.push(...Array<number>(granted).fill(time));
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
