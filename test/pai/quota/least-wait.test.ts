// How long further calls wait at the least: never longer than they wait when each starts as soon as it may.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FairQueue } from '../../../src/pai/quota/fair-queue.js';
import { aWindow } from './flight.js';

describe('a window', () => {
  const scripts = fc.record({
    rate: fc.integer({ min: 1, max: 10 }),
    gaps: fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 20 }),
    count: fc.integer({ min: 1, max: 40 }),
  });

  test('lets so many starts begin exactly when it says, if each begins as soon as it may', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async ({ rate, gaps, count }) => {
        let time = 0;
        const window = aWindow(rate, { monotonic: () => time });
        for (const gap of gaps) {
          time += gap;
          if (window.takeNow()) window.sent();
        }
        const since = time;
        const saidMs = window.leastWaitMs(count);
        for (let start = 0; start < count; start += 1) {
          for (let waitMs = await window.reserve(); waitMs > 0; waitMs = await window.reserve()) {
            time += waitMs;
          }
          window.sent();
        }
        expect(time - since).toBe(saidMs);
      }),
    );
  });

  test('counts a pause', () => {
    const window = aWindow(5, { monotonic: () => 0 });
    window.pause(300);
    expect([window.leastWaitMs(1), window.leastWaitMs(11)]).toEqual([300, 2000]);
  });
});

describe('a queue', () => {
  const lane = fc.constantFrom('a', 'b', 'c', 'd');
  const scripts = fc.record({
    waiting: fc.array(fc.uniqueArray(lane, { minLength: 1 }), { maxLength: 30 }),
    taken: fc.nat(10),
    joins: lane,
    count: fc.integer({ min: 1, max: 10 }),
  });

  test('never lets the last of a caller’s calls leave earlier than it says', () => {
    fc.assert(
      fc.property(scripts, ({ waiting, taken, joins, count }) => {
        const queue = new FairQueue<object>(1000);
        for (const lanes of waiting) queue.place({}, lanes);
        for (let index = 0; index < taken; index += 1) queue.take();
        const said = queue.turnsFor(joins, count);
        const own = Array.from({ length: count }, () => ({}));
        for (const item of own) queue.place(item, [joins]);
        let turns = 0;
        while (own.some((item) => queue.has(item))) {
          queue.take();
          turns += 1;
        }
        expect(turns).toBeGreaterThanOrEqual(said);
      }),
      { numRuns: 2000 },
    );
  });
});
