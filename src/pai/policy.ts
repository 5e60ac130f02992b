// The layers between a read and its attempts over the wire, in this order:
//   retry → breaker → quota → attempt (with a new date, nonce and signature)
// Cache and single flight are above them, in src/cache; the fetch context carries the operation's deadline.
import type { FetchContext } from '../domain/call.js';
import { AppError } from '../domain/errors.js';
import type { Report, UpstreamOperation } from '../domain/events.js';
import { untilAborted } from '../lib/time.js';
import { CircuitBreaker, openError } from './circuit-breaker.js';
import { isStaleConnection } from './http-client.js';
import type { Quota } from './quota/quota.js';

/** Runs an attempt as often as the layers allow. */
export type Policy = <T>(
  subject: Subject,
  attempt: Attempt<T>,
  context: FetchContext,
) => Promise<T>;

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

type Attempt<T> = (terms: AttemptTerms) => Promise<T>;

interface PolicyOptions {
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

/** The retries after the first attempt. */
const MAX_RETRIES = 2;
const RETRY_BASE_MS = 100;
/** The pause when PAI throttles without a duration: its quotas are per second. */
const THROTTLE_PAUSE_MS = 1000;
/** The longest pause that a header may cause for an operation. */
const MAX_PAUSE_MS = 60_000;

export function createPolicy({ quota, report, now, random }: PolicyOptions): Policy {
  const budget = createRetryBudget(now);
  const breakers = new Map<UpstreamOperation, CircuitBreaker>();

  function breakerOf(operation: UpstreamOperation): CircuitBreaker {
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
  }

  /**
   * The milliseconds to wait before the next attempt; null: the failure is final. Full jitter spreads callers over the
   * whole delay; a delay that PAI itself gives is kept to the millisecond.
   */
  function delayAfter(error: unknown, read: Read<unknown>): number | null {
    const { retries, context } = read;
    if (context.signal.aborted || !mayRetry(error, read)) return null;
    const jitterMs = random() * RETRY_BASE_MS * 2 ** retries;
    const delayMs = Math.max(error.details.retryAfterMs ?? 0, jitterMs);
    if (delayMs >= context.deadlineAt - now()) return null;
    return isRenewal(error) || budget.take() ? delayMs : null;
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

  return async (subject, attempt, context) => {
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

/** Callers without a name cannot be distinguished and count as one caller. */
function nameOf({ caller }: FetchContext): string {
  return caller.name ?? '';
}

function mayRetry(error: unknown, { retries, renewals }: Read<unknown>): error is AppError {
  if (!(error instanceof AppError) || !error.retryable || retries >= MAX_RETRIES) return false;
  // With other keys, or another date, the request is sent only once; a second refusal is final.
  return !isRenewal(error) || renewals === 0;
}

/** PAI refused the signature, and the next request is signed differently: it is not a retry in an outage. */
function isRenewal(error: unknown): boolean {
  return error instanceof AppError && error.code === 'UPSTREAM_REJECTED';
}

/** Throttled by PAI; our own full queue gives RATE_LIMITED, too, and is not retried. */
function isThrottled(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'RATE_LIMITED' && error.retryable;
}

function pauseMs({ details }: AppError): number {
  return Math.min(MAX_PAUSE_MS, details.retryAfterMs ?? THROTTLE_PAUSE_MS);
}

const BUDGET_WINDOW_MS = 10_000;
const BUDGET_SHARE = 0.2;
const BUDGET_MIN = 10;

/** The retries that an outage may add: a share of the first attempts in the window, with a minimum. */
function createRetryBudget(now: () => number) {
  const firsts = createRecentCount(now);
  const retries = createRecentCount(now);
  return {
    countFirstAttempt: firsts.add,
    /** Takes one retry out of the budget; false: the budget is empty. */
    take(): boolean {
      const limit = Math.max(BUDGET_MIN, Math.floor(firsts.count() * BUDGET_SHARE));
      if (retries.count() >= limit) return false;
      retries.add();
      return true;
    },
  };
}

function createRecentCount(now: () => number) {
  // In order, so that the old ones are in front.
  const times: number[] = [];
  function count(): number {
    const since = now() - BUDGET_WINDOW_MS;
    const kept = times.findIndex((time) => time > since);
    times.splice(0, kept === -1 ? times.length : kept);
    return times.length;
  }
  return {
    count,
    add() {
      count();
      times.push(now());
    },
  };
}

/** A pause that a signal can end; it then rejects with the reason of the signal. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await untilAborted(elapsed, signal).finally(() => clearTimeout(timer));
}
