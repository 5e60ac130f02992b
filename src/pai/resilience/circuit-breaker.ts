// Stops asking an upstream that is ill, and asks again with one probe; cockatiel keeps the state.
import { CircuitState, circuitBreaker, handleWhen } from 'cockatiel';
import { AppError } from '../../domain/errors.js';
import type { BreakerState } from '../../domain/events.js';
import { createFailureWindow } from './failure-window.js';

export interface CircuitBreaker {
  /** Throws UPSTREAM_UNAVAILABLE at once while it is open, or while a probe is under way. */
  run<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export interface CircuitBreakerOptions {
  readonly now: () => number;
  readonly onState: (state: BreakerState) => void;
}

const OPEN_MS = 5_000;

const STATES: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Isolated]: 'open',
};

export function openError(): AppError {
  const message = 'The model registry fails at present; it is not asked for some seconds.';
  return new AppError('UPSTREAM_UNAVAILABLE', message, { retryable: false });
}

export function createCircuitBreaker({ now, onState }: CircuitBreakerOptions): CircuitBreaker {
  const policy = circuitBreaker(handleWhen(isIllness), {
    halfOpenAfter: OPEN_MS,
    breaker: createFailureWindow(now),
  });
  policy.onStateChange((state) => onState(STATES[state]));
  let openedAt = 0;
  policy.onBreak(() => {
    openedAt = now();
  });

  return {
    async run(attempt, signal) {
      if (policy.state === CircuitState.Closed) return policy.execute(attempt, signal);
      // Cockatiel would let others wait for the probe; they are told at once.
      const isProbe = policy.state === CircuitState.Open && now() - openedAt >= OPEN_MS;
      if (!isProbe) throw openError();
      try {
        return await policy.execute(() => probe(attempt, signal), signal);
      } catch (error) {
        throw isIllness(error) ? openError() : error;
      }
    },
  };
}

/** A probe that its caller has left, or our own quota refused, tells nothing: the breaker stays open. */
async function probe<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!signal.aborted && !isOwnRefusal(error)) throw error;
    throw new AppError('UPSTREAM_UNAVAILABLE', 'The probe told nothing.');
  }
}

/** PAI's own throttle is retryable. */
function isOwnRefusal(error: unknown): boolean {
  return error instanceof AppError && error.code === 'RATE_LIMITED' && !error.retryable;
}

/** What says that PAI is ill. A refusal of one caller, a throttle or a caller who left does not. */
function isIllness(error: unknown): boolean {
  return (
    error instanceof AppError &&
    error.retryable &&
    (error.code === 'UPSTREAM_UNAVAILABLE' || error.code === 'UPSTREAM_TIMEOUT')
  );
}
