// The layers between a read and its attempts over the wire, in this order:
//   retry → breaker → quota → attempt (with a new date, nonce and signature)
// Cache and single flight are above them, in the catalog; the fetch context carries the operation's deadline.
import type { FetchContext } from '../domain/call.js';
import { AppError } from '../domain/errors.js';
import type { Report, UpstreamOperation } from '../domain/events.js';
import { CircuitBreaker, openError } from './circuit-breaker.js';
import { isStaleConnection } from './classify.js';
import type { Quota } from './quota/quota.js';
import { createRetryBudget, isRenewal, MAX_RETRIES, pause, retryDelayMs } from './retry.js';

export interface Policy {
  run<T>(subject: Subject, attempt: Attempt<T>, context: FetchContext): Promise<T>;
}

/** The operation and the resource that PAI is asked for. */
export interface Subject {
  readonly operation: UpstreamOperation;
  /** Equal for equal requests only. */
  readonly resource: string;
}

export interface AttemptTerms {
  readonly signal: AbortSignal;
  /** The attempt calls it when the request has left. */
  readonly onSent: () => void;
  /** The connection is made for this attempt. */
  readonly isNewConnection: boolean;
}

export type Attempt<T> = (terms: AttemptTerms) => Promise<T>;

export interface PolicyOptions {
  readonly quota: Quota;
  readonly report: Report;
  /** The monotonic clock. */
  readonly now: () => number;
  readonly random: () => number;
}

/** One read in progress. */
interface Read<T> extends Subject {
  readonly attempt: Attempt<T>;
  readonly context: FetchContext;
  /** Attempts after the first. */
  retries: number;
  /** The retries that followed a refusal of keys or date. */
  renewals: number;
}

/** The pause when PAI throttles without a duration: its quotas are per second. */
const THROTTLE_PAUSE_MS = 1000;
/** The longest pause that a header may cause for an operation. */
const MAX_PAUSE_MS = 60_000;

export function createPolicy({ quota, report, now, random }: PolicyOptions): Policy {
  const budget = createRetryBudget(now);
  const breakerOf = createBreakers({ quota, report, now });

  /** The milliseconds to wait before the next attempt; null: the failure is final. */
  function delayAfter(error: unknown, { retries, renewals, context }: Read<unknown>) {
    if (context.signal.aborted) return null;
    const remainingMs = context.deadlineAt - now();
    const delayMs = retryDelayMs({ error, retries, renewals, remainingMs, random: random() });
    return delayMs === null || isRenewal(error) || budget.take() ? delayMs : null;
  }

  function countRetry(read: Read<unknown>, error: unknown): void {
    read.retries += 1;
    if (isRenewal(error)) read.renewals += 1;
    if (!(error instanceof AppError)) return;
    report({ type: 'retry', operation: read.operation, after: error.code });
  }

  /**
   * A kept connection that had ended says nothing about PAI: the attempt is repeated at once over a new connection, in
   * the same turn, and spends no budget. `onSent` is called for both, since PAI may have received the first.
   */
  async function send<T>(read: Read<T>, onSent: () => void): Promise<T> {
    const { signal } = read.context;
    countAttempt(read);
    try {
      return await read.attempt({ signal, onSent, isNewConnection: false });
    } catch (error) {
      const isLast = signal.aborted || read.retries >= MAX_RETRIES;
      if (isLast || !isStaleConnection(error)) throw error;
      countRetry(read, error);
      countAttempt(read);
      return await read.attempt({ signal, onSent, isNewConnection: true });
    }
  }

  /** Runs one attempt through breaker and quota. */
  function once<T>(read: Read<T>): Promise<T> {
    const { operation, resource, context } = read;
    let isSent = false;
    const start = async (onSent: () => void) => {
      if (read.retries === 0) budget.countFirstAttempt();
      try {
        return await send(read, () => {
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
    async run(subject, attempt, context) {
      const read = { ...subject, attempt, context, retries: 0, renewals: 0 };
      for (;;) {
        try {
          return await once(read);
        } catch (error) {
          const delayMs = delayAfter(error, read);
          if (delayMs === null) throw error;
          countRetry(read, error);
          await pause(delayMs, context.signal);
        }
      }
    },
  };
}

/** In the usage that the caller sees. */
function countAttempt({ operation, retries, context: { usage } }: Read<unknown>): void {
  if (retries > 0) {
    usage.retries += 1;
    return;
  }
  usage.calls += 1;
  usage.byOperation[operation] = (usage.byOperation[operation] ?? 0) + 1;
}

/** One breaker for each operation. */
function createBreakers({ quota, report, now }: Omit<PolicyOptions, 'random'>) {
  const breakers = new Map<UpstreamOperation, CircuitBreaker>();

  function open(operation: UpstreamOperation): CircuitBreaker {
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
