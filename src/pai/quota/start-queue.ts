// Lets the fetches that wait for one operation start one by one: in turns, with a slot, inside the window.
import type { FetchContext } from '../../domain/call.js';
import { AppError } from '../../domain/errors.js';
import type { Semaphore } from '../../lib/semaphore.js';
import { FairQueue } from './fair-queue.js';
import type { StartWindow } from './start-window.js';

interface StartQueueOptions {
  readonly slots: Semaphore;
  readonly window: StartWindow;
  readonly queueLimit: number;
  readonly ratePerSecond: number;
  /** The clock that deadlines refer to. */
  readonly monotonic: () => number;
  readonly onState: (state: 'exhausted' | 'available') => void;
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
  /** A fetch was refused or paused, and since then none has started without others behind it. */
  #hasRefused = false;

  constructor(options: StartQueueOptions) {
    this.#options = options;
    this.window = options.window;
    this.#queue = new FairQueue<Waiting>(options.queueLimit);
  }

  /**
   * Takes a slot and a start, and gives the milliseconds that the fetch has waited for them. Throws when the fetch is
   * over, when its deadline ends before a pause, or when the queue has no room.
   */
  async enter(context: FetchContext): Promise<number> {
    const { monotonic } = this.#options;
    const tooLate = this.#tooLate(context);
    if (tooLate !== null) throw tooLate;
    const since = monotonic();
    const waitsNot = this.#enterNow();
    if (!waitsNot) await this.#waitForTurn(context);
    if (this.#queue.size === 0) this.#noteRefusing(false);
    return waitsNot ? 0 : monotonic() - since;
  }

  /** The number of fetches that wait. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** PAI pauses all calls, or fetches are refused and others wait, as far as this process knows. */
  get isExhausted(): boolean {
    return this.window.pausedMs() > 0 || (this.#hasRefused && this.waiting > 0);
  }

  /** Rejects the waiting fetches for which `reasonFor` gives a reason. */
  rejectWaiting(reasonFor: (context: FetchContext) => AppError | null): void {
    for (const waiting of this.#queue.items()) {
      const reason = reasonFor(waiting.context);
      if (reason !== null) this.#reject(waiting, reason);
    }
  }

  /** No fetch starts for `ms`. Fetches that cannot wait so long are rejected at once. */
  pause(ms: number): void {
    this.window.pause(ms);
    this.#noteRefusing(true);
    this.#rejectTooLate();
  }

  /** The least milliseconds until `count` more calls of the lane can have started. */
  leastWaitMs(lane: string, count: number): number {
    return this.window.leastWaitMs(this.#queue.turnsFor(lane, count));
  }

  /** Takes a slot and a start if no fetch waits and both are available; false: nothing is taken. */
  #enterNow(): boolean {
    const { slots } = this.#options;
    if (this.#queue.size > 0 || !slots.takeFree()) return false;
    if (this.window.takeNow()) return true;
    slots.release();
    return false;
  }

  /** The error for a fetch whose deadline ends before a pause, also one of another replica; null: it may wait. */
  #tooLate({ deadlineAt }: FetchContext): AppError | null {
    const pausedMs = this.window.pausedMs();
    const isTooLate = pausedMs > 0 && this.#options.monotonic() + pausedMs >= deadlineAt;
    return isTooLate ? this.#refusal(pausedMs) : null;
  }

  #rejectTooLate(): void {
    this.rejectWaiting((context) => this.#tooLate(context));
  }

  async #waitForTurn(context: FetchContext): Promise<void> {
    const { signal, lanes } = context;
    let leave = () => {};
    let unwatch = () => {};
    try {
      await new Promise<void>((start, reject) => {
        const waiting = { context, start, reject };
        leave = () => this.#reject(waiting, signal.reason);
        unwatch = lanes.watch(() => {
          // It may have started or been rejected a moment ago.
          if (this.#queue.has(waiting)) this.#place(waiting);
        });
        signal.addEventListener('abort', leave, { once: true });
        this.#place(waiting);
        void this.#serve();
      });
    } finally {
      signal.removeEventListener('abort', leave);
      unwatch();
    }
  }

  /** The fetch waits in the lanes of all callers that wait for it at present. */
  #place(waiting: Waiting): void {
    const displaced = this.#queue.place(waiting, waiting.context.lanes.names);
    displaced?.reject(this.#refusal((this.#queue.size / this.#options.ratePerSecond) * 1000));
  }

  #refusal(retryAfterMs: number): AppError {
    this.#noteRefusing(true);
    return rateLimited(retryAfterMs);
  }

  #noteRefusing(isRefusing: boolean): void {
    if (isRefusing !== this.#hasRefused) {
      this.#options.onState(isRefusing ? 'exhausted' : 'available');
    }
    this.#hasRefused = isRefusing;
  }

  #reject(waiting: Waiting, reason: unknown): void {
    this.#queue.remove(waiting);
    waiting.reject(reason);
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
      this.#rejectTooLate();
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
}

function rateLimited(retryAfterMs: number): AppError {
  const message = 'Too many reads of the model registry are waiting; try again later.';
  return new AppError('RATE_LIMITED', message, { retryAfterMs: Math.ceil(retryAfterMs) });
}
