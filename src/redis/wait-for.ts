// Waits for a promise to settle, and counts only the time in which this process could have noticed it.

export type Waited = 'settled' | 'silent' | 'stalled';

/** The number of timers in a wait, each followed by a turn of the event loop that reads sockets. */
const SLICES = 4;
/** A timer that is later than this shows that the process stood still meanwhile. */
const LATE_MS = 15;
/** A process that is always late ends the wait after this many slices and knows nothing about the other side. */
const SLICES_AT_MOST = 20;

/**
 * `silent`: the promise did not settle although this process ran for `limitMs`; `stalled`: this process did not run
 * so long. A late timer fires before the sockets are read, so a healthy peer would appear silent.
 */
export function waitFor(
  settled: Promise<unknown>,
  { limitMs, monotonic }: { readonly limitMs: number; readonly monotonic: () => number },
): Promise<Waited> {
  const sliceMs = limitMs / SLICES;
  return new Promise((resolve) => {
    let awake = 0;
    let slices = 0;
    let dueAt = 0;
    let timer: NodeJS.Timeout;
    const wait = () => {
      dueAt = monotonic() + sliceMs;
      timer = setTimeout(count, sliceMs);
    };
    const count = () => {
      slices += 1;
      if (monotonic() - dueAt <= LATE_MS) awake += 1;
      if (awake === SLICES) setImmediate(resolve, 'silent');
      else if (slices === SLICES_AT_MOST) setImmediate(resolve, 'stalled');
      else wait();
    };
    const end = () => {
      clearTimeout(timer);
      resolve('settled');
    };
    wait();
    settled.then(end, end);
  });
}
