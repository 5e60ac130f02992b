// Stops calls to an upstream that fails, and tests it with one probe for each caller; it uses no timer.
import { AppError } from '../../domain/errors.js';
import type { BreakerState } from '../../domain/events.js';
import { createFailureWindow } from './failure-window.js';

/** One attempt, as far as the breaker judges it. */
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

/** The result of an attempt for the upstream; `untold`: the attempt ended before it could show a result. */
type Verdict = 'answered' | 'failed' | 'untold';

const OPEN_MS = 5_000;
/** A failure of this age says nothing about an outage that begins now. */
const FAILING_FOR_MS = 10_000;
/** More callers are not remembered; for a forgotten caller, the upstream is asked once more. */
const MAX_CALLERS = 10_000;

export function openError(): AppError {
  const message = 'The model registry fails at present; it is not asked for some seconds.';
  return new AppError('UPSTREAM_UNAVAILABLE', message, { retryable: false });
}

export class CircuitBreaker {
  readonly #options;
  readonly #window;
  readonly #failing = new Map<string, number>();
  readonly #probing = new Set<string>();
  #isOpen = false;
  // The outcome of an attempt that began before the latest change is ignored.
  #epoch = 0;
  #told: BreakerState = 'closed';

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
      this.#settle(trial, 'answered', epoch);
      return answer;
    } catch (error) {
      const verdict = verdictOf(error, trial);
      this.#settle(trial, verdict, epoch);
      // A probe is not retried.
      throw isProbe && verdict === 'failed' ? openError() : error;
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
    this.#tell();
    return true;
  }

  #settle(trial: Trial, verdict: Verdict, epoch: number): void {
    if (epoch !== this.#epoch) return;
    this.#probing.delete(trial.caller);
    if (verdict === 'failed') this.#failed(trial);
    if (verdict === 'answered') this.#answered(trial);
    this.#tell();
  }

  #failed({ caller, resource }: Trial): void {
    this.#noteFailing(caller);
    if (!this.#isOpen) {
      this.#window.note(resource, true);
      if (!this.#window.isOutage()) return;
      this.#change(true);
    }
    this.#options.onRefusing();
  }

  #answered({ caller, resource }: Trial): void {
    if (this.#isOpen) {
      this.#change(false);
      this.#failing.clear();
    } else {
      this.#window.note(resource, false);
      this.#failing.delete(caller);
    }
  }

  #change(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.#epoch += 1;
    this.#probing.clear();
    this.#window.clear();
  }

  /** Keeps the callers in order of time, so that those to forget are in front. */
  #noteFailing(caller: string): void {
    const now = this.#options.now();
    this.#failing.delete(caller);
    this.#failing.set(caller, now);
    for (const [oldest, at] of this.#failing) {
      // While the breaker is open, these callers are refused, however long they make no call.
      const isForgotten = !this.#isOpen && at <= now - FAILING_FOR_MS;
      if (!isForgotten && this.#failing.size <= MAX_CALLERS) return;
      this.#failing.delete(oldest);
    }
  }

  #tell(): void {
    const state = this.#isOpen ? (this.#probing.size > 0 ? 'half_open' : 'open') : 'closed';
    if (state !== this.#told) this.#options.onState(state);
    this.#told = state;
  }
}

function verdictOf(error: unknown, { signal, wasSent }: Trial): Verdict {
  if (signal.aborted) return 'untold';
  if (isFailure(error)) return 'failed';
  return wasSent() ? 'answered' : 'untold';
}

/** A refusal, a throttle or an answer of another shape is not a failure: the upstream is reachable. */
function isFailure(error: unknown): boolean {
  return (
    error instanceof AppError &&
    error.retryable &&
    (error.code === 'UPSTREAM_UNAVAILABLE' || error.code === 'UPSTREAM_TIMEOUT')
  );
}
