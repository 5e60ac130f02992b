// The account's quota: a turnstile for each operation, and the slots in flight that all share.
import type { Flight } from '../../domain/call.js';
import type { Caller } from '../../domain/caller.js';
import type { AppError } from '../../domain/errors.js';
import type { UpstreamOperation } from '../../domain/events.js';
import { createSlots } from './slots.js';
import type { StartWindow } from './start-window.js';
import { createTurnstile, type Turnstile } from './turnstile.js';

export interface Quota {
  /**
   * Starts the call when its turn has come. Throws RATE_LIMITED when there is no room to wait.
   * `start` says when the call has left; one that never says so counts as sent when it ends, and one that says so
   * again counts twice, without waiting for it.
   */
  run<T>(
    operation: UpstreamOperation,
    flight: Flight,
    start: (onSent: () => void) => Promise<T>,
  ): Promise<T>;
  /** PAI throttled: nobody starts this operation for so long; who cannot wait is told at once. */
  pause(operation: UpstreamOperation, caller: Caller, ms: number): void;
  /** Calls of this operation that may start now, as far as this process knows. */
  left(operation: UpstreamOperation, caller: Caller): number;
  /** Milliseconds until so many more calls of the caller can have started: at least, as far as this process knows. */
  leastWaitMs(operation: UpstreamOperation, caller: Caller, count: number): number;
  /** Flights that wait for this operation and have a reason to go are told it. */
  dropWaiting(operation: UpstreamOperation, reasonFor: (flight: Flight) => AppError | null): void;
}

export interface QuotaOptions {
  readonly ratePerSecond: number;
  readonly concurrency: number;
  /** For each operation. */
  readonly queueLimit: number;
  /** `account` null: the service's own. */
  readonly windowFor: (operation: UpstreamOperation, account: string | null) => StartWindow;
  readonly monotonic: () => number;
  readonly onWaited: (operation: UpstreamOperation, ms: number) => void;
}

export function createQuota(options: QuotaOptions): Quota {
  const { monotonic } = options;
  const slots = createSlots(options.concurrency);
  const turnstiles = new Map<UpstreamOperation, Map<string | null, Turnstile>>();

  function accountsOf(operation: UpstreamOperation): Map<string | null, Turnstile> {
    const accounts = turnstiles.get(operation) ?? new Map<string | null, Turnstile>();
    turnstiles.set(operation, accounts);
    return accounts;
  }

  function turnstileOf(operation: UpstreamOperation, { own }: Caller): Turnstile {
    const account = own?.account ?? null;
    const accounts = accountsOf(operation);
    const made =
      accounts.get(account) ??
      createTurnstile({ ...options, slots, window: options.windowFor(operation, account) });
    accounts.set(account, made);
    return made;
  }

  /** Milliseconds. */
  async function wait(turnstile: Turnstile, flight: Flight): Promise<number> {
    const since = monotonic();
    await turnstile.enter(flight);
    return monotonic() - since;
  }

  return {
    async run(operation, flight, start) {
      flight.signal.throwIfAborted();
      const turnstile = turnstileOf(operation, flight.caller);
      const refusal = turnstile.refusalOf(flight);
      if (refusal !== null) throw refusal;
      const waitMs = turnstile.enterNow() ? 0 : await wait(turnstile, flight);
      const sending = sendingFrom(turnstile.window);
      try {
        flight.usage.waitMs += waitMs;
        options.onWaited(operation, waitMs);
        return await start(sending.onSent);
      } finally {
        sending.end();
        slots.release();
      }
    },
    pause(operation, caller, ms) {
      turnstileOf(operation, caller).pause(ms);
    },
    left: (operation, caller) => turnstileOf(operation, caller).window.left(),
    leastWaitMs: (operation, caller, count) =>
      turnstileOf(operation, caller).leastWaitMs(caller.lane, count),
    dropWaiting(operation, reasonFor) {
      for (const turnstile of accountsOf(operation).values()) turnstile.turnAway(reasonFor);
    },
  };
}

function sendingFrom(window: StartWindow) {
  let isSent = false;
  const onSent = () => {
    if (isSent) window.sentAgain();
    else window.sent();
    isSent = true;
  };
  return { onSent, end: () => (isSent ? undefined : onSent()) };
}
