// Decides whether and when a failed attempt is repeated, and limits the retries that an outage may add.
import { AppError } from '../domain/errors.js';
import { untilAborted } from '../lib/time.js';

const BASE_MS = 100;

/** The retries after the first attempt. */
export const MAX_RETRIES = 2;

export interface FailedAttempt {
  readonly error: unknown;
  /** Retries made before this failure. */
  readonly retries: number;
  /** The retries that followed a refusal of keys or date. */
  readonly renewals: number;
  /** The milliseconds after which no caller waits for the answer any more. */
  readonly remainingMs: number;
  /** From [0, 1). */
  readonly random: number;
}

/**
 * The milliseconds to wait before the next attempt; null: another attempt is not worthwhile. Full jitter spreads
 * callers over the whole delay; a delay that PAI itself gives is kept to the millisecond. Pure.
 */
export function retryDelayMs(failed: FailedAttempt): number | null {
  const { error, retries, renewals, remainingMs, random } = failed;
  if (!(error instanceof AppError) || !error.retryable || retries >= MAX_RETRIES) return null;
  // With other keys, or another date, the request is sent only once; a second refusal is final.
  if (isRenewal(error) && renewals > 0) return null;
  const delayMs = Math.max(error.details.retryAfterMs ?? 0, random * BASE_MS * 2 ** retries);
  return delayMs < remainingMs ? delayMs : null;
}

/** PAI refused the signature, and the next request is signed differently: it is not a retry in an outage. */
export function isRenewal(error: unknown): boolean {
  return error instanceof AppError && error.code === 'UPSTREAM_REJECTED';
}

export interface RetryBudget {
  countFirstAttempt(): void;
  /** Takes one retry out of the budget; false: the budget is empty. */
  take(): boolean;
}

/** A share of the first attempts in the window, with a minimum. */
const BUDGET_WINDOW_MS = 10_000;
const BUDGET_SHARE = 0.2;
const BUDGET_MIN = 10;

export function createRetryBudget(now: () => number): RetryBudget {
  const firsts: number[] = [];
  const retries: number[] = [];
  return {
    countFirstAttempt() {
      dropBefore(firsts, now() - BUDGET_WINDOW_MS);
      firsts.push(now());
    },
    take() {
      dropBefore(firsts, now() - BUDGET_WINDOW_MS);
      dropBefore(retries, now() - BUDGET_WINDOW_MS);
      const isEmpty =
        retries.length >= Math.max(BUDGET_MIN, Math.floor(firsts.length * BUDGET_SHARE));
      if (!isEmpty) retries.push(now());
      return !isEmpty;
    },
  };
}

/** Times are in order, so that the old ones are in front. */
function dropBefore(times: number[], since: number): void {
  const kept = times.findIndex((time) => time > since);
  times.splice(0, kept === -1 ? times.length : kept);
}

/** A pause that a signal can end; it then rejects with the reason of the signal. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const timer: { id?: NodeJS.Timeout } = {};
  const elapsed = new Promise<void>((resolve) => {
    timer.id = setTimeout(resolve, ms);
  });
  await untilAborted(elapsed, signal).finally(() => clearTimeout(timer.id));
}
