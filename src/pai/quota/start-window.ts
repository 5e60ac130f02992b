// At most so many starts in any one second: the sliding window of one operation, in this process.

export interface StartWindow {
  /** Takes a start, if this process alone can tell that there is one; false: ask `reserve`. */
  takeNow(): boolean;
  /** Takes a start now and gives 0, or gives the milliseconds until it is worth asking again. */
  reserve(): Promise<number>;
  /** The start that was taken last was not made. */
  giveBack(): void;
  /**
   * A start that was taken has left for the wire: PAI counts it from now, not from when its turn came.
   * It does not matter which of those that have not left.
   */
  sent(): void;
  /** No start for so long: PAI throttles the whole account. */
  pause(ms: number): void;
  /** Milliseconds that a pause still lasts. */
  pausedMs(): number;
  /** Starts that may be taken now, as far as this process knows. */
  left(): number;
}

/** The window that PAI counts in. */
export const WINDOW_MS = 1000;

export function createStartWindow(
  ratePerSecond: number,
  now: () => number,
  windowMs: number = WINDOW_MS,
): StartWindow {
  const starts: number[] = [];
  // Those of `starts` that have not left, by the same times.
  const unsent: number[] = [];
  let pausedUntil = 0;
  const pausedMs = () => Math.max(0, pausedUntil - now());
  const add = (at: number) => {
    starts.push(at);
    if (starts.length > ratePerSecond) starts.shift();
  };
  const remove = (at: number | undefined) => {
    const index = at === undefined ? -1 : starts.lastIndexOf(at);
    if (index !== -1) starts.splice(index, 1);
  };
  const take = (): number => {
    const waitMs = Math.max(pausedMs(), untilNextStartMs(starts, now(), ratePerSecond, windowMs));
    if (waitMs > 0) return waitMs;
    const takenAt = now();
    unsent.push(takenAt);
    add(takenAt);
    return 0;
  };
  return {
    takeNow: () => take() === 0,
    reserve: async () => take(),
    giveBack() {
      remove(unsent.pop());
    },
    sent() {
      remove(unsent.shift());
      add(now());
    },
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, now() + ms);
    },
    pausedMs,
    left() {
      const taken = starts.filter((at) => now() - at < windowMs).length;
      return pausedMs() > 0 ? 0 : Math.max(0, ratePerSecond - taken);
    },
  };
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
