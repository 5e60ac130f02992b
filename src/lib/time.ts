// The two clocks of a process: one gives the date and may be set, the other measures time and is never set.

export interface Clock {
  /** Milliseconds since the epoch, for dates that leave the process and for expiries that come from outside. */
  readonly now: () => number;
  /** Milliseconds since an arbitrary start, for ages, deadlines and windows. */
  readonly monotonic: () => number;
}

export const SYSTEM_CLOCK: Clock = { now: Date.now, monotonic: () => performance.now() };

/** The date of a moment of the monotonic clock, as the wall clock has it at present. */
export function dateOf(moment: number, { now, monotonic }: Clock): number {
  return now() - (monotonic() - moment);
}

/** The moment of a date. A date in the future comes from a clock that differs: its age counts from now on. */
export function momentOf(date: number, { now, monotonic }: Clock): number {
  return monotonic() - Math.max(0, now() - date);
}
