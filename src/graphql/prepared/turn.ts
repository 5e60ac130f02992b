// How long an answer is written before others have their turn: all that are being written share one process.
import type { Run } from './run.js';

/** What arrives meanwhile begins with a turn of its own, and together they must not take 50 ms. */
const TURN_MS = 4;
/** Looking at the clock for each costs more than most of them. */
const ITEMS_A_LOOK = 16;

export function turnFromNow(): number {
  return performance.now() + TURN_MS;
}

export function isTurnOver(index: number, run: Run): boolean {
  return index % ITEMS_A_LOOK === ITEMS_A_LOOK - 1 && performance.now() > run.turnEndsAt;
}

const waiting: (() => void)[] = [];

/** One goes on each time that the event loop comes round, however many wait. */
function goOn(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(goOn);
}

export async function nextTurn(run: Run): Promise<void> {
  await new Promise<void>((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(goOn);
  });
  run.turnEndsAt = turnFromNow();
}
