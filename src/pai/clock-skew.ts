// The time by PAI's clock: the time of this machine until PAI refuses the date of a request, then the time that PAI
// states, until the two agree again.
import type { AppError } from '../domain/errors.js';
import type { Report } from '../domain/events.js';
import { isLoopbackName } from '../lib/loopback.js';
import type { Clock } from '../lib/time.js';
import type { HttpResponse } from '../net/http-client.js';
import { isOfWrongDate } from './classify.js';

export type PaiClock = ReturnType<typeof createPaiClock>;

/** PAI's response to a request that it may have refused for its date. */
export interface DatedFailure {
  readonly error: AppError;
  readonly response: HttpResponse;
  /** The value of now() when the refused request was signed. */
  readonly signedAt: number;
}

interface PaiClockOptions {
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly report: Report;
}

/** A larger difference does not come from a clock that was set wrong, and the signature would be valid for too long. */
const MAX_SKEW_MS = 24 * 60 * 60_000;
/** PAI accepts dates that are up to 15 minutes off, so a smaller difference does not cause a refusal. */
const MIN_SKEW_MS = 60_000;
/** The header has whole seconds: it is half a second behind on average. */
const HALF_SECOND_MS = 500;

export function createPaiClock({ baseUrl, clock, report }: PaiClockOptions) {
  const isTrusted = isTrustworthy(baseUrl);
  // The learned time advances by the monotonic clock, so that another step of the wall clock does not change it.
  let learned: { readonly time: number; readonly moment: number } | null = null;
  let reportedMs = 0;

  function now(): number {
    const wall = clock.now();
    if (learned === null) return wall;
    const time = learned.time + clock.monotonic() - learned.moment;
    const skewMs = wall - time;
    if (Math.abs(skewMs - reportedMs) >= MIN_SKEW_MS) {
      reportedMs = Math.abs(skewMs) < MIN_SKEW_MS ? 0 : skewMs;
      report({ type: 'clock_skew', seconds: Math.round(reportedMs / 1000) });
    }
    if (reportedMs !== 0) return time;
    learned = null;
    return wall;
  }

  /** PAI's time according to the answer; undefined: the answer is not trustworthy. */
  function timeOf({ error, response }: DatedFailure): number | undefined {
    const time = Date.parse(String(response.headers.date ?? '')) + HALF_SECOND_MS;
    const { upstreamRequestId } = error.details;
    if (!isTrusted || !isOfWrongDate(error) || upstreamRequestId === undefined) return undefined;
    return Math.abs(clock.now() - time) <= MAX_SKEW_MS ? time : undefined;
  }

  return {
    /** Milliseconds since the epoch by PAI's clock, as far as it is known. */
    now,
    /** Whether PAI may accept the same request once it is signed with the time that is known after this call. */
    learn(failure: DatedFailure): boolean {
      const time = timeOf(failure);
      if (time === undefined) return false;
      if (Math.abs(now() - time) >= MIN_SKEW_MS) learned = { time, moment: clock.monotonic() };
      now();
      // A smaller difference: PAI did not refuse the date. Our clock may have been set since the request was signed.
      return Math.abs(failure.signedAt - time) >= MIN_SKEW_MS;
    },
    status(): 'ok' | 'skewed' {
      now();
      return reportedMs === 0 ? 'ok' : 'skewed';
    },
  };
}

/** On a plain connection any intermediary could write the date and have requests signed for another day. */
function isTrustworthy(baseUrl: string): boolean {
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === 'https:' || isLoopbackName(hostname);
}
