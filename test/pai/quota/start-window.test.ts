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
