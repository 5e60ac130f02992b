// What stands between a read and its attempts over the wire, in this order:
//   retry → breaker → quota → attempt (date, nonce and signature anew)
// Cache and single flight are above it, in the catalog; the operation's deadline comes in with the flight.
import { handleWhen, retry } from 'cockatiel';
import type { Flight } from '../domain/call.js';
import { AppError } from '../domain/errors.js';
import type { Report, UpstreamOperation } from '../domain/events.js';
import type { Quota } from './quota/quota.js';
import {
  type CircuitBreaker,
  createCircuitBreaker,
  openError,
} from './resilience/circuit-breaker.js';
import { createRetryBudget } from './resilience/retry-budget.js';
import { retryDelayMs } from './resilience/retry-decision.js';

/** `onSent` is to be told when the request has left. */
export type Attempt<T> = (signal: AbortSignal, onSent?: () => void) => Promise<T>;

export interface Policy {
  run<T>(operation: UpstreamOperation, attempt: Attempt<T>, flight: Flight): Promise<T>;
}

export interface PolicyOptions {
  readonly quota: Quota;
  readonly report: Report;
  /** The monotonic clock. */
  readonly now: () => number;
  readonly random: () => number;
}

const MAX_RETRIES = 2;
/** When PAI throttles without saying for how long: its quotas are per second. */
const THROTTLE_PAUSE_MS = 1000;
/** No header may stop an operation for longer. */
const MAX_PAUSE_MS = 60_000;

export function createPolicy({ quota, report, now, random }: PolicyOptions): Policy {
  const budget = createRetryBudget(now);
  const breakers = new Map<UpstreamOperation, CircuitBreaker>();

  function breakerOf(operation: UpstreamOperation): CircuitBreaker {
    const made =
      breakers.get(operation) ??
      createCircuitBreaker({
        now,
        onState(state) {
          report({ type: 'breaker', operation, state });
          // Who waited for quota would otherwise still be sent to an upstream that is ill.
          if (state === 'open') quota.dropWaiting(operation, openError());
        },
      });
    breakers.set(operation, made);
    return made;
  }

  /** One attempt through breaker and quota; the flight's usage tells what was really sent. */
  function once<T>(
    operation: UpstreamOperation,
    attempt: Attempt<T>,
    flight: Flight,
    retries: number,
  ): Promise<T> {
    const start = async (onSent: () => void) => {
      if (retries === 0) budget.countFirstAttempt();
      countAttempt(flight, operation, retries);
      try {
        return await attempt(flight.signal, onSent);
      } catch (error) {
        if (isThrottled(error)) quota.pause(operation, flight.caller, pauseMs(error));
        throw error;
      }
    };
    const { signal } = flight;
    return breakerOf(operation).run(() => quota.run(operation, flight, start), signal);
  }

  return {
    async run(operation, attempt, flight) {
      let delayMs = 0;
      let retries = 0;
      const decide = (error: Error): boolean => {
        const remainingMs = flight.deadlineAt - now();
        const delay = retryDelayMs({ error, retries, remainingMs, random: random() });
        if (delay === null || retries >= MAX_RETRIES || flight.signal.aborted) return false;
        if (!budget.take()) return false;
        delayMs = delay;
        retries += 1;
        if (error instanceof AppError) report({ type: 'retry', operation, after: error.code });
        return true;
      };
      const backoff = { next: () => ({ duration: delayMs, ...backoff }) };
      const policy = retry(handleWhen(decide), { maxAttempts: MAX_RETRIES, backoff });
      return policy.execute(() => once(operation, attempt, flight, retries), flight.signal);
    },
  };
}

function countAttempt({ usage }: Flight, operation: UpstreamOperation, retries: number): void {
  if (retries > 0) {
    usage.retries += 1;
    return;
  }
  usage.calls += 1;
  usage.byOperation[operation] = (usage.byOperation[operation] ?? 0) + 1;
}

/** By PAI; our own full queue is RATE_LIMITED too and is not retried. */
function isThrottled(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'RATE_LIMITED' && error.retryable;
}

function pauseMs({ details }: AppError): number {
  return Math.min(MAX_PAUSE_MS, details.retryAfterMs ?? THROTTLE_PAUSE_MS);
}
