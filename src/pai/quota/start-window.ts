// Limits the starts in any one second: the sliding window of one operation, in this process.

export interface StartWindow {
  /** Takes a start, if this process alone can decide that one is available; false: ask `reserve`. */
  takeNow(): boolean;
  /** Takes a start now and gives 0, or gives the milliseconds after which to ask again. */
  reserve(): Promise<number>;
  /** Gives back a start that was taken and is not made. */
  giveBack(): void;
  /** Records that a taken start was sent: PAI counts it from now, not from when its turn came. */
  sent(): void;
  /** Records that the request of a start was sent again: PAI may count both. */
  sentAgain(): void;
  /** Allows no start for `ms`: PAI throttles the whole account. */
  pause(ms: number): void;
  /** The milliseconds that a pause still lasts, as far as this process knows. */
  pausedMs(): number;
  /** The number of starts that may be taken now, as far as this process knows. */
  left(): number;
  /** The least milliseconds until `count` further starts can have been taken, as far as this process knows. */
  leastWaitMs(count: number): number;
}

/** The window of this process alone, which can be asked for a part of its rate. */
export interface LocalStartWindow extends StartWindow {
  /** As `reserve`, but synchronous and with another rate, which is not higher than the window's own. */
  take(ratePerSecond: number): number;
  /** As `left`, with another rate. */
  leftOf(ratePerSecond: number): number;
  /** As `leastWaitMs`, with another rate. */
  leastWaitMsOf(ratePerSecond: number, count: number): number;
}

/** The window that PAI counts in. */
export const WINDOW_MS = 1000;

export function createStartWindow(
  ratePerSecond: number,
  monotonic: () => number,
  windowMs: number = WINDOW_MS,
): LocalStartWindow {
  // In order of time. PAI counts a start from when it arrives.
  const starts: number[] = [];
  // A process that stands still may send each of these at any time, so they do not leave the window.
  let unsent = 0;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  const pausedMs = () => Math.max(0, pausedUntil - monotonic());
  const take = (rate: number): number => {
    const waitMs = Math.max(
      pausedMs(),
      unsent < rate ? untilNextStartMs(starts, monotonic(), rate - unsent, windowMs) : windowMs,
    );
    if (waitMs === 0) unsent += 1;
    return waitMs;
  };
  const add = (): void => {
    starts.push(monotonic());
    if (starts.length > ratePerSecond) starts.shift();
  };
  const leftOf = (rate: number): number => {
    const taken = unsent + starts.filter((at) => monotonic() - at < windowMs).length;
    return pausedMs() > 0 ? 0 : Math.max(0, rate - taken);
  };
  const leastWaitMsOf = (rate: number, count: number): number => {
    const recent = starts.filter((at) => monotonic() - at < windowMs);
    const leaveInMs = recent.map((at) => at + windowMs - monotonic());
    return Math.max(pausedMs(), untilStartsMs({ leaveInMs, unsent, rate, windowMs }, count));
  };
  return {
    take,
    takeNow: () => take(ratePerSecond) === 0,
    reserve: async () => take(ratePerSecond),
    giveBack() {
      unsent = Math.max(0, unsent - 1);
    },
    sent() {
      unsent = Math.max(0, unsent - 1);
      add();
    },
    sentAgain: add,
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, monotonic() + ms);
    },
    pausedMs,
    leftOf,
    left: () => leftOf(ratePerSecond),
    leastWaitMsOf,
    leastWaitMs: (count) => leastWaitMsOf(ratePerSecond, count),
  };
}

interface Occupied {
  /** The time until each recent start leaves the window, in order. */
  readonly leaveInMs: readonly number[];
  /** The taken starts that were not sent yet; each leaves the window after a whole window at the earliest. */
  readonly unsent: number;
  readonly rate: number;
  readonly windowMs: number;
}

/** The milliseconds until `count` further starts can have been taken, each as soon as the window allows. Pure. */
function untilStartsMs(occupied: Occupied, count: number): number {
  const { leaveInMs, unsent, rate, windowMs } = occupied;
  // Each group of `rate` starts takes one more window.
  const windows = Math.max(0, Math.ceil((count - rate) / rate));
  const behind = count - windows * rate - Math.max(0, rate - leaveInMs.length - unsent);
  const waitMs = behind <= 0 ? 0 : (leaveInMs[behind - 1] ?? windowMs);
  return windows * windowMs + waitMs;
}

/** `starts` in order. The start `ratePerSecond` places ago must have left the window. */
export function untilNextStartMs(
  starts: readonly number[],
  now: number,
  ratePerSecond: number,
  windowMs: number = WINDOW_MS,
): number {
  const oldest = starts[starts.length - ratePerSecond];
  return oldest === undefined ? 0 : Math.max(0, oldest + windowMs - now);
}
