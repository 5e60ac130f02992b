// A value or a promise of it: a value that is available at once does not cost a promise.

export type MaybePromise<T> = T | Promise<T>;

export function isPromise<T>(value: unknown): value is Promise<T> {
  return value instanceof Promise;
}

/** Calls `make` at once where all values are available. */
export function whenAll<T, R>(
  values: readonly MaybePromise<T>[],
  make: (values: readonly T[]) => R,
): MaybePromise<R> {
  return values.some(isPromise) ? Promise.all(values).then(make) : make(values as readonly T[]);
}

export function whenThere<T, R>(
  value: MaybePromise<T>,
  make: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  return isPromise(value) ? value.then(make) : make(value);
}

/** Passes the error that `run` throws or rejects with to `fail`. */
export function attempt(run: () => MaybePromise<void>, fail: (error: unknown) => void): void {
  try {
    const running = run();
    if (isPromise(running)) running.catch(fail);
  } catch (error) {
    fail(error);
  }
}
