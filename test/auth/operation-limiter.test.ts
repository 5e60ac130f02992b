import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOperationLimiter } from '../../src/auth/operation-limiter.js';
import { SYSTEM_CLOCK } from '../../src/lib/time.js';
import type { RedisConnection } from '../../src/redis/connection.js';
import { describeWith } from '../support/programs.js';
import {
  connectedTo,
  patientConnection,
  type RedisProcess,
  startRedis,
} from '../support/redis-process.js';
import { operationLimiterSuite } from './operation-limiter-suite.js';

const { monotonic } = SYSTEM_CLOCK;

operationLimiterSuite('memory', (perSecond) =>
  createOperationLimiter({ perSecond, redis: null, monotonic }),
);

describe('a limiter of operations without Redis', () => {
  function open(perSecond: number, startAt = 0) {
    const clock = { at: startAt };
    const limiter = createOperationLimiter({ perSecond, redis: null, monotonic: () => clock.at });
    return { clock, limiter };
  }

  test('forgets its counts when the second that its first operation began is over', async () => {
    const { clock, limiter } = open(1, 12_345.25);
    const takeAfter = (ms: number) => {
      clock.at = 12_345.25 + ms;
      return limiter.countCaller('caller');
    };
    expect(await takeAfter(0)).toBeNull();
    expect(await takeAfter(0)).toEqual({ limit: 1, measured: 2, retryAfterMs: 1000 });
    expect(await takeAfter(999.5)).toEqual({ limit: 1, measured: 3, retryAfterMs: 1 });
    expect(await takeAfter(1000)).toBeNull();
    expect(await takeAfter(1000)).toMatchObject({ measured: 2, retryAfterMs: 1000 });
    // No operation comes for a while: the next window begins with the next operation.
    expect(await takeAfter(5600)).toBeNull();
    expect(await takeAfter(6599)).toMatchObject({ measured: 2, retryAfterMs: 1 });
    expect(await takeAfter(6600)).toBeNull();
  });

  test('admits operations in each window up to the limit, of each caller and each address', async () => {
    const step = fc.record({
      waitMs: fc.oneof(
        { weight: 9, arbitrary: fc.constant(0) },
        { weight: 2, arbitrary: fc.constantFrom(1, 999, 1000) },
        { weight: 1, arbitrary: fc.double({ min: 0, max: 2500, noNaN: true }) },
      ),
      name: fc.constantFrom('a', 'b', 'c'),
      isCaller: fc.boolean(),
    });
    const steps = fc.array(step, { maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.nat(1e9),
        steps,
        async (perSecond, startAt, all) => {
          const { clock, limiter } = open(perSecond, startAt);
          const tallies = new Map<string, { asked: number; admitted: number }>();
          let windowAt = Number.NEGATIVE_INFINITY;
          for (const { waitMs, name, isCaller } of all) {
            clock.at += waitMs;
            if (clock.at - windowAt >= 1000) windowAt = clock.at;
            const taken = await (isCaller ? limiter.countCaller(name) : limiter.countAddress(name));
            const key = `${windowAt} ${name} ${isCaller}`;
            const { asked, admitted } = tallies.get(key) ?? { asked: 0, admitted: 0 };
            tallies.set(key, { asked: asked + 1, admitted: admitted + (taken === null ? 1 : 0) });
          }
          for (const { asked, admitted } of tallies.values()) {
            expect(admitted).toBe(Math.min(perSecond, asked));
          }
        },
      ),
    );
  });
});

describeWith('redis-server', 'the shared limiter', (executable) => {
  let server: RedisProcess;
  /** It waits for Redis as long as that takes: a slow machine must not look like a dead Redis. */
  let patient: Pick<RedisConnection, 'ask'>;
  beforeAll(async () => {
    server = await startRedis(executable);
    patient = patientConnection(server.client);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  operationLimiterSuite('Redis', (perSecond) =>
    createOperationLimiter({ perSecond, redis: patient, monotonic }),
  );

  test('is one for all replicas', async () => {
    const replicas = [1, 2].map(() =>
      createOperationLimiter({ perSecond: 6, redis: patient, monotonic }),
    );
    const caller = randomUUID();
    const taken = await Promise.all(
      [...replicas, ...replicas, ...replicas, ...replicas, ...replicas].map((replica) =>
        replica.countCaller(caller),
      ),
    );
    expect(taken.filter((refusal) => refusal === null)).toHaveLength(6);
    expect(Math.max(...taken.map((refusal) => refusal?.measured ?? 0))).toBe(10);
  });

  test('writes neither callers nor addresses into Redis, and nothing that stays', async () => {
    const [caller, address] = [randomUUID(), '203.0.113.7'];
    const limiter = createOperationLimiter({ perSecond: 5, redis: patient, monotonic });
    await Promise.all([limiter.countCaller(caller), limiter.countAddress(address)]);
    const keys = await server.client.keys('*');
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).toMatch(/^pai-model-graph:operations:(caller|address):[\w-]{43}$/);
      expect(await server.client.pttl(key)).not.toBe(-1);
    }
  });
});

describeWith('redis-server', 'the shared limiter whose Redis goes away', (executable) => {
  test('counts by itself until Redis is back', async () => {
    await using server = await startRedis(executable);
    using connection = await connectedTo(server.url);
    const limiter = createOperationLimiter({
      perSecond: 1000,
      redis: connection.redis,
      monotonic,
    });
    const shared = () => server.client.keys('*');
    await limiter.countAddress('a');
    await server.kill();
    const strict = createOperationLimiter({ perSecond: 2, redis: connection.redis, monotonic });
    const caller = randomUUID();
    const taken = [];
    for (let index = 0; index < 4; index += 1) taken.push(await strict.countCaller(caller));
    expect(taken).toMatchObject([null, null, { limit: 2, measured: 3 }, { limit: 2, measured: 4 }]);
    await server.restart();
    await expect

      .poll(async () => [await limiter.countAddress('a'), (await shared()).length], {
        timeout: 10_000,
      })
      .toEqual([null, 1]);
  });
});
