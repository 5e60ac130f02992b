// Lets those who wait for one operation start one by one: in turns, with a slot, inside the window.
import type { Flight } from '../../domain/call.js';
import { AppError } from '../../domain/errors.js';
import { createFairQueue, type FairQueue } from './fair-queue.js';
import type { Slots } from './slots.js';
import type { StartWindow } from './start-window.js';

export interface Turnstile {
  /** Whether no flight waits and there is room: then a slot and a start are taken. */
  enterNow(): boolean;
  /** Resolves with both taken. Rejects when the flight is over or there is no room to wait. */
  enter(flight: Flight): Promise<void>;
  /** Turns away those who wait and have a reason to go. */
  turnAway(reasonFor: (flight: Flight) => AppError | null): void;
  /** What a pause, be it of another replica, leaves no time for; null: it may wait. */
  refusalOf(flight: Flight): AppError | null;
  /** Nothing starts for so long. Those who cannot wait are told at once. */
  pause(ms: number): void;
  /** Milliseconds until so many more calls of the lane can have started, at the least. */
  leastWaitMs(lane: string, count: number): number;
  readonly window: StartWindow;
}

export interface TurnstileOptions {
  readonly slots: Slots;
  readonly window: StartWindow;
  readonly queueLimit: number;
  readonly ratePerSecond: number;
  /** The clock of deadlines. */
  readonly monotonic: () => number;
}

interface Waiting {
  readonly flight: Flight;
  readonly start: () => void;
  readonly reject: (error: unknown) => void;
}

interface Entering {
  readonly flight: Flight;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function createTurnstile(options: TurnstileOptions): Turnstile {
  const { slots, window, monotonic } = options;
  const queue = createFairQueue<Waiting>(options.queueLimit);
  let isServed = false;

  /** Runs while anybody waits. */
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
    // A pause that another replica was told of comes with the answer.
    if (waitMs > 0) turnAway(refusalOf);
    const next = waitMs > 0 ? undefined : queue.take();
    if (next) next.start();
    else await standBack(waitMs);
  }

  /** The window is full, or everybody has left meanwhile. */
  async function standBack(waitMs: number): Promise<void> {
    slots.release();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    else window.giveBack();
  }

  function refusalOf({ deadlineAt }: Flight): AppError | null {
    const pausedMs = window.pausedMs();
    return pausedMs > 0 && monotonic() + pausedMs >= deadlineAt ? rateLimited(pausedMs) : null;
  }

  function turnAway(reasonFor: (flight: Flight) => AppError | null): void {
    const reasons = new Map<Waiting, AppError>();
    queue.removeWhere((one) => {
      const reason = reasonFor(one.flight);
      if (reason !== null) reasons.set(one, reason);
      return reason !== null;
    });
    for (const [{ reject }, reason] of reasons) reject(reason);
  }

  return {
    window,
    turnAway,
    refusalOf,
    pause(ms) {
      window.pause(ms);
      turnAway(refusalOf);
    },
    leastWaitMs: (lane, count) => window.leastWaitMs(queue.turnsFor(lane, count)),
    enterNow: () => queue.size === 0 && takeBoth(slots, window),
    enter: (flight) =>
      new Promise<void>((resolve, reject) => {
        standInLanes(queue, options.ratePerSecond, { flight, resolve, reject });
        void serve();
      }),
  };
}

/**
 * Waits in the lanes of all who wait for the flight, as they join and leave. It is rejected when none of their
 * lanes has room, and when it loses its place in the last of them.
 */
function standInLanes(
  queue: FairQueue<Waiting>,
  ratePerSecond: number,
  { flight, resolve, reject }: Entering,
): void {
  const { signal, lanes } = flight;
  const end = (settle: () => void) => {
    signal.removeEventListener('abort', leave);
    unwatch();
    settle();
  };
  const waiting: Waiting = {
    flight,
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
      // Those who stay may have lost their places when their lanes were too long.
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

export function rateLimited(retryAfterMs: number): AppError {
  const message = 'Too many reads of the model registry are waiting; try again later.';
  return new AppError('RATE_LIMITED', message, { retryAfterMs: Math.ceil(retryAfterMs) });
}
