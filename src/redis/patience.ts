// Waits for something to settle, and counts only the time in which this process could have noticed it.

export type Waited = 'settled' | 'silent' | 'stalled';

/** The wait is made of so many timers, each followed by a turn of the event loop that reads sockets. */
const SLICES = 4;
/** A timer that is later than this says that the process stood still meanwhile. */
const LATE_MS = 15;
/** A process that is late all the time ends the wait after so many slices, and knows nothing of the other side. */
const SLICES_AT_MOST = 20;

/**
 * `silent`: it did not settle though this process was awake for `limitMs`; `stalled`: this process was not.
 * A timer that fires late comes before the sockets are read, so a healthy peer would look silent.
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
