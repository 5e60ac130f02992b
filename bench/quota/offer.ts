// Offers operations at a rate, in an open loop: they arrive at random moments, however long answers take.
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { type Operation, post } from '../http-request.js';
import { percentile } from '../load/load.js';
import type { Random } from '../random.js';

export interface Offer {
  readonly url: string;
  readonly perSecond: number;
  /** Before the measurement, at the same rate. */
  readonly settleSeconds: number;
  readonly seconds: number;
  readonly nextOperation: () => Operation;
  readonly random: Random;
}

export interface Offered {
  readonly perSecond: number;
  /** Of the operations without an error. */
  readonly p95Ms: number;
  /** The share of operations that failed, wholly or in part. */
  readonly refused: number;
}

const TIMEOUT_MS = 20_000;

interface Answer {
  readonly ms: number;
  readonly isWhole: boolean;
}

export async function offer(options: Offer): Promise<Offered> {
  const { perSecond, settleSeconds, seconds, nextOperation, random, url } = options;
  const measuredFrom = settleSeconds * 1000;
  const endsAt = measuredFrom + seconds * 1000;
  const startedAt = performance.now();
  const measured: Promise<Answer>[] = [];
  const settling: Promise<Answer>[] = [];
  for (let due = 0; due < endsAt; due += untilNext(perSecond, random)) {
    await pause(Math.max(0, startedAt + due - performance.now()));
    (due < measuredFrom ? settling : measured).push(ask(url, nextOperation(), startedAt + due));
  }
  const answers = await Promise.all(measured);
  await Promise.all(settling);
  const whole = answers.filter(({ isWhole }) => isWhole);
  const latencies = Float64Array.from(whole, ({ ms }) => ms).sort();
  return {
    perSecond,
    p95Ms: percentile(latencies, 0.95),
    refused: 1 - whole.length / answers.length,
  };
}

/** Milliseconds to the next arrival of a Poisson process. */
function untilNext(perSecond: number, random: Random): number {
  return (-Math.log(1 - random()) / perSecond) * 1000;
}

async function ask(url: string, operation: Operation, dueAt: number): Promise<Answer> {
  const { path, headers, body, method } = post(operation);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(`${url}${path}`, { method, headers, body, signal });
    const { errors } = (await response.json()) as { readonly errors?: unknown };
    const isWhole = response.status === 200 && errors === undefined;
    return { ms: performance.now() - dueAt, isWhole };
  } catch {
    return { ms: performance.now() - dueAt, isWhole: false };
  }
}
