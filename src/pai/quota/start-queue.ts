// Lets the fetches that wait for one operation start one by one: in turns, with a slot, inside the window.
import type { FetchContext } from '../../domain/call.js';
import { AppError } from '../../domain/errors.js';
import { FairQueue } from './fair-queue.js';
import type { Slots } from './slots.js';
import type { StartWindow } from './start-window.js';

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

export class StartQueue {
  readonly window;
  readonly #options;
  readonly #queue;
  #isServed = false;

  constructor(options: StartQueueOptions) {
    this.#options = options;
    this.window = options.window;
    this.#queue = new FairQueue<Waiting>(options.queueLimit);
  }

  /** Takes a slot and a start if no fetch waits and both are available; false: nothing is taken. */
  enterNow(): boolean {
    const { slots } = this.#options;
    if (this.#queue.size > 0 || !slots.takeFree()) return false;
    if (this.window.takeNow()) return true;
    slots.release();
    return false;
  }

  /** Resolves when both are taken. Rejects when the fetch is over or the queue has no room. */
  enter(context: FetchContext): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#join({ context, start: resolve, reject });
      void this.#serve();
    });
  }

  /** Rejects the waiting fetches for which `reasonFor` gives a reason. */
  rejectWaiting(reasonFor: (context: FetchContext) => AppError | null): void {
    const reasons = new Map<Waiting, AppError>();
    this.#queue.removeWhere((one) => {
      const reason = reasonFor(one.context);
      if (reason !== null) reasons.set(one, reason);
      return reason !== null;
    });
    for (const [{ reject }, reason] of reasons) reject(reason);
  }

  /** The refusal of a fetch whose deadline ends before a pause, also one of another replica; null: it may wait. */
  refusalOf({ deadlineAt }: FetchContext): AppError | null {
    const pausedMs = this.window.pausedMs();
    const isTooLong = pausedMs > 0 && this.#options.monotonic() + pausedMs >= deadlineAt;
    return isTooLong ? rateLimited(pausedMs) : null;
  }

  /** No fetch starts for `ms`. Fetches that cannot wait so long are rejected at once. */
  pause(ms: number): void {
    this.window.pause(ms);
    this.#rejectUnlessInTime();
  }

  /** The least milliseconds until `count` more calls of the lane can have started. */
  leastWaitMs(lane: string, count: number): number {
    return this.window.leastWaitMs(this.#queue.turnsFor(lane, count));
  }

  #rejectUnlessInTime(): void {
    this.rejectWaiting((context) => this.refusalOf(context));
  }

  /** Runs while any fetch waits. */
  async #serve(): Promise<void> {
    if (this.#isServed) return;
    this.#isServed = true;
    try {
      while (this.#queue.size > 0) await this.#serveNext();
    } finally {
      this.#isServed = false;
    }
  }

  async #serveNext(): Promise<void> {
    const { slots } = this.#options;
    await slots.take();
    const waitMs = await this.window.reserve();
    if (waitMs > 0) {
      // The window is full, or PAI has given a pause, perhaps to another replica.
      this.#rejectUnlessInTime();
      slots.release();
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      return;
    }
    const next = this.#queue.take();
    if (next) return next.start();
    // All waiting fetches have left meanwhile.
    slots.release();
    this.window.giveBack();
  }

  /**
   * The fetch waits in the lanes of all callers that wait for it, as they join and leave. It is rejected when none of
   * these lanes has room, and when it loses its place in the last of them.
   */
  #join({ context, start, reject }: Waiting): void {
    const { signal, lanes } = context;
    const queue = this.#queue;
    const stopWatching = () => {
      signal.removeEventListener('abort', leave);
      unwatch();
    };
    const waiting: Waiting = {
      context,
      start() {
        stopWatching();
        start();
      },
      reject(error) {
        stopWatching();
        reject(error);
      },
    };
    const leave = () => {
      queue.removeFromAll(waiting);
      waiting.reject(signal.reason);
    };
    const joinLane = (lane: string) => {
      const displaced = queue.add(lane, waiting);
      if (displaced !== null && displaced !== waiting) this.#rejectForRoom(displaced);
    };
    const joinAllLanes = () => {
      for (const lane of lanes.names) joinLane(lane);
      if (!queue.has(waiting)) this.#rejectForRoom(waiting);
    };
    signal.addEventListener('abort', leave, { once: true });
    const unwatch = lanes.watch({
      joined: joinLane,
      left(lane) {
        queue.remove(lane, waiting);
        // The fetch may have lost its places in the remaining lanes when these were too long.
        if (!queue.has(waiting)) joinAllLanes();
      },
    });
    joinAllLanes();
  }

  #rejectForRoom(waiting: Waiting): void {
    waiting.reject(rateLimited((this.#queue.size / this.#options.ratePerSecond) * 1000));
  }
}

function rateLimited(retryAfterMs: number): AppError {
  const message = 'Too many reads of the model registry are waiting; try again later.';
  return new AppError('RATE_LIMITED', message, { retryAfterMs: Math.ceil(retryAfterMs) });
}
