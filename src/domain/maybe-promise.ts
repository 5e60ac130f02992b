// A value that may be there already: whoever has it at once pays for no promise.

export type MaybePromise<T> = T | Promise<T>;

export function isPromise<T>(value: unknown): value is Promise<T> {
  return value instanceof Promise;
}

/** At once where all are there. */
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

/** Whatever it throws or rejects with is handed over. */
export function attempt(run: () => MaybePromise<void>, fail: (error: unknown) => void): void {
  try {
    const running = run();
    if (isPromise(running)) running.catch(fail);
  } catch (error) {
    fail(error);
  }
}
