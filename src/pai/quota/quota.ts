// The account's quota: a start queue for each operation, and the slots for calls in flight that all operations share.
import type { FetchContext } from '../../domain/call.js';
import type { Caller } from '../../domain/caller.js';
import type { AppError } from '../../domain/errors.js';
import type { UpstreamOperation } from '../../domain/events.js';
import { Slots } from './slots.js';
import { StartQueue } from './start-queue.js';
import type { StartWindow } from './start-window.js';

export interface Quota {
  /**
   * Starts the call when its turn has come. Throws RATE_LIMITED when the queue has no room.
   * `start` reports when the call has left. A call that is never reported counts as sent when it ends; a call that is
   * reported again counts twice and does not wait for the second start.
   */
  run<T>(
    operation: UpstreamOperation,
    context: FetchContext,
    start: (onSent: () => void) => Promise<T>,
  ): Promise<T>;
  /** PAI throttled: no call of this operation starts for `ms`; a fetch that cannot wait so long fails at once. */
  pause(operation: UpstreamOperation, caller: Caller, ms: number): void;
  /** The number of calls of this operation that may start now, as far as this process knows. */
  left(operation: UpstreamOperation, caller: Caller): number;
  /** The least milliseconds until `count` more calls of the caller can have started, as far as this process knows. */
  leastWaitMs(operation: UpstreamOperation, caller: Caller, count: number): number;
  /** Rejects the fetches that wait for this operation and for which `reasonFor` gives a reason. */
  rejectWaiting(
    operation: UpstreamOperation,
    reasonFor: (context: FetchContext) => AppError | null,
  ): void;
}

export interface QuotaOptions {
  readonly ratePerSecond: number;
  readonly concurrency: number;
  /** The limit of each operation's queue. */
  readonly queueLimit: number;
  /** `account` null: the service's own. */
  readonly windowFor: (operation: UpstreamOperation, account: string | null) => StartWindow;
  readonly monotonic: () => number;
  readonly onWaited: (operation: UpstreamOperation, ms: number) => void;
}

export function createQuota(options: QuotaOptions): Quota {
  const { monotonic } = options;
  const slots = new Slots(options.concurrency);
  const startQueues = new Map<UpstreamOperation, Map<string | null, StartQueue>>();

  function startQueuesOf(operation: UpstreamOperation): Map<string | null, StartQueue> {
    const existing = startQueues.get(operation) ?? new Map<string | null, StartQueue>();
    startQueues.set(operation, existing);
    return existing;
  }

  function startQueueOf(operation: UpstreamOperation, { own }: Caller): StartQueue {
    const account = own?.account ?? null;
    const ofAccounts = startQueuesOf(operation);
    const existing = ofAccounts.get(account);
    if (existing !== undefined) return existing;
    const window = options.windowFor(operation, account);
    const startQueue = new StartQueue({ ...options, slots, window });
    ofAccounts.set(account, startQueue);
    return startQueue;
  }

  /** Gives the milliseconds that the fetch has waited. */
  async function wait(startQueue: StartQueue, context: FetchContext): Promise<number> {
    if (startQueue.enterNow()) return 0;
    const since = monotonic();
    await startQueue.enter(context);
    return monotonic() - since;
  }

  return {
    async run(operation, context, start) {
      context.signal.throwIfAborted();
      const startQueue = startQueueOf(operation, context.caller);
      const refusal = startQueue.refusalOf(context);
      if (refusal !== null) throw refusal;
      const waitMs = await wait(startQueue, context);
      const { window } = startQueue;
      let isSent = false;
      const onSent = () => {
        if (isSent) window.sentAgain();
        else window.sent();
        isSent = true;
      };
      try {
        context.usage.waitMs += waitMs;
        options.onWaited(operation, waitMs);
        return await start(onSent);
      } finally {
        if (!isSent) onSent();
        slots.release();
      }
    },
    pause(operation, caller, ms) {
      startQueueOf(operation, caller).pause(ms);
    },
    left: (operation, caller) => startQueueOf(operation, caller).window.left(),
    leastWaitMs: (operation, caller, count) =>
      startQueueOf(operation, caller).leastWaitMs(caller.lane, count),
    rejectWaiting(operation, reasonFor) {
      for (const startQueue of startQueuesOf(operation).values()) {
        startQueue.rejectWaiting(reasonFor);
      }
    },
  };
}
