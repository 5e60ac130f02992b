// The layers between a read and its attempts over the wire, in this order:
//   retry → breaker → quota → attempt (with a new date, nonce and signature)
// Cache and single flight are above them, in the catalog; the flight carries the operation's deadline.
import type { FetchContext } from '../domain/call.js';
import { AppError } from '../domain/errors.js';
import type { Report, UpstreamOperation } from '../domain/events.js';
import { type Asked, type Attempt, Course } from './course.js';
import type { Quota } from './quota/quota.js';
import { CircuitBreaker, openError } from './resilience/circuit-breaker.js';
import { pause } from './resilience/pause.js';
import { createRetryBudget } from './resilience/retry-budget.js';
import { isRenewal, retryDelayMs } from './resilience/retry-decision.js';

export interface Policy {
  run<T>(asked: Asked, attempt: Attempt<T>, context: FetchContext): Promise<T>;
}

export interface PolicyOptions {
  readonly quota: Quota;
  readonly report: Report;
  /** The monotonic clock. */
  readonly now: () => number;
  readonly random: () => number;
}

/** The pause when PAI throttles without a duration: its quotas are per second. */
const THROTTLE_PAUSE_MS = 1000;
/** The longest pause that a header may cause for an operation. */
const MAX_PAUSE_MS = 60_000;

export function createPolicy({ quota, report, now, random }: PolicyOptions): Policy {
  const budget = createRetryBudget(now);
  const breakerOf = createBreakers({ quota, report, now });

  /** The milliseconds to wait; null: the failure stands. */
  function delayAfter(error: unknown, course: Course<unknown>): number | null {
    const { retries, renewals, context } = course;
    if (context.signal.aborted) return null;
    const remainingMs = context.deadlineAt - now();
    const delayMs = retryDelayMs({ error, retries, renewals, remainingMs, random: random() });
    return delayMs === null || isRenewal(error) || budget.take() ? delayMs : null;
  }

  /** Runs the call once through breaker and quota. */
  function once<T>(course: Course<T>): Promise<T> {
    const { asked, context } = course;
    const { operation, resource } = asked;
    let isSent = false;
    const start = async (onSent: () => void) => {
      if (course.retries === 0) budget.countFirstAttempt();
      try {
        return await course.send(() => {
          isSent = true;
          onSent();
        });
      } catch (error) {
        if (isThrottled(error)) quota.pause(operation, context.caller, pauseMs(error));
        throw error;
      }
    };
    const { signal } = context;
    const trial = { caller: nameOf(context), resource, signal, wasSent: () => isSent };
    return breakerOf(operation).run(trial, () => quota.run(operation, context, start));
  }

  return {
    async run(asked, attempt, context) {
      const course = new Course({ asked, attempt, context, report });
      for (;;) {
        try {
          return await once(course);
        } catch (error) {
          const delayMs = delayAfter(error, course);
          if (delayMs === null) throw error;
          course.goesOn(error);
          await pause(delayMs, context.signal);
        }
      }
    },
  };
}

/** One breaker for each operation. */
function createBreakers({ quota, report, now }: Omit<PolicyOptions, 'random'>) {
  const breakers = new Map<UpstreamOperation, CircuitBreaker>();

  function open(operation: UpstreamOperation): CircuitBreaker {
    const breaker = new CircuitBreaker({
      now,
      onState: (state) => report({ type: 'breaker', operation, state }),
      // Otherwise the flights that wait for quota would still be sent to an upstream that fails.
      onRefusing: () =>
        quota.dropWaiting(operation, (context) =>
          breaker.refuses(nameOf(context)) ? openError() : null,
        ),
    });
    breakers.set(operation, breaker);
    return breaker;
  }

  return (operation: UpstreamOperation) => breakers.get(operation) ?? open(operation);
}

/** Callers without a name cannot be distinguished and count as one caller. */
function nameOf({ caller }: FetchContext): string {
  return caller.name ?? '';
}

/** Throttled by PAI; our own full queue gives RATE_LIMITED, too, and is not retried. */
function isThrottled(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'RATE_LIMITED' && error.retryable;
}

function pauseMs({ details }: AppError): number {
  return Math.min(MAX_PAUSE_MS, details.retryAfterMs ?? THROTTLE_PAUSE_MS);
}
