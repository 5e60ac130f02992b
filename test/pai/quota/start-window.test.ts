import { expect, test } from 'vitest';
import { aWindow } from './flight.js';
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
  open: (ratePerSecond, clock) => aWindow(ratePerSecond, { monotonic: clock.now }),
  counted: async () => {},
});

test('the state of a window is its rate and the starts that are left of it', async () => {
  const clock = virtualClock();
  const window = aWindow(3, { monotonic: clock.now });
  const available = () => window.state().available;
  expect(window.state()).toEqual({ perSecond: 3, available: 3 });
  window.takeNow();
  window.takeNow();
  expect(available()).toBe(1);
  window.sent();
  await clock.sleep(1000);
  // One start has left the window, and one has not been sent.
  expect(available()).toBe(2);
  window.pause(400);
  expect(available()).toBe(0);
  await clock.sleep(400);
  expect(available()).toBe(2);
});
