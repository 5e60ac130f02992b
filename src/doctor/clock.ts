// The difference between our clock and PAI's, by the Date of its answer. Pure.
import { type Finding, fail, ok, warn } from './finding.js';

export interface Moment {
  /** By our clock, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** The Date header; undefined: the answer had none. */
  readonly date: string | undefined;
}

const DOUBTFUL_MS = 30_000;
/** PAI refuses a signature that is further than this from its own time. */
const REFUSED_MS = 15 * 60_000;
/** The header has whole seconds: on average it is half a second behind. */
const HALF_SECOND_MS = 500;

/** The skew by the answer with the shortest time under way, which is the most exact. Above zero: our clock is ahead. */
export function clockSkewMs(moments: readonly Moment[]): number | null {
  const skews = moments
    .map(({ startedAt, endedAt, date }) => ({
      tookMs: endedAt - startedAt,
      skewMs: (startedAt + endedAt) / 2 - (Date.parse(date ?? '') + HALF_SECOND_MS),
    }))
    .filter(({ skewMs }) => Number.isFinite(skewMs))
    .sort((one, other) => one.tookMs - other.tookMs);
  return skews[0]?.skewMs ?? null;
}

export function judgeClock(skewMs: number | null): Finding {
  if (skewMs === null) return warn('clock', 'not checked: no answer of PAI had a date.');
  const off = Math.abs(skewMs);
  const seconds = Math.round(off / 1000);
  if (off <= DOUBTFUL_MS) return ok('clock', `within ${Math.max(1, seconds)} s of PAI’s`);
  const words = `${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} PAI’s. Synchronise it (NTP)`;
  return off < REFUSED_MS
    ? warn('clock', `${words} before it is 15 minutes off, when PAI refuses every call.`)
    : fail('clock', `${words}: from 15 minutes on PAI refuses every call.`);
}
