import { describe, expect, test } from 'vitest';
import { createStartWindow, untilNextStartMs } from '../../../src/pai/quota/start-window.js';
import { type Clock, startWindowSuite } from './start-window-suite.js';

function virtualClock(): Clock {
  let time = 1_000_000;
  return {
    now: () => time,
    async sleep(ms) {
      time += ms;
    },
  };
}

startWindowSuite('memory', {
  runs: 300,
  atOnce: 1,
  clock: virtualClock,
  open: (ratePerSecond, clock) => createStartWindow(ratePerSecond, clock.now),
  counted: async () => {},
});

describe('a part of a window', () => {
  test('counts all starts, by any rate', () => {
    const clock = { at: 1000 };
    const window = createStartWindow(10, () => clock.at);
    for (let index = 0; index < 6; index += 1) {
      expect(window.takeNow()).toBe(true);
      window.sent();
    }
    expect(window.take(4)).toBe(1000);
    expect(window.leftOf(4)).toBe(0);
    expect(window.leftOf(8)).toBe(2);
    clock.at += 999;
    expect(window.take(4)).toBe(1);
    clock.at += 1;
    expect([1, 2, 3, 4, 5].map(() => window.take(4))).toEqual([0, 0, 0, 0, 1000]);
  });
});

describe('the time until the next start', () => {
  test.each([
    { starts: [], now: 5000, rate: 1, waitMs: 0 },
    { starts: [5000], now: 5000, rate: 2, waitMs: 0 },
    { starts: [5000], now: 5000, rate: 1, waitMs: 1000 },
    { starts: [5000], now: 5999, rate: 1, waitMs: 1 },
    { starts: [5000], now: 6000, rate: 1, waitMs: 0 },
    { starts: [4000, 5000, 5100], now: 5200, rate: 2, waitMs: 800 },
    { starts: [4000, 5000, 5100], now: 5200, rate: 3, waitMs: 0 },
    { starts: [4200.5, 5000, 5100], now: 5200, rate: 3, waitMs: 0.5 },
  ])('after $starts, at $now, with $rate a second: $waitMs', ({ starts, now, rate, waitMs }) => {
    expect(untilNextStartMs(starts, now, rate)).toBe(waitMs);
  });
});
