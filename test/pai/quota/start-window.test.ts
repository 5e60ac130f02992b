import { describe, expect, test } from 'vitest';
import { createStartWindow } from '../../../src/pai/quota/start-window.js';
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
    expect(window.left(4)).toBe(0);
    expect(window.left(8)).toBe(2);
    clock.at += 999;
    expect(window.take(4)).toBe(1);
    clock.at += 1;
    expect([1, 2, 3, 4, 5].map(() => window.take(4))).toEqual([0, 0, 0, 0, 1000]);
  });
});
