// Replicas whose Redis comes and goes, in a time of their own: no window has more starts than the account may
// make, through all switches. Redis is simulated, by the keys that the scripts are given.
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { SETTLE_MS } from '../../../src/pai/quota/shared-starts.js';
import type { RedisConnection } from '../../../src/redis/connection.js';
import { aWindow, WINDOW_MS } from './flight.js';

const LEASE_MS = 5000;
const STEP_MS = 10;
const CHECK_MS = 500;

interface Time {
  at: number;
}

/** The effect of the scripts, in one sorted set for all. */
function playServer(time: Time) {
  const starts = new Map<string, number>();
  const evaluate = async (_: string, keys: number, ...rest: (string | number)[]) => {
    if (keys === 1) {
      const [, , start] = rest;
      starts.set(String(start), time.at);
      return null;
    }
    const [, , , rate, lease, start] = rest;
    for (const [name, score] of starts) if (score <= time.at - WINDOW_MS) starts.delete(name);
    if (starts.size < Number(rate)) {
      starts.set(String(start), time.at + Number(lease));
      return [0, 0, starts.size];
    }
    const oldest = Math.min(...starts.values());
    return [Math.max(1, Math.min(WINDOW_MS, oldest + WINDOW_MS - time.at)), 0, starts.size];
  };
  const client = {
    eval: evaluate,
    zrem: async (_: string, start: string) => starts.delete(start),
  };
  // Of the client's many commands a window uses these two.
  return { isUp: true, client: client as unknown as Redis };
}

type Server = ReturnType<typeof playServer>;

/** Notices a loss with the first command that fails, of its own each half second, and a return after so long. */
function playConnection(server: Server, time: Time, noticesAfterMs: number) {
  let isUp = true;
  let changedAt = Number.NEGATIVE_INFINITY;
  let backAt: number | null = null;
  const change = (to: boolean) => {
    if (isUp !== to) changedAt = time.at;
    isUp = to;
  };
  const connection: Pick<RedisConnection, 'ask' | 'state' | 'changedAt'> = {
    async ask(command) {
      if (!server.isUp) change(false);
      return isUp ? command(server.client) : undefined;
    },
    state: () => (isUp ? { kind: 'up' } : { kind: 'down', cause: 'CLOSED' }),
    changedAt: () => changedAt,
  };
  return {
    connection,
    step() {
      if (!server.isUp && time.at % CHECK_MS === (noticesAfterMs % 50) * STEP_MS) change(false);
      if (!server.isUp) backAt = null;
      else if (!isUp) backAt ??= time.at + noticesAfterMs;
      if (server.isUp && backAt !== null && time.at >= backAt) change(true);
    },
  };
}

interface Replica {
  /** How long it takes to find a Redis again that is back. */
  readonly noticesAfterMs: number;
  /** From a start to its leaving. */
  readonly leavesAfterMs: number;
  /** The times at which it has something to read: in each period, from here on. */
  readonly asksFromMs: number;
}

interface Run {
  readonly rate: number;
  readonly share: number;
  readonly replicas: readonly Replica[];
  /** For how long Redis is up, down, up and so on. */
  readonly phases: readonly number[];
}

async function play({ rate, share, replicas, phases }: Run): Promise<number[]> {
  const time: Time = { at: 0 };
  const server = playServer(time);
  const sent: number[] = [];
  const players = replicas.map(({ noticesAfterMs, leavesAfterMs, asksFromMs }) => {
    const { connection, step } = playConnection(server, time, noticesAfterMs);
    const window = aWindow(rate, {
      monotonic: () => time.at,
      shared: { redis: connection, name: 'any', rateAlone: share, leaseMs: LEASE_MS },
    });
    const leaving: number[] = [];
    let wakesAt = 0;
    return async () => {
      step();
      while (leaving[0] !== undefined && leaving[0] <= time.at) {
        leaving.shift();
        window.sent();
        sent.push(time.at);
      }
      while (time.at >= wakesAt && time.at % 4000 >= asksFromMs) {
        const waitMs = await window.reserve();
        if (waitMs === 0) leaving.push(time.at + leavesAfterMs);
        else wakesAt = time.at + waitMs;
      }
    };
  });
  for (const [index, phaseMs] of phases.entries()) {
    server.isUp = index % 2 === 0;
    const endsAt = time.at + phaseMs;
    for (; time.at < endsAt; time.at += STEP_MS) for (const player of players) await player();
  }
  return sent;
}

