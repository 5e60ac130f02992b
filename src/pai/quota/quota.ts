// The account's quota: a turnstile for each operation, and the slots for calls in flight that all operations share.
import type { Flight } from '../../domain/call.js';
import type { Caller } from '../../domain/caller.js';
import type { AppError } from '../../domain/errors.js';
import type { UpstreamOperation } from '../../domain/events.js';
import { createSlots } from './slots.js';
import type { StartWindow } from './start-window.js';
import { createTurnstile, type Turnstile } from './turnstile.js';

export interface Quota {
  /**
   * Starts the call when its turn has come. Throws RATE_LIMITED when the queue has no room.
   * `start` reports when the call has left. A call that is never reported counts as sent when it ends; a call that is
   * reported again counts twice and does not wait for the second start.
   */
  run<T>(
    operation: UpstreamOperation,
    flight: Flight,
    start: (onSent: () => void) => Promise<T>,
  ): Promise<T>;
  /** PAI throttled: no call of this operation starts for `ms`; a flight that cannot wait so long fails at once. */
  pause(operation: UpstreamOperation, caller: Caller, ms: number): void;
  /** The number of calls of this operation that may start now, as far as this process knows. */
  left(operation: UpstreamOperation, caller: Caller): number;
  /** The least milliseconds until `count` more calls of the caller can have started, as far as this process knows. */
  leastWaitMs(operation: UpstreamOperation, caller: Caller, count: number): number;
  /** Rejects the flights that wait for this operation and for which `reasonFor` gives a reason. */
  dropWaiting(operation: UpstreamOperation, reasonFor: (flight: Flight) => AppError | null): void;
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

  /** Gives the milliseconds that the flight has waited. */
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
