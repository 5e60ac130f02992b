// One round of one server: the load runs, and the CPU time that the server's process spent on it is read from the
// kernel.
import { type Child, cpuSeconds, idleSeconds } from './child.js';
import { percentile, runLoad } from './load/load.js';

export interface Round {
  readonly cpuMicros: number;
  readonly perSecond: number;
  /**
   * The part of the time in which its core was busy: below 0.9 the server was waiting, and its figures are not valid.
   */
  readonly saturation: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly callsPerRequest: number;
}

export interface RoundOptions {
  readonly requests: readonly Buffer[];
  readonly connections: number;
  readonly seconds: number;
  readonly minRequests?: number;
  readonly perSecond?: number;
  readonly isAwake?: boolean;
}

export async function measureRound(
  server: Pick<Child, 'port' | 'pid' | 'core'>,
  upstream: Child,
  options: RoundOptions,
): Promise<Round> {
  const callsBefore = await countCalls(upstream);
  const cpuBefore = cpuSeconds(server.pid);
  const { core } = server;
  const idleBefore = core === undefined ? 0 : idleSeconds(core);
  const { requests, seconds, latencies } = await runLoad({ ...options, port: server.port });
  const cpu = cpuSeconds(server.pid) - cpuBefore;
  // Not by the CPU of the process: the kernel counts the packets that it handles for the process for no process.
  const busy = core === undefined ? cpu : seconds - (idleSeconds(core) - idleBefore);
  const calls = (await countCalls(upstream)) - callsBefore;
  return {
    cpuMicros: (cpu / requests) * 1e6,
    perSecond: requests / seconds,
    saturation: busy / seconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    callsPerRequest: calls / requests,
  };
}

/** The calls as the upstream counts them: the servers' own counts are not used. */
export async function countCalls(upstream: Pick<Child, 'url'>): Promise<number> {
  const response = await fetch(`${upstream.url}/_calls`);
  const counts = (await response.json()) as Record<string, number>;
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
