// How long an answer is written before others have their turn: all that are being written share one process.
import { setImmediate as afterOthers } from 'node:timers/promises';
import type { Run } from './run.js';

/** Several answers may have their turns one after the other, and together they must not take 50 ms. */
const TURN_MS = 4;
/** Looking at the clock for each costs more than most of them. */
const ITEMS_A_LOOK = 16;

export function turnFromNow(): number {
  return performance.now() + TURN_MS;
}

export function isTurnOver(index: number, run: Run): boolean {
  return index % ITEMS_A_LOOK === ITEMS_A_LOOK - 1 && performance.now() > run.turnEndsAt;
}

export async function nextTurn(run: Run): Promise<void> {
  await afterOthers();
  run.turnEndsAt = turnFromNow();
}
