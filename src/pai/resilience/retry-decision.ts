// Whether and when an attempt is made again: a pure decision; timers and budgets are elsewhere.
import { AppError } from '../../domain/errors.js';

const BASE_MS = 100;

/** One first attempt and so many more. */
export const MAX_RETRIES = 2;

export interface FailedAttempt {
  readonly error: unknown;
  /** Retries made before this failure. */
  readonly retries: number;
  /** Of those, the ones that followed a refusal of keys or date. */
  readonly renewals: number;
  /** Milliseconds until nobody waits for the answer any more. */
  readonly remainingMs: number;
  /** From [0, 1). */
  readonly random: number;
}

/**
 * Milliseconds to wait before the next attempt; null: none is worth making. Full jitter spreads
 * callers over the whole delay; what PAI itself says is kept to the millisecond.
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
  // With other keys, or another date, the request is sent once; a second refusal is final.
  if (isRenewal(error) && renewals > 0) return null;
  const jittered = random * BASE_MS * 2 ** retries;
  const delay = Math.max(error.details.retryAfterMs ?? 0, jittered);
  return delay < remainingMs ? delay : null;
}

/** PAI refused how the request was signed, and the next one is signed otherwise: no outage is retried. */
export function isRenewal(error: unknown): boolean {
  return error instanceof AppError && error.code === 'UPSTREAM_REJECTED';
}
