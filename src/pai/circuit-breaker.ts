// Stops calls to an upstream that fails, and tests it with one probe for each caller; it uses no timer. Decision 26.
import { AppError } from '../domain/errors.js';
import type { BreakerState } from '../domain/events.js';

/** The properties of an attempt that the breaker uses. */
export interface Trial {
  /** An open breaker refuses only callers whose own latest attempt has failed. */
  readonly caller: string;
  readonly resource: string;
  readonly signal: AbortSignal;
  /** The request has left for the upstream. */
  readonly wasSent: () => boolean;
}

export interface CircuitBreakerOptions {
  /** The monotonic clock. */
  readonly now: () => number;
  readonly onState: (state: BreakerState) => void;
  /** Called when more callers are refused than before. */
  readonly onRefusing: () => void;
}

/** `ignored`: the attempt ended before it could show a result. */
type Result = 'success' | 'failure' | 'ignored';

const OPEN_MS = 5_000;
/** A failure of this age says nothing about an outage that begins now. */
const WINDOW_MS = 10_000;
/** The least number of different failed resources, since a few may fail for their own reasons while PAI works. */
const MIN_FAILED = 10;
const MAX_FAILED_SHARE = 0.5;
/** More callers are not remembered; for a forgotten caller, the upstream is asked once more. */
const MAX_CALLERS = 10_000;

export function openError(): AppError {
  const message = 'The model registry fails at present; it is not asked for some seconds.';
  return new AppError('UPSTREAM_UNAVAILABLE', message, { retryable: false });
}

export class CircuitBreaker {
  readonly #options;
  readonly #window;
  /** When the latest attempt of each caller failed, in order of time. */
  readonly #failing = new Map<string, number>();
  readonly #probing = new Set<string>();
  #isOpen = false;
  // The result of an attempt that began before the latest change is ignored.
  #epoch = 0;
  #reported: BreakerState = 'closed';

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
    this.#window = createFailureWindow(options.now);
  }

  /** Throws openError() at once for a caller that is refused. */
  async run<T>(trial: Trial, attempt: () => Promise<T>): Promise<T> {
    const isProbe = this.#enter(trial.caller);
    const epoch = this.#epoch;
    try {
      const answer = await attempt();
      this.#record(trial, 'success', epoch);
      return answer;
    } catch (error) {
      const result = resultOf(error, trial);
      this.#record(trial, result, epoch);
      // A probe is not retried.
      throw isProbe && result === 'failure' ? openError() : error;
    }
  }

  /** Also true while a probe is due or in progress. */
  refuses(caller: string): boolean {
    return this.#isOpen && this.#failing.has(caller);
  }

  /** Whether the attempt is a probe. */
  #enter(caller: string): boolean {
    const failedAt = this.#isOpen ? this.#failing.get(caller) : undefined;
    if (failedAt === undefined) return false;
    const isDue = this.#options.now() - failedAt >= OPEN_MS;
    if (!isDue || this.#probing.has(caller)) throw openError();
    this.#probing.add(caller);
    this.#reportState();
    return true;
  }

  #record({ caller, resource }: Trial, result: Result, epoch: number): void {
    if (epoch !== this.#epoch) return;
    this.#probing.delete(caller);
    if (result === 'failure') this.#recordFailure(caller, resource);
    if (result === 'success') this.#recordSuccess(caller, resource);
    this.#reportState();
  }

  #recordFailure(caller: string, resource: string): void {
    this.#addFailing(caller);
    if (!this.#isOpen) {
      this.#window.record(resource, true);
      if (!this.#window.isOutage()) return;
      this.#change(true);
    }
    this.#options.onRefusing();
  }

  #recordSuccess(caller: string, resource: string): void {
    if (this.#isOpen) {
      this.#change(false);
      this.#failing.clear();
    } else {
      this.#window.record(resource, false);
      this.#failing.delete(caller);
    }
  }

  #change(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.#epoch += 1;
    this.#probing.clear();
    this.#window.clear();
  }

  #addFailing(caller: string): void {
    const now = this.#options.now();
    this.#failing.delete(caller);
    this.#failing.set(caller, now);
    for (const [oldest, at] of this.#failing) {
      // While the breaker is open, these callers are refused, however long they make no call.
      const isForgotten = !this.#isOpen && at <= now - WINDOW_MS;
      if (!isForgotten && this.#failing.size <= MAX_CALLERS) return;
      this.#failing.delete(oldest);
    }
  }

  #reportState(): void {
    const state = this.#isOpen ? (this.#probing.size > 0 ? 'half_open' : 'open') : 'closed';
    if (state !== this.#reported) this.#options.onState(state);
    this.#reported = state;
  }
}

function resultOf(error: unknown, { signal, wasSent }: Trial): Result {
  if (signal.aborted) return 'ignored';
  if (countsAsFailure(error)) return 'failure';
  return wasSent() ? 'success' : 'ignored';
}

/** A refusal, a throttle or an answer of another shape does not count: the upstream is reachable. */
function countsAsFailure(error: unknown): boolean {
  return (
    error instanceof AppError &&
    error.retryable &&
    (error.code === 'UPSTREAM_UNAVAILABLE' || error.code === 'UPSTREAM_TIMEOUT')
  );
}

/**
 * The latest result of each resource in the last seconds. A resource counts once, however often it is requested: one
 * broken model is one failure.
 */
export function createFailureWindow(now: () => number) {
  // In order of time, so that the results that leave the window are in front.
  const latest = new Map<string, { readonly at: number; readonly isFailed: boolean }>();

  function dropOld(): void {
    const since = now() - WINDOW_MS;
    for (const [resource, { at }] of latest) {
      if (at > since) return;
      latest.delete(resource);
    }
  }

  return {
    record(resource: string, isFailed: boolean): void {
      latest.delete(resource);
      latest.set(resource, { at: now(), isFailed });
      dropOld();
    },
    isOutage(): boolean {
      dropOld();
      const failures = [...latest.values()].filter(({ isFailed }) => isFailed).length;
      return failures >= MIN_FAILED && failures > latest.size * MAX_FAILED_SHARE;
    },
    clear: () => latest.clear(),
  };
}
