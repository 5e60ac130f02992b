// Computes figures from rounds: the rounds that are dropped, and the definitions of ratio and spread. Pure.
import type { Round } from './measure.js';
import type { Measured, Row } from './row.js';

export const SATURATED = 0.9;

export function median(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b);
  const middle = Math.floor(ascending.length / 2);
  const upper = ascending[middle] ?? Number.NaN;
  return ascending.length % 2 === 1 ? upper : (upper + (ascending[middle - 1] ?? upper)) / 2;
}

export function isKept(round: Round): boolean {
  return round.saturation >= SATURATED;
}

/** The largest minus the smallest value, divided by the median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

export function find(row: Row, name: string): Measured | undefined {
  return row.servers.find((server) => server.name === name);
}

/** One server's CPU per request divided by another's, round by round, where both were saturated. */
export function cpuRatios(server: Measured, other: Measured): number[] {
  return server.rounds.flatMap((round, index) => {
    const against = other.rounds[index];
    if (against === undefined || !isKept(round) || !isKept(against)) return [];
    return [round.cpuMicros / against.cpuMicros];
  });
}

/** Milliseconds that a server adds to the upstream's own, round by round. */
export function added(server: Measured, upstream: Measured, figure: 'p50Ms' | 'p99Ms'): number[] {
  return server.rounds.map(
    (round, index) => round[figure] - (upstream.rounds[index]?.[figure] ?? 0),
  );
}
