// Decides whether and when an attempt is repeated. Pure: timers and budgets are elsewhere.
import { AppError } from '../../domain/errors.js';

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
 * callers over the whole delay; a delay that PAI itself gives is kept to the millisecond.
 */
export function retryDelayMs({
  error,
  retries,
  renewals,
  remainingMs,
  random,
}: FailedAttempt): number | null {
  if (!(error instanceof AppError) || !error.retryable) return null;
  if (retries >= MAX_RETRIES) return null;
  // With other keys, or another date, the request is sent only once; a second refusal is final.
  if (isRenewal(error) && renewals > 0) return null;
  const jittered = random * BASE_MS * 2 ** retries;
  const delay = Math.max(error.details.retryAfterMs ?? 0, jittered);
  return delay < remainingMs ? delay : null;
}

/** PAI refused the signature, and the next request is signed differently: it is not a retry in an outage. */
export function isRenewal(error: unknown): boolean {
  return error instanceof AppError && error.code === 'UPSTREAM_REJECTED';
}
