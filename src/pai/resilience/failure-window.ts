// The breaker's judgement: the share of failures among the attempts of the last seconds.
import { CircuitState, type IBreaker } from 'cockatiel';

const WINDOW_MS = 10_000;
const MIN_ATTEMPTS = 20;
const MAX_FAILURE_SHARE = 0.5;

/**
 * Cockatiel's own sampling breaker forgets one slice a call, so that failures of an hour ago still
 * count after a quiet time; here an attempt counts for the window and no longer.
 */
export function createFailureWindow(now: () => number): IBreaker {
  let attempts: { readonly at: number; readonly failed: boolean }[] = [];

  function count(failed: boolean): void {
    const since = now() - WINDOW_MS;
    attempts = attempts.filter(({ at }) => at > since);
    attempts.push({ at: now(), failed });
  }

  return {
    state: undefined,
    success(state) {
      // The upstream is well again: what was counted against it is history.
      if (state === CircuitState.HalfOpen) attempts = [];
      count(false);
    },
    failure(state) {
      count(true);
      const failures = attempts.filter(({ failed }) => failed).length;
      const isEnough = attempts.length >= MIN_ATTEMPTS;
      return (
        state !== CircuitState.Closed ||
        (isEnough && failures > attempts.length * MAX_FAILURE_SHARE)
      );
    },
  };
}
