// Lets the flights that wait for one operation start one by one: in turns, with a slot, inside the window.
import type { FetchContext } from '../../domain/call.js';
import { AppError } from '../../domain/errors.js';
import { createFairQueue, type FairQueue } from './fair-queue.js';
import type { Slots } from './slots.js';
import type { StartWindow } from './start-window.js';

export interface StartQueue {
  /** Takes a slot and a start if no flight waits and both are available; false: nothing is taken. */
  enterNow(): boolean;
  /** Resolves when both are taken. Rejects when the flight is over or the queue has no room. */
  enter(context: FetchContext): Promise<void>;
  /** Rejects the waiting flights for which `reasonFor` gives a reason. */
  rejectWaiting(reasonFor: (context: FetchContext) => AppError | null): void;
  /** The refusal of a flight whose deadline ends before a pause, also one of another replica; null: it may wait. */
  refusalOf(context: FetchContext): AppError | null;
  /** No flight starts for `ms`. Flights that cannot wait so long are rejected at once. */
  pause(ms: number): void;
  /** The least milliseconds until `count` more calls of the lane can have started. */
  leastWaitMs(lane: string, count: number): number;
  readonly window: StartWindow;
}

export interface StartQueueOptions {
  readonly slots: Slots;
  readonly window: StartWindow;
  readonly queueLimit: number;
  readonly ratePerSecond: number;
  /** The clock that deadlines refer to. */
  readonly monotonic: () => number;
}

interface Waiting {
  readonly context: FetchContext;
  readonly start: () => void;
  readonly reject: (error: unknown) => void;
}

interface Entering {
  readonly context: FetchContext;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function createStartQueue(options: StartQueueOptions): StartQueue {
  const { slots, window, monotonic } = options;
  const queue = createFairQueue<Waiting>(options.queueLimit);
  let isServed = false;

  /** Runs while any flight waits. */
  async function serve(): Promise<void> {
    if (isServed) return;
    isServed = true;
    try {
      while (queue.size > 0) await serveNext();
    } finally {
      isServed = false;
    }
  }

  async function serveNext(): Promise<void> {
    await slots.take();
    const waitMs = await window.reserve();
    // The answer also contains a pause that PAI gave to another replica.
    if (waitMs > 0) rejectWaiting(refusalOf);
    const next = waitMs > 0 ? undefined : queue.take();
    if (next) next.start();
    else await releaseAndWait(waitMs);
  }

  /** The window is full, or all waiting flights have left meanwhile. */
  async function releaseAndWait(waitMs: number): Promise<void> {
    slots.release();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    else window.giveBack();
  }

  function refusalOf({ deadlineAt }: FetchContext): AppError | null {
    const pausedMs = window.pausedMs();
    return pausedMs > 0 && monotonic() + pausedMs >= deadlineAt ? rateLimited(pausedMs) : null;
  }

  function rejectWaiting(reasonFor: (context: FetchContext) => AppError | null): void {
    const reasons = new Map<Waiting, AppError>();
    queue.removeWhere((one) => {
      const reason = reasonFor(one.context);
      if (reason !== null) reasons.set(one, reason);
      return reason !== null;
    });
    for (const [{ reject }, reason] of reasons) reject(reason);
  }

  return {
    window,
    rejectWaiting,
    refusalOf,
    pause(ms) {
      window.pause(ms);
      rejectWaiting(refusalOf);
    },
    leastWaitMs: (lane, count) => window.leastWaitMs(queue.turnsFor(lane, count)),
    enterNow: () => queue.size === 0 && takeBoth(slots, window),
    enter: (context) =>
      new Promise<void>((resolve, reject) => {
        standInLanes(queue, options.ratePerSecond, { context, resolve, reject });
        void serve();
      }),
  };
}

/**
 * The flight waits in the lanes of all callers that wait for it, as they join and leave. It is rejected when none of
 * these lanes has room, and when it loses its place in the last of them.
 */
function standInLanes(
  queue: FairQueue<Waiting>,
  ratePerSecond: number,
  { context, resolve, reject }: Entering,
): void {
  const { signal, lanes } = context;
  const end = (settle: () => void) => {
    signal.removeEventListener('abort', leave);
    unwatch();
    settle();
  };
  const waiting: Waiting = {
    context,
    start: () => end(resolve),
    reject: (error) => end(() => reject(error)),
  };
  const refuse = (one: Waiting) => one.reject(rateLimited((queue.size / ratePerSecond) * 1000));
  const leave = () => {
    queue.removeFromAll(waiting);
    waiting.reject(signal.reason);
  };
  const stand = (lane: string) => {
    const displaced = queue.add(lane, waiting);
    if (displaced !== null && displaced !== waiting) refuse(displaced);
  };
  const standInAll = () => {
    for (const lane of lanes.names) stand(lane);
    if (!queue.has(waiting)) refuse(waiting);
  };
  signal.addEventListener('abort', leave, { once: true });
  const unwatch = lanes.watch({
    joined: stand,
    left(lane) {
      queue.remove(lane, waiting);
      // The flight may have lost its places in the remaining lanes when these were too long.
      if (!queue.has(waiting)) standInAll();
    },
  });
  standInAll();
}

function takeBoth(slots: Slots, window: StartWindow): boolean {
  if (!slots.takeFree()) return false;
  if (window.takeNow()) return true;
  slots.release();
  return false;
}

function rateLimited(retryAfterMs: number): AppError {
  const message = 'Too many reads of the model registry are waiting; try again later.';
  return new AppError('RATE_LIMITED', message, { retryAfterMs: Math.ceil(retryAfterMs) });
}
