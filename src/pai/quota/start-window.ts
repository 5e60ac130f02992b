// At most so many starts in any one second: the sliding window of one operation, in this process.

export interface StartWindow {
  /** Takes a start, if this process alone can tell that there is one; false: ask `reserve`. */
  takeNow(): boolean;
  /** Takes a start now and gives 0, or gives the milliseconds until it is worth asking again. */
  reserve(): Promise<number>;
  /** A start that was taken is not made. */
  giveBack(): void;
  /** A start that was taken has left for the wire: PAI counts it from now, not from when its turn came. */
  sent(): void;
  /** The request of a start has left once more: PAI may count both. */
  sentAgain(): void;
  /** No start for so long: PAI throttles the whole account. */
  pause(ms: number): void;
  /** Milliseconds that a pause still lasts, as far as this process knows. */
  pausedMs(): number;
  /** Starts that may be taken now, as far as this process knows. */
  left(): number;
  /** Milliseconds until so many further starts can have been taken: at least, as far as this process knows. */
  leastWaitMs(count: number): number;
}

/** The window of this process alone, of which a part can be asked for. */
export interface LocalStartWindow extends StartWindow {
  /** As `reserve`, at once, and with another rate than the window's own, which is not higher. */
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
  // In order. PAI counts a start from when it arrives.
  const starts: number[] = [];
  // A process that stands still may send each of these at any time, so that they never leave the window.
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
  /** When each recent start leaves the window, in order. */
  readonly leaveInMs: readonly number[];
  /** Taken starts that have not left this process; each leaves the window after a whole window at the earliest. */
  readonly unsent: number;
  readonly rate: number;
  readonly windowMs: number;
}

/** Milliseconds until `count` further starts can have been taken, each as soon as the window allows. Pure. */
export function untilStartsMs(occupied: Occupied, count: number): number {
  const { leaveInMs, unsent, rate, windowMs } = occupied;
  // Every `rate` starts take one more window.
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
