// The layers between a call and its attempts, in this order:
//   retry → breaker → quota → attempt (with a new date, nonce and signature)
// Cache and single flight are above them, in src/cache; the fetch context carries the operation's deadline.

import type { FetchContext, Usage } from '../domain/call.js';
import { askedBy } from '../domain/caller.js';
import { AppError } from '../domain/errors.js';
import type { Report, UpstreamOperation } from '../domain/events.js';
import { sleep } from '../lib/until-aborted.js';
import { isStaleConnection } from '../net/http-client.js';
import { CircuitBreaker, openError } from './circuit-breaker.js';
import type { Quota } from './quota/quota.js';
import { createRetryBudget } from './retry-budget.js';

/** Makes a call, with as many attempts as the layers allow. */
export type Policy = <T>(call: PaiCall<T>, context: FetchContext) => Promise<T>;

interface PaiCall<T> {
  readonly operation: UpstreamOperation;
  /** Equal for equal requests only. */
  readonly resource: string;
  readonly attempt: (terms: AttemptTerms) => Promise<T>;
}

export interface AttemptTerms {
  readonly signal: AbortSignal;
  /** The attempt calls it when the request has left. */
  readonly onSent: () => void;
  /** The connection is made for this attempt. */
  readonly isNewConnection: boolean;
  /** The attempts of the call before this one. */
  readonly resendCount: number;
}

interface PolicyOptions {
  readonly quota: Quota;
  readonly report: Report;
  /** The monotonic clock. */
  readonly now: () => number;
  readonly random: () => number;
}

/** The failed attempts of one call. */
interface Failures {
  /** Of any kind. */
  count: number;
  /** The rejections of keys or date. */
  rejections: number;
  latest: unknown;
}

/** The attempts after the first. */
const MAX_RETRIES = 2;
const RETRY_BASE_MS = 100;
/** The pause when PAI throttles without a duration: its quotas are per second. */
const THROTTLE_PAUSE_MS = 1000;
/** The longest pause that a header may cause for an operation. */
const MAX_PAUSE_MS = 60_000;

export function createPolicy({ quota, report, now, random }: PolicyOptions): Policy {
  const retryBudget = createRetryBudget(now);
  const breakerOf = createBreakers({ quota, report, now });

  /** In the usage that the caller sees, too. */
  function countAttempt(operation: UpstreamOperation, usage: Usage, { count }: Failures): void {
    if (count > 0) {
      usage.retries += 1;
      return;
    }
    retryBudget.countCall();
    usage.calls += 1;
    usage.byOperation[operation] = (usage.byOperation[operation] ?? 0) + 1;
  }

  /** Makes one attempt, through breaker and quota. */
  function once<T>(call: PaiCall<T>, context: FetchContext, failures: Failures): Promise<T> {
    const { operation, resource, attempt } = call;
    const { signal, caller, usage } = context;
    const isNewConnection = isStaleConnection(failures.latest);
    const resendCount = failures.count;
    let isSent = false;
    async function start(onSent: () => void) {
      countAttempt(operation, usage, failures);
      const markSent = () => {
        isSent = true;
        onSent();
      };
      try {
        return await attempt({ signal, onSent: markSent, isNewConnection, resendCount });
      } catch (error) {
        if (isThrottled(error)) quota.pause(operation, caller, pauseMs(error));
        throw error;
      }
    }
    const trial = { caller: nameOf(context), resource, signal, wasSent: () => isSent };
    return breakerOf(operation).run(trial, () => quota.run(operation, context, start));
  }

  /**
   * The milliseconds to wait before the next attempt; null: the failure is final. Full jitter spreads callers over the
   * whole delay; a delay that PAI itself gives is kept to the millisecond.
   */
  function delayAfter(error: unknown, context: FetchContext, failures: Failures): number | null {
    if (context.signal.aborted || !mayRetry(error, failures)) return null;
    // A kept connection that had ended says nothing about PAI.
    if (isStaleConnection(error)) return 0;
    const jitterMs = random() * RETRY_BASE_MS * 2 ** failures.count;
    const delayMs = Math.max(error.details.retryAfterMs ?? 0, jitterMs);
    if (delayMs >= context.deadlineAt - now()) return null;
    return isRejection(error) || retryBudget.take() ? delayMs : null;
  }

  function countFailure<T>(
    error: unknown,
    failures: Failures,
    call: PaiCall<T>,
    context: FetchContext,
  ) {
    failures.count += 1;
    failures.latest = error;
    if (!(error instanceof AppError)) return;
    if (isRejection(error)) failures.rejections += 1;
    report({ type: 'retry', operation: call.operation, after: error.code, ...askedBy(context) });
  }

  async function withRetries<T>(call: PaiCall<T>, context: FetchContext): Promise<T> {
    const failures: Failures = { count: 0, rejections: 0, latest: null };
    for (;;) {
      try {
        return await once(call, context, failures);
      } catch (error) {
        const delayMs = delayAfter(error, context, failures);
        if (delayMs === null) throw error;
        countFailure(error, failures, call, context);
        await sleep(delayMs, context.signal);
      }
    }
  }

  return withRetries;
}

/** Gives the breaker of an operation. */
function createBreakers({ quota, report, now }: Omit<PolicyOptions, 'random'>) {
  const breakers = new Map<UpstreamOperation, CircuitBreaker>();
  return (operation: UpstreamOperation): CircuitBreaker => {
    const existing = breakers.get(operation);
    if (existing !== undefined) return existing;
    const breaker = new CircuitBreaker({
      now,
      onState: (state) => report({ type: 'breaker', operation, state }),
      // Otherwise the fetches that wait for quota would still be sent to an upstream that fails.
      onRefusing: () =>
        quota.rejectWaiting(operation, (context) =>
          breaker.refuses(nameOf(context)) ? openError() : null,
        ),
    });
    breakers.set(operation, breaker);
    return breaker;
  };
}

/** Callers without a name cannot be distinguished and count as one caller. */
function nameOf({ caller }: FetchContext): string {
  return caller.name ?? '';
}

function mayRetry(error: unknown, { count, rejections }: Failures): error is AppError {
  if (!(error instanceof AppError) || !error.retryable || count >= MAX_RETRIES) return false;
  // With other keys, or another date, the request is sent only once; a second refusal is final.
  return !isRejection(error) || rejections === 0;
}

/** PAI refused the signature, and the next request is signed differently: it is not a retry in an outage. */
function isRejection({ code }: AppError): boolean {
  return code === 'UPSTREAM_REJECTED';
}

/** Throttled by PAI; our own full queue gives RATE_LIMITED, too, and is not retried. */
function isThrottled(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'RATE_LIMITED' && error.retryable;
}

function pauseMs({ details }: AppError): number {
  return Math.min(MAX_PAUSE_MS, details.retryAfterMs ?? THROTTLE_PAUSE_MS);
}