function busiestWindow(sent: readonly number[]): number {
  const counts = sent.map(
    (start, index) => sent.slice(index).filter((other) => other < start + WINDOW_MS).length,
  );
  return Math.max(0, ...counts);
}

const replica = fc.record({
  noticesAfterMs: fc.integer({ min: 0, max: 700 }),
  leavesAfterMs: fc.integer({ min: 0, max: 250 }),
  asksFromMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3900 })),
});

describe('replicas with a Redis that works', () => {
  test('never exceed the rate together, however late their starts leave', async () => {
    const late = fc.record({
      noticesAfterMs: fc.constant(0),
      leavesAfterMs: fc.integer({ min: 0, max: LEASE_MS - STEP_MS }),
      asksFromMs: fc.integer({ min: 0, max: 3900 }),
    });
    const runs = fc
      .record({
        share: fc.integer({ min: 1, max: 4 }),
        spare: fc.integer({ min: 0, max: 3 }),
        replicas: fc.array(late, { minLength: 2, maxLength: 3 }),
        phases: fc.constant([16_000]),
      })
      .map(({ spare, ...rest }) => ({ ...rest, rate: rest.share + spare }));
    await fc.assert(
      fc.asyncProperty(runs, async (run) => {
        expect(busiestWindow(await play(run))).toBeLessThanOrEqual(run.rate);
      }),
      { numRuns: 50 },
    );
  });
});

describe('replicas whose shares fit into the rate', () => {
  test('never exceed it together, through all losses and returns of Redis', async () => {
    const runs = fc
      .record({
        share: fc.integer({ min: 1, max: 4 }),
        spare: fc.integer({ min: 0, max: 3 }),
        replicas: fc.array(replica, { minLength: 2, maxLength: 3 }),
        // Not shorter than replicas take to notice: see decision 22.
        phases: fc.array(fc.integer({ min: 2000, max: 8000 }), { minLength: 1, maxLength: 5 }),
      })
      .map(({ spare, ...rest }) => ({ ...rest, rate: rest.share * rest.replicas.length + spare }));
    await fc.assert(
      fc.asyncProperty(runs, async (run) => {
        expect(busiestWindow(await play(run))).toBeLessThanOrEqual(run.rate);
      }),
      { numRuns: 300 },
    );
  });
});

const PROMPT: Replica = { noticesAfterMs: 0, leavesAfterMs: 0, asksFromMs: 0 };

describe('two replicas', () => {
  const perSecond = (sent: readonly number[], from: number, to: number) =>
    (sent.filter((at) => at >= from && at < to).length / (to - from)) * 1000;

  test('use the whole rate with Redis, half of it each without, and the whole again when it has settled', async () => {
    const run = {
      rate: 10,
      share: 5,
      replicas: [PROMPT, PROMPT],
      phases: [10_000, 10_000, 12_000],
    };
    const sent = await play(run);
    expect(perSecond(sent, 1000, 10_000)).toBeCloseTo(10, 0);
    expect(perSecond(sent, 11_000, 20_000)).toBeCloseTo(10, 0);
    expect(perSecond(sent, 20_000 + SETTLE_MS, 32_000)).toBeCloseTo(10, 0);
  });

  test('two replicas of which one is idle leave it all to the other with Redis, and only its share without', async () => {
    const run = { rate: 10, share: 5, replicas: [PROMPT], phases: [10_000, 10_000, 12_000] };
    const sent = await play(run);
    expect(perSecond(sent, 1000, 10_000)).toBeCloseTo(10, 0);
    expect(perSecond(sent, 11_000, 20_000)).toBeCloseTo(5, 0);
    expect(perSecond(sent, 20_000 + SETTLE_MS, 32_000)).toBeCloseTo(10, 0);
  });

  test('with the full rate as their share go on at once, and exceed it together', async () => {
    const run = { rate: 10, share: 10, replicas: [PROMPT, PROMPT], phases: [5000, 5000] };
    const sent = await play(run);
    expect(perSecond(sent, 5000, 10_000)).toBeGreaterThan(18);
  });
});
