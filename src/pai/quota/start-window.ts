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
  /** As `reserve`, but synchronous. */
  take(ratePerSecond?: number): number;
  left(ratePerSecond?: number): number;
  leastWaitMs(count: number, ratePerSecond?: number): number;
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

  /** The milliseconds until each recent start leaves the window, in order. */
  function leaveInMs(): number[] {
    const now = monotonic();
    return starts.map((at) => at + windowMs - now).filter((ms) => ms > 0);
  }

  function leastWaitMs(count: number, rate = ratePerSecond): number {
    const leaving = leaveInMs();
    // Each group of `rate` starts takes one more window.
    const windows = Math.max(0, Math.ceil((count - rate) / rate));
    // This many starts must leave first. Unsent starts leave after a whole window at the earliest.
    const before = leaving.length + unsent + count - windows * rate - rate;
    const waitMs = before <= 0 ? 0 : (leaving[before - 1] ?? windowMs);
    return Math.max(pausedMs(), windows * windowMs + waitMs);
  }

  function take(rate?: number): number {
    const waitMs = leastWaitMs(1, rate);
    if (waitMs === 0) unsent += 1;
    return waitMs;
  }

  function giveBack(): void {
    unsent = Math.max(0, unsent - 1);
  }

  function sentAgain(): void {
    starts.push(monotonic());
    if (starts.length > ratePerSecond) starts.shift();
  }

  return {
    take,
    takeNow: () => take() === 0,
    reserve: async () => take(),
    giveBack,
    sent() {
      giveBack();
      sentAgain();
    },
    sentAgain,
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, monotonic() + ms);
    },
    pausedMs,
    left: (rate = ratePerSecond) =>
      pausedMs() > 0 ? 0 : Math.max(0, rate - unsent - leaveInMs().length),
    leastWaitMs,
  };
}
