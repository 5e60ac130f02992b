// The outcome of a promise that settles without waiting for anything outside the process; other promises are not
// awaited.
import { isPromise, type MaybePromise } from './maybe-promise.js';

/** Far more than a chain of promises takes that asks nothing outside the process. */
const TICKS = 64;

/** null: the outcome has not come, or is a failure; code that needs it awaits it elsewhere, with a deadline. */
export function atHand<T>(value: MaybePromise<T>): MaybePromise<T | null> {
  return isPromise<T>(value) ? settledSoon(value) : value;
}

async function settledSoon<T>(promise: Promise<T>): Promise<T | null> {
  let isOver = false;
  let outcome: T | null = null;
  promise.then(
    (value) => {
      isOver = true;
      outcome = value;
    },
    () => {
      isOver = true;
    },
  );
  for (let tick = 0; tick < TICKS && !isOver; tick += 1) await undefined;
  return outcome;
}
