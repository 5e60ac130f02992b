// The account's quota of calls to PAI: a start queue for each operation and account, whose windows replicas share where
// Redis is used, and the slots for calls in flight that all operations share.
import type { FetchContext, QuotaState } from '../../domain/call.js';
import { askedBy, type Caller } from '../../domain/caller.js';
import type { AppError } from '../../domain/errors.js';
import type { Report, UpstreamOperation } from '../../domain/events.js';
import { inSpan } from '../../domain/span.js';
import { Semaphore } from '../../lib/semaphore.js';
import type { RedisConnection } from '../../redis/connection.js';
import { StartQueue } from './start-queue.js';
import { StartWindow } from './start-window.js';

/** The second in which PAI counts, plus the possible difference between our clock and PAI's. */
const WINDOW_MS = 1050;
/** The time after which starts that a replica reserved but did not make before it died are free for others. */
const MAX_LEASE_MS = 10_000;
const LEAST_QUEUE = 100;

export interface QuotaOptions {
  readonly baseUrl: string;
  /** The account of the service's keys. */
  readonly account: string;
  readonly ratePerSecond: number;
  /** The share of the rate that this replica takes while Redis does not work. */
  readonly rateWithoutRedis: number;
  /** The limit of the calls in flight. */
  readonly concurrency: number;
  /** Limits one attempt. */
  readonly timeoutMs: number;
  readonly requestTimeoutMs: number;
  /** null: this process counts alone. */
  readonly redis: RedisConnection | null;
  readonly report: Report;
  readonly monotonic: () => number;
  /** For tests. */
  readonly windowMs?: number;
  /** For tests: the limit of the queue of an operation and account. */
  readonly queueLimit?: number;
}

export interface QuotaUse {
  readonly operation: UpstreamOperation;
  /** The calls that wait for their turn. */
  readonly waiting: number;
  /** The starts in the window, of the account that has most. */
  readonly starts: number;
  readonly isExhausted: boolean;
}

export class Quota {
  readonly #options;
  readonly #slots;
  readonly #queues = new Map<UpstreamOperation, Map<string, StartQueue>>();

  constructor(options: QuotaOptions) {
    this.#options = options;
    this.#slots = new Semaphore(options.concurrency);
  }

  /**
   * Starts the call when its turn has come. Throws RATE_LIMITED when the queue has no room.
   * `start` reports when the request has left; a request that is never reported counts as sent when it ends.
   */
  async run<T>(
    operation: UpstreamOperation,
    context: FetchContext,
    start: (onSent: () => void) => Promise<T>,
  ): Promise<T> {
    context.signal.throwIfAborted();
    const queue = this.#queueOf(operation, context.caller);
    const { span } = context;
    const waitMs = await inSpan(span, 'quota wait', () => queue.enter(context));
    let isSent = false;
    const onSent = () => {
      if (!isSent) queue.window.sent();
      isSent = true;
    };
    try {
      context.usage.waitMs += waitMs;
      this.#options.report({ type: 'quota_wait', operation, ms: waitMs, ...askedBy(context) });
      return await start(onSent);
    } finally {
      onSent();
      this.#slots.release();
    }
  }

  /** PAI throttled: no call of this operation starts for `ms`; a fetch that cannot wait so long fails at once. */
  pause(operation: UpstreamOperation, caller: Caller, ms: number): void {
    this.#queueOf(operation, caller).pause(ms);
  }

  stateOf(operation: UpstreamOperation, caller: Caller): QuotaState {
    return this.#queueOf(operation, caller).window.state();
  }

  /** The least milliseconds until `count` more calls of the caller can have started, as far as this process knows. */
  leastWaitMs(operation: UpstreamOperation, caller: Caller, count: number): number {
    return this.#queueOf(operation, caller).leastWaitMs(caller.lane, count);
  }

  /** Rejects the fetches that wait for this operation and for which `reasonFor` gives a reason. */
  rejectWaiting(
    operation: UpstreamOperation,
    reasonFor: (context: FetchContext) => AppError | null,
  ): void {
    for (const queue of this.#queues.get(operation)?.values() ?? []) queue.rejectWaiting(reasonFor);
  }

  /** For each operation that was called: what all its accounts have now, as far as this process knows. */
  use(): QuotaUse[] {
    return [...this.#queues].map(([operation, byAccount]) => {
      const queues = [...byAccount.values()];
      return {
        operation,
        waiting: queues.reduce((sum, { waiting }) => sum + waiting, 0),
        starts: Math.max(...queues.map(({ window }) => window.own())),
        isExhausted: queues.some(({ isExhausted }) => isExhausted),
      };
    });
  }

  get inFlight(): number {
    return this.#slots.taken;
  }

  #queueOf(operation: UpstreamOperation, { own }: Caller): StartQueue {
    const account = own?.account ?? this.#options.account;
    const queues = this.#queues.get(operation) ?? new Map<string, StartQueue>();
    const existing = queues.get(account);
    if (existing !== undefined) return existing;
    const queue = this.#open(operation, account);
    this.#queues.set(operation, queues.set(account, queue));
    return queue;
  }

  #open(operation: UpstreamOperation, account: string): StartQueue {
    const { baseUrl, ratePerSecond, timeoutMs, requestTimeoutMs, redis } = this.#options;
    const window = new StartWindow({
      windowMs: WINDOW_MS,
      ...this.#options,
      shared: redis && {
        redis,
        name: `${baseUrl}:${account}:${operation}`,
        rateAlone: this.#options.rateWithoutRedis,
        // An attempt that leaves after this time is counted when it leaves.
        leaseMs: Math.min(timeoutMs, MAX_LEASE_MS),
      },
    });
    // A call further back in the queue would only wait until its deadline.
    const queueLimit = Math.max(LEAST_QUEUE, Math.ceil((ratePerSecond * requestTimeoutMs) / 1000));
    const onState = (state: 'exhausted' | 'available') =>
      this.#options.report({ type: 'quota', operation, state });
    return new StartQueue({ queueLimit, ...this.#options, slots: this.#slots, window, onState });
  }
}
