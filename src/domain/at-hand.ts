// The outcome of a promise that is as good as there; whatever waits for the world is not waited for.
import { isPromise, type MaybePromise } from './maybe-promise.js';

/** Far more than any chain of promises takes in which nothing is asked outside of the process. */
const TICKS = 64;

/** null: it has not come, or has failed; who needs it waits for it elsewhere, with a deadline. */
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
