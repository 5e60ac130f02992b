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
  // In order of time; those before `first` have left the window. Each is looked at twice in all: looking
  // at the whole window for each attempt cost more than the call itself at a thousand a second.
  let attempts: { readonly at: number; readonly failed: boolean }[] = [];
  let first = 0;
  let failures = 0;

  function forget(): void {
    const since = now() - WINDOW_MS;
    for (let oldest = attempts[first]; oldest && oldest.at <= since; oldest = attempts[first]) {
      if (oldest.failed) failures -= 1;
      first += 1;
    }
    if (first * 2 < attempts.length) return;
    attempts = attempts.slice(first);
    first = 0;
  }

  function count(failed: boolean): void {
    forget();
    attempts.push({ at: now(), failed });
    if (failed) failures += 1;
  }

  function clear(): void {
    attempts = [];
    first = 0;
    failures = 0;
  }

  return {
    state: undefined,
    success(state) {
      // The upstream is well again: what was counted against it is history.
      if (state === CircuitState.HalfOpen) clear();
      count(false);
    },
    failure(state) {
      count(true);
      const inWindow = attempts.length - first;
      const isEnough = inWindow >= MIN_ATTEMPTS;
      return state !== CircuitState.Closed || (isEnough && failures > inWindow * MAX_FAILURE_SHARE);
    },
  };
}
