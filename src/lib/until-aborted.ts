// Waits that a signal can end: the caller stops waiting, and the work that it waited for goes on.

/** For work that takes no signal, or that others wait for as well. Rejects with the reason of the signal. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  return Promise.race([promise, aborted]).finally(() => {
    signal.removeEventListener('abort', abort);
  });
}

/** Waits `ms` milliseconds. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await untilAborted(elapsed, signal).finally(() => clearTimeout(timer));
}
