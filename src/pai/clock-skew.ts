// How far this machine's clock is from PAI's, learned from an answer that refuses the date of a request; it measures
// no time.
import type { AppError } from '../domain/errors.js';
import type { Report } from '../domain/events.js';
import { isLoopbackName } from '../domain/loopback.js';
import { isOfWrongDate } from './failure.js';
import type { WholeResponse } from './whole-response.js';

export interface PaiClock {
  /** Milliseconds since the epoch by PAI's clock, as far as it is known. */
  now(): number;
  /** What the wall clock of this machine is ahead of PAI's. */
  skewMs(): number;
  /** Whether a request that is signed by what is known now may pass where this one was refused. */
  learn(refusal: Refusal): boolean;
  status(): 'ok' | 'skewed';
}

export interface Refusal {
  readonly error: AppError;
  readonly response: WholeResponse;
  /** The skew that the refused request was signed with. */
  readonly signedWithMs: number;
}

export interface PaiClockOptions {
  readonly baseUrl: string;
  /** The wall clock. */
  readonly now: () => number;
  readonly report: Report;
}

/** Farther away is not a clock that was set wrong, and the signature would be good for too long. */
const MAX_SKEW_MS = 24 * 60 * 60_000;
/** PAI takes dates that are up to 15 minutes off: no refusal comes from less. */
const MIN_CHANGE_MS = 60_000;
/** The header has whole seconds: on average it is half a second behind. */
const HALF_SECOND_MS = 500;

export function createPaiClock({ baseUrl, now, report }: PaiClockOptions): PaiClock {
  const isTrusted = isTrustworthy(baseUrl);
  let skewMs = 0;

  /** undefined: the answer is not to be believed. */
  function measure({ error, response }: Refusal): number | undefined {
    const date = Date.parse(String(response.headers.date ?? ''));
    const { upstreamRequestId } = error.details;
    if (!isTrusted || !isOfWrongDate(error) || upstreamRequestId === undefined) return undefined;
    const measuredMs = now() - (date + HALF_SECOND_MS);
    return Math.abs(measuredMs) <= MAX_SKEW_MS ? measuredMs : undefined;
  }

  return {
    now: () => now() - skewMs,
    skewMs: () => skewMs,
    learn(refusal) {
      const measuredMs = measure(refusal);
      if (measuredMs === undefined) return false;
      if (Math.abs(measuredMs - skewMs) >= MIN_CHANGE_MS) {
        skewMs = measuredMs;
        report({ type: 'clock_skew', seconds: Math.round(measuredMs / 1000) });
      }
      return Math.abs(skewMs - refusal.signedWithMs) >= MIN_CHANGE_MS;
    },
    status: () => (Math.abs(skewMs) < MIN_CHANGE_MS ? 'ok' : 'skewed'),
  };
}

/** On a plain connection anyone on the way could write the date, and have requests signed for another day. */
function isTrustworthy(baseUrl: string): boolean {
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === 'https:' || isLoopbackName(hostname);
}
