// Whether and when an attempt is made again: a pure decision; timers and budgets are elsewhere.
import { AppError } from '../../domain/errors.js';

const BASE_MS = 100;
const CAP_MS = 2_000;

export interface FailedAttempt {
  readonly error: unknown;
  /** Retries made before this failure. */
  readonly retries: number;
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
  remainingMs,
  random,
}: FailedAttempt): number | null {
  if (!(error instanceof AppError) || !error.retryable) return null;
  // After one refresh of the credentials a second refusal is final.
  if (error.code === 'UPSTREAM_REJECTED' && retries > 0) return null;
  const jittered = random * Math.min(CAP_MS, BASE_MS * 2 ** retries);
  const delay = Math.max(error.details.retryAfterMs ?? 0, jittered);
  return delay < remainingMs ? delay : null;
}
