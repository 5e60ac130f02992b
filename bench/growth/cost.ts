// The CPU per request of a probed server: warmed up, then the median of some rounds.
import { median } from '../figures.js';
import { measureRound } from '../measure.js';
import type { Probed } from './probed.js';

const WARM_SECONDS = 4;
const ROUND_SECONDS = 2;
const ROUNDS = 5;

export async function medianCpuMicros(
  { server, upstream }: Probed,
  requests: readonly Buffer[],
  connections: number,
): Promise<number> {
  const minRequests = requests.length;
  const load = { requests, connections };
  await measureRound(server, upstream, { ...load, seconds: WARM_SECONDS, minRequests });
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { cpuMicros } = await measureRound(server, upstream, { ...load, seconds: ROUND_SECONDS });
    rounds.push(cpuMicros);
  }
  return median(rounds);
}
