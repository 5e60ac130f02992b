// Stops calls to an upstream that fails, and tests it with one probe for each caller; it uses no timer. Decision 26.
import { LRUCache } from 'lru-cache';
import { AppError } from '../domain/errors.js';
import type { BreakerState } from '../domain/events.js';
import { isStaleConnection } from '../net/http-client.js';

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
/** The latest resources show an outage as well as all do. */
const MAX_RESOURCES = 1000;

export function openError(): AppError {
  const message = 'The model registry fails at present; it is not asked for some seconds.';
  return new AppError('UPSTREAM_UNAVAILABLE', message, { retryable: false });
}

export class CircuitBreaker {
  readonly #options;
  /** While closed: the latest result of each resource. One broken model is one failure, however often it is read. */
  readonly #results = new LRUCache<string, { readonly isFailed: boolean; readonly at: number }>({
    max: MAX_RESOURCES,
  });
  /** The callers whose latest attempt failed, and when it did. */
  readonly #failedAt = new LRUCache<string, number>({ max: MAX_CALLERS });
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
    return this.#isOpen && this.#failedAt.has(caller);
  }

  /** Whether the attempt is a probe. */
  #enter(caller: string): boolean {
    const failedAt = this.#isOpen ? this.#failedAt.peek(caller) : undefined;
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
    if (result === 'success') this.#recordSuccess(caller, resource);
    if (result === 'failure') this.#recordFailure(caller, resource);
    this.#reportState();
  }

  #recordSuccess(caller: string, resource: string): void {
    this.#failedAt.delete(caller);
    if (this.#isOpen) this.#close();
    else this.#results.set(resource, { isFailed: false, at: this.#options.now() });
  }

  #recordFailure(caller: string, resource: string): void {
    const at = this.#options.now();
    this.#failedAt.set(caller, at);
    if (!this.#isOpen) {
      this.#results.set(resource, { isFailed: true, at });
      if (!this.#isOutage()) return;
      this.#open();
    }
    this.#options.onRefusing();
  }

  #isRecent(at: number): boolean {
    return at > this.#options.now() - WINDOW_MS;
  }

  #isOutage(): boolean {
    const recent = [...this.#results.values()].filter(({ at }) => this.#isRecent(at));
    const failures = recent.filter(({ isFailed }) => isFailed).length;
    return failures >= MIN_FAILED && failures > recent.length * MAX_FAILED_SHARE;
  }

  #open(): void {
    // From now on the other callers are refused, however long they make no call.
    for (const [caller, at] of [...this.#failedAt]) {
      if (!this.#isRecent(at)) this.#failedAt.delete(caller);
    }
    this.#results.clear();
    this.#isOpen = true;
    this.#epoch += 1;
  }

  #close(): void {
    this.#failedAt.clear();
    this.#probing.clear();
    this.#isOpen = false;
    this.#epoch += 1;
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
