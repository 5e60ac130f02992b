// Stops calls to an upstream that fails, and tests it with one probe for each caller; it uses no timer. Decision 26.
import { AppError } from '../domain/errors.js';
import type { BreakerState } from '../domain/events.js';
import { isStaleConnection } from './http-client.js';

/** The properties of an attempt that the breaker uses. */
interface Trial {
  /** An open breaker refuses only callers whose own latest attempt has failed. */
  readonly caller: string;
  readonly resource: string;
  readonly signal: AbortSignal;
  /** The request has left for the upstream. */
  readonly wasSent: () => boolean;
}

interface CircuitBreakerOptions {
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

/** The latest event of each name, in order of time, so that the oldest are in front. */
type Latest<T> = Map<string, T & { readonly at: number }>;

export class CircuitBreaker {
  readonly #options;
  /** While closed: the latest result of each resource. One broken model is one failure, however often it is read. */
  readonly #results: Latest<{ readonly isFailed: boolean }> = new Map();
  /** The callers whose latest attempt failed. */
  readonly #failing: Latest<unknown> = new Map();
  readonly #probing = new Set<string>();
  #isOpen = false;
  // The result of an attempt that began before the latest change is ignored.
  #epoch = 0;
  #reported: BreakerState = 'closed';

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
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
    const failure = this.#isOpen ? this.#failing.get(caller) : undefined;
    if (failure === undefined) return false;
    const isDue = this.#options.now() - failure.at >= OPEN_MS;
    if (!isDue || this.#probing.has(caller)) throw openError();
    this.#probing.add(caller);
    this.#reportState();
    return true;
  }

  #record({ caller, resource }: Trial, result: Result, epoch: number): void {
    if (epoch !== this.#epoch) return;
    this.#probing.delete(caller);
    if (result === 'success') this.#recordSuccess(caller, resource);
    if (result === 'failure') this.#recordFailure(caller, resource);
    this.#reportState();
  }

  #recordSuccess(caller: string, resource: string): void {
    this.#failing.delete(caller);
    if (this.#isOpen) this.#close();
    else this.#addResult(resource, false);
  }

  #recordFailure(caller: string, resource: string): void {
    this.#failing.delete(caller);
    this.#failing.set(caller, { at: this.#options.now() });
    const [oldest] = this.#failing.keys();
    if (this.#failing.size > MAX_CALLERS && oldest !== undefined) this.#failing.delete(oldest);
    if (!this.#isOpen) {
      this.#addResult(resource, true);
      if (!this.#isOutage()) return;
      this.#open();
    }
    this.#options.onRefusing();
  }

  #addResult(resource: string, isFailed: boolean): void {
    this.#results.delete(resource);
    this.#results.set(resource, { at: this.#options.now(), isFailed });
    this.#dropOld(this.#results);
  }

  #isOutage(): boolean {
    const failures = [...this.#results.values()].filter(({ isFailed }) => isFailed).length;
    return failures >= MIN_FAILED && failures > this.#results.size * MAX_FAILED_SHARE;
  }

  #open(): void {
    // From now on these callers are refused, however long they make no call.
    this.#dropOld(this.#failing);
    this.#results.clear();
    this.#isOpen = true;
    this.#epoch += 1;
  }

  #close(): void {
    this.#failing.clear();
    this.#probing.clear();
    this.#isOpen = false;
    this.#epoch += 1;
  }

  #dropOld(latest: Latest<unknown>): void {
    const since = this.#options.now() - WINDOW_MS;
    for (const [name, { at }] of latest) {
      if (at > since) return;
      latest.delete(name);
    }
  }

  #reportState(): void {
    const state = this.#isOpen ? (this.#probing.size > 0 ? 'half_open' : 'open') : 'closed';
    if (state !== this.#reported) this.#options.onState(state);
    this.#reported = state;
  }
}

/**
 * A refusal, a throttle or an answer of another shape is a success: the upstream is reachable. A kept connection that had
 * ended shows nothing.
 */
function resultOf(error: unknown, { signal, wasSent }: Trial): Result {
  if (signal.aborted || isStaleConnection(error)) return 'ignored';
  const code = error instanceof AppError && error.retryable ? error.code : null;
  if (code === 'UPSTREAM_UNAVAILABLE' || code === 'UPSTREAM_TIMEOUT') return 'failure';
  return wasSent() ? 'success' : 'ignored';
}
