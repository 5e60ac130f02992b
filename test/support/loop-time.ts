// Asks a server process, started with the probe, for how long its event loop was blocked.
import { once } from 'node:events';
import type { MainProcess } from './programs.js';

/** Options of startMain. */
export const WITH_LOOP_PROBE = {
  nodeFlags: ['--import', './test/support/loop-probe.mjs'],
  hasChannel: true,
} as const;

/** Gives the milliseconds of CPU time of the longest stretch while the work was done, and the result of the work. */
export async function longestStretch<T>(main: MainProcess, work: () => Promise<T>) {
  await ask(main, 'start');
  const result = await work();
  return { result, blockedMs: Number(await ask(main, 'stop')) };
}

async function ask({ child }: MainProcess, question: 'start' | 'stop'): Promise<unknown> {
  const answered = once(child, 'message');
  child.send(question);
  return (await answered)[0];
}
