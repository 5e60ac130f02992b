import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRedisStore, type RedisStore } from '../../src/cache/redis-store.js';
import type { Clock } from '../../src/lib/time.js';
import type { RedisConnection } from '../../src/redis/connection.js';
import { describeWith } from '../support/programs.js';
import {
  connectedTo,
  patientConnection,
  type RedisProcess,
  startRedis,
} from '../support/redis-process.js';
import { ABSENT, anEntry, aType } from './a-type.js';
import { type OpenStore, storeSuite } from './store-suite.js';

const STILL: Clock = { now: () => 1_000_000, monotonic: () => 1_000_000 };

describeWith('redis-server', 'the Redis store', (executable) => {
  let server: RedisProcess;
  /** It waits for Redis as long as that takes: a slow machine must not look like a dead Redis. */
  let patient: Pick<RedisConnection, 'ask'>;
  beforeAll(async () => {
    server = await startRedis(executable);
    patient = patientConnection(server.client);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const open: OpenStore<RedisStore> = (keepForMs = () => 60_000) =>
    createRedisStore({ redis: patient, keepForMs, clock: STILL });
  storeSuite('Redis', open);

  test('a store in Redis deletes the entries that are named, and no others', async () => {
    const [store, type] = [open(), aType({ name: randomUUID() })];
    const keys = ['a', 'b', 'c'];
    await store.setMany(type, new Map(keys.map((key) => [key, anEntry(key)])));
    await store.deleteMany(type, ['a', 'c', 'none']);
    expect(await store.getMany(type, keys)).toEqual([undefined, anEntry('b'), undefined]);
  });

  /** How often Redis was asked to do this while the work was done. */
  async function countCommand(name: string, work: () => Promise<unknown>): Promise<number> {
    await server.client.config('RESETSTAT');
    await work();
    const stats = await server.client.info('commandstats');
    return Number(new RegExp(`^cmdstat_${name}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0);
  }

  describe('a round trip', () => {
    test('is one MGET for 100 keys', async () => {
      const [store, type] = [open(), aType({ name: randomUUID() })];
      const keys = Array.from({ length: 100 }, (_, index) => `k${index}`);
      await store.setMany(type, new Map(keys.map((key) => [key, anEntry(key)])));
      expect(await countCommand('mget', () => store.getMany(type, keys))).toBe(1);
      expect(await countCommand('get', () => store.getMany(type, keys))).toBe(0);
    });

    test('is none for no key', async () => {
      const store = open();
      expect(await countCommand('mget', () => store.getMany(aType(), []))).toBe(0);
      expect(await countCommand('del', () => store.deleteMany(aType(), []))).toBe(0);
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
      ['a value of another type', '[1000,"r",{"title":"A"}]'],
      ['a value that is left out', '[1000,"r"]'],
      [
        'a value that is nested too deeply',
        `[1000,"r",{"name":"A","x":${'['.repeat(600)}${']'.repeat(600)}}]`,
      ],
      ['an entry that is cut off', '[1000,"r",{"name":"A"'],
    ])('is not an entry, and does not affect other entries: %s', async (_, text) => {
      const [store, type] = [open(), aType({ name: randomUUID() })];
      await store.setMany(
        type,
        new Map([
          ['good', anEntry('A')],
          ['bad', anEntry('B')],
        ]),
      );
      await server.client.set(`pai-model-graph:cache:${type.name}/1:bad`, text);
      expect(await store.getMany(type, ['bad', 'good'])).toEqual([undefined, anEntry('A')]);
    });

    test('is not an entry where it is not a text', async () => {
      const [store, type] = [open(), aType({ name: randomUUID() })];
      await server.client.lpush(`pai-model-graph:cache:${type.name}/1:list`, 'x');
      expect(await store.getMany(type, ['list'])).toEqual([undefined]);
    });

    test('in the place of a request id is left out if it is not one', async () => {
      const [store, type] = [open(), aType({ name: randomUUID() })];
      await server.client.set(
        `pai-model-graph:cache:${type.name}/1:a`,
        '[1000,{"x":1},{"name":"A"}]',
      );
      expect(await store.getMany(type, ['a'])).toEqual([anEntry('A', { requestId: null })]);
    });
  });

  test('gives every key an expiry, so that Redis never fills up', async () => {
    const [store, type] = [open(() => 1234.5), aType({ name: randomUUID() })];
    await store.setMany(
      type,
      new Map([
        ['a', anEntry('A')],
        ['b', ABSENT],
      ]),
    );
    const keys = await server.client.keys(`*${type.name}*`);
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
    const store = createRedisStore({
      redis: connection.redis,
      keepForMs: () => 60_000,
      clock: STILL,
    });
    const type = {
      ...aType({ name: randomUUID() }),
      write() {
        throw new RangeError('Maximum call stack size exceeded');
      },
    };
    await store.setMany(type, new Map([['a', anEntry('A')]])).catch(() => {});
    expect(connection.redis.state()).toEqual({ kind: 'up' });
  });

  describe('between two processes', () => {
    const options = { keepForMs: () => 60_000 };
    /** By its own monotonic clock, at which moment the reader takes what was written 5 seconds ago to be given. */
    async function momentRead(readerDate: number): Promise<number | undefined> {
      const type = aType({ name: randomUUID() });
      const writer = { now: () => 900_000, monotonic: () => 70_000 };
      const reader = { now: () => readerDate, monotonic: () => 2_000 };
      const from = createRedisStore({ ...options, redis: patient, clock: writer });
      const to = createRedisStore({ ...options, redis: patient, clock: reader });
      await from.setMany(type, new Map([['a', anEntry('A', { fetchedAt: 65_000 })]]));
      return (await to.getMany(type, ['a']))[0]?.fetchedAt;
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
    const [store, type] = [createRedisStore(options), aType()];
    await store.setMany(type, new Map([['a', anEntry('A')]]));
    await store.deleteMany(type, ['a']);
    expect(await store.getMany(type, ['a', 'b'])).toEqual([undefined, undefined]);
  });
});
