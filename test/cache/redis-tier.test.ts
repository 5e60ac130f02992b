import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRedisTier } from '../../src/cache/redis-tier.js';
import type { Clock } from '../../src/domain/clock.js';
import type { RedisConnection } from '../../src/redis/connection.js';
import { describeWith } from '../support/programs.js';
import {
  connectedTo,
  patientConnection,
  type RedisProcess,
  startRedis,
} from '../support/redis-process.js';
import { ABSENT, aKind, anEntry } from './a-kind.js';
import { type OpenTier, tierSuite } from './tier-suite.js';

const STILL: Clock = { now: () => 1_000_000, monotonic: () => 1_000_000 };

describeWith('redis-server', 'the Redis tier', (executable) => {
  let server: RedisProcess;
  /** It waits for Redis as long as that takes: a slow machine must not look like a dead Redis. */
  let patient: RedisConnection;
  beforeAll(async () => {
    server = await startRedis(executable);
    patient = patientConnection(server.client);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const open: OpenTier = (keepForMs = () => 60_000) =>
    createRedisTier({ redis: patient, keepForMs, clock: STILL });
  tierSuite('Redis', open);

  /** How often Redis was asked to do this while the work was done. */
  async function countCommand(name: string, work: () => Promise<unknown>): Promise<number> {
    await server.client.config('RESETSTAT');
    await work();
    const stats = await server.client.info('commandstats');
    return Number(new RegExp(`^cmdstat_${name}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0);
  }

  describe('a round trip', () => {
    test('is one MGET for 100 keys', async () => {
      const [tier, kind] = [open(), aKind({ name: randomUUID() })];
      const keys = Array.from({ length: 100 }, (_, index) => `k${index}`);
      await tier.setMany(kind, new Map(keys.map((key) => [key, anEntry(key)])));
      expect(await countCommand('mget', () => tier.getMany(kind, keys))).toBe(1);
      expect(await countCommand('get', () => tier.getMany(kind, keys))).toBe(0);
    });

    test('is none for no key', async () => {
      const tier = open();
      expect(await countCommand('mget', () => tier.getMany(aKind(), []))).toBe(0);
      expect(await countCommand('del', () => tier.deleteMany(aKind(), []))).toBe(0);
    });
  });

  describe('a value that another program has written', () => {
    test.each([
      ['no JSON', 'garbage'],
      ['nothing', ''],
      ['a number', '5'],
      ['null', 'null'],
      ['an object', '{"fetchedAt":1,"value":{"name":"A"}}'],
      ['an empty array', '[]'],
      ['a time that is none', '["1","r",{"name":"A"}]'],
      ['a value of another kind', '[1000,"r",{"title":"A"}]'],
      ['a value that is left out', '[1000,"r"]'],
      [
        'a value that is nested too deeply',
        `[1000,"r",{"name":"A","x":${'['.repeat(600)}${']'.repeat(600)}}]`,
      ],
      ['an entry that is cut off', '[1000,"r",{"name":"A"'],
    ])('is not an entry, and does not affect other entries: %s', async (_, text) => {
      const [tier, kind] = [open(), aKind({ name: randomUUID() })];
      await tier.setMany(
        kind,
        new Map([
          ['good', anEntry('A')],
          ['bad', anEntry('B')],
        ]),
      );
      await server.client.set(`pai-model-graph:cache:${kind.name}/1:bad`, text);
      expect(await tier.getMany(kind, ['bad', 'good'])).toEqual([undefined, anEntry('A')]);
    });

    test('is not an entry where it is not a text', async () => {
      const [tier, kind] = [open(), aKind({ name: randomUUID() })];
      await server.client.lpush(`pai-model-graph:cache:${kind.name}/1:list`, 'x');
      expect(await tier.getMany(kind, ['list'])).toEqual([undefined]);
    });

    test('in the place of a request id is left out if it is not one', async () => {
      const [tier, kind] = [open(), aKind({ name: randomUUID() })];
      await server.client.set(
        `pai-model-graph:cache:${kind.name}/1:a`,
        '[1000,{"x":1},{"name":"A"}]',
      );
      expect(await tier.getMany(kind, ['a'])).toEqual([anEntry('A', { requestId: null })]);
    });
  });

  test('gives every key an expiry, so that Redis never fills up', async () => {
    const [tier, kind] = [open(() => 1234.5), aKind({ name: randomUUID() })];
    await tier.setMany(
      kind,
      new Map([
        ['a', anEntry('A')],
        ['b', ABSENT],
      ]),
    );
    const keys = await server.client.keys(`*${kind.name}*`);
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      const left = await server.client.pttl(key);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(1235);
    }
  });

  // Bug: it was written inside the question to Redis, so that its failure cost half a second of Redis.
  test('leaves out a value that cannot be written, and goes on with Redis', async () => {
    using connection = await connectedTo(server.url);
    const tier = createRedisTier({
      redis: connection.redis,
      keepForMs: () => 60_000,
      clock: STILL,
    });
    const kind = {
      ...aKind({ name: randomUUID() }),
      write() {
        throw new RangeError('Maximum call stack size exceeded');
      },
    };
    await tier.setMany(kind, new Map([['a', anEntry('A')]])).catch(() => {});
    expect(connection.redis.state()).toEqual({ kind: 'up' });
  });

  describe('between two processes', () => {
    const options = { keepForMs: () => 60_000 };
    /** By its own monotonic clock, at which moment the reader takes what was written 5 seconds ago to be given. */
    async function momentRead(readerDate: number): Promise<number | undefined> {
      const kind = aKind({ name: randomUUID() });
      const writer = { now: () => 900_000, monotonic: () => 70_000 };
      const reader = { now: () => readerDate, monotonic: () => 2_000 };
      const from = createRedisTier({ ...options, redis: patient, clock: writer });
      const to = createRedisTier({ ...options, redis: patient, clock: reader });
      await from.setMany(kind, new Map([['a', anEntry('A', { fetchedAt: 65_000 })]]));
      return (await to.getMany(kind, ['a']))[0]?.fetchedAt;
    }

    test('an entry keeps its age, for any difference of their monotonic clocks', async () => {
      expect(await momentRead(900_000)).toBe(2_000 - 5_000);
      expect(await momentRead(907_000)).toBe(2_000 - 12_000);
    });

    test('an entry of a date to come is as old as if it were given now, and no younger', async () => {
      expect(await momentRead(600_000)).toBe(2_000);
    });
  });

  test('without Redis holds nothing and throws nothing', async () => {
    const down = { ask: async () => undefined };
    const options = { redis: down, keepForMs: () => 60_000, clock: STILL };
    const [tier, kind] = [createRedisTier(options), aKind()];
    await tier.setMany(kind, new Map([['a', anEntry('A')]]));
    await tier.deleteMany(kind, ['a']);
    expect(await tier.getMany(kind, ['a', 'b'])).toEqual([undefined, undefined]);
  });
});
