// Waits for a reply of Redis for a time in which this process runs: a late timer fires before the sockets are read, so a
// healthy peer would appear silent to a process that stood still.
import { setImmediate, setTimeout } from 'node:timers/promises';

/** The number of timers in a wait, each followed by a turn of the event loop that reads sockets. */
const SLICES = 4;
/** A timer that is later than this shows that the process stood still meanwhile. */
const LATE_MS = 15;
/** A process that is always late ends the wait after this many slices and knows nothing about the other side. */
const SLICES_AT_MOST = 20;

/**
 * `silent`: the promise did not settle although this process ran for `limitMs`; `stalled`: this process did not run
 * so long.
 */
export async function waitForReply(
  sent: Promise<unknown>,
  limitMs: number,
  monotonic: () => number,
): Promise<'settled' | 'silent' | 'stalled'> {
  const settled = sent.then(() => true);
  const sliceMs = limitMs / SLICES;
  let awake = 0;
  for (let slice = 0; slice < SLICES_AT_MOST && awake < SLICES; slice += 1) {
    const dueAt = monotonic() + sliceMs;
    const sliceEnd = setTimeout(sliceMs, false, { ref: false });
    if (await Promise.race([settled, sliceEnd])) return 'settled';
    if (monotonic() - dueAt <= LATE_MS) awake += 1;
  }
  if (await Promise.race([settled, setImmediate(false)])) return 'settled';
  return awake === SLICES ? 'silent' : 'stalled';
}
