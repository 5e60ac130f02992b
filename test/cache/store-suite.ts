// The promises of every store, wherever it keeps its entries.
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Entry, nameOf } from '../../src/cache/entry.js';
import type { MemoryStore } from '../../src/cache/memory-store.js';
import type { RedisStore } from '../../src/cache/redis-store.js';
import { ABSENT, anEntry, aType } from './a-type.js';

type Store = Pick<RedisStore, 'getMany' | 'setMany'>;
export type OpenStore<S extends Store = Store> = (
  keepForMs?: (entry: Entry<unknown>) => number,
) => S;

/** A memory store that is used as Redis is. */
export function asRedis(memory: MemoryStore): RedisStore {
  const deleted = new Set<string>();
  return {
    async getMany(type, keys) {
      return keys.map((key) =>
        deleted.has(nameOf(type, key)) ? undefined : memory.get(type, key),
      );
    },
    async setMany(type, entries) {
      for (const [key, entry] of entries) {
        deleted.delete(nameOf(type, key));
        memory.set(type, key, entry);
      }
    },
    async deleteMany(type, keys) {
      for (const key of keys) deleted.add(nameOf(type, key));
    },
  };
}

/** `open` gives a store that holds nothing; `type` of each test is new, so that none meets another's. */
export function storeSuite(name: string, open: OpenStore) {
  let types = 0;
  const newType = () => {
    types += 1;
    return aType({ name: `suite-${name}-${types}` });
  };

  describe(`a cache store in ${name}`, () => {
    test('gives back the entries that were set, in the order of the question, and nothing for the rest', async () => {
      const [store, type] = [open(), newType()];
      await store.setMany(
        type,
        new Map([
          ['a', anEntry('A')],
          ['b', anEntry('B', { requestId: null })],
        ]),
      );
      expect(await store.getMany(type, ['b', 'none', 'a', 'b'])).toEqual([
        anEntry('B', { requestId: null }),
        undefined,
        anEntry('A'),
        anEntry('B', { requestId: null }),
      ]);
    });

    test('of nothing is nothing', async () => {
      const [store, type] = [open(), newType()];
      await store.setMany(type, new Map());
      expect(await store.getMany(type, [])).toEqual([]);
    });

    test('tells an absence from an unknown entry', async () => {
      const [store, type] = [open(), newType()];
      await store.setMany(type, new Map([['a', ABSENT]]));
      expect(await store.getMany(type, ['a', 'b'])).toEqual([ABSENT, undefined]);
    });

    test('replaces an entry, also by an absence', async () => {
      const [store, type] = [open(), newType()];
      await store.setMany(type, new Map([['a', anEntry('A')]]));
      await store.setMany(type, new Map([['a', anEntry('B', { fetchedAt: 1001 })]]));
      expect(await store.getMany(type, ['a'])).toEqual([anEntry('B', { fetchedAt: 1001 })]);
      await store.setMany(type, new Map([['a', { ...ABSENT, fetchedAt: 1002 }]]));
      expect(await store.getMany(type, ['a'])).toEqual([{ ...ABSENT, fetchedAt: 1002 }]);
    });

    test('keeps an entry for as long as it may be served, and no longer', async () => {
      const type = newType();
      const store = open(({ fetchedAt }) => fetchedAt);
      await store.setMany(
        type,
        new Map([
          ['short', anEntry('A', { fetchedAt: 100 })],
          ['long', anEntry('B', { fetchedAt: 60_000 })],
          ['none', anEntry('C', { fetchedAt: 0 })],
          ['past', anEntry('D', { fetchedAt: -1 })],
        ]),
      );
      const keys = ['short', 'long', 'none', 'past'];
      const found = (await store.getMany(type, keys)).map((entry) => entry?.value?.name);
      expect(found).toEqual(['A', 'B', undefined, undefined]);
      await pause(150);
      const left = (await store.getMany(type, keys)).map((entry) => entry?.value?.name);
      expect(left).toEqual([undefined, 'B', undefined, undefined]);
    });

    test('keeps types and versions of a type apart', async () => {
      const [store, first] = [open(), newType()];
      const second = aType({ name: first.name, version: 2 });
      const other = newType();
      await store.setMany(first, new Map([['a', anEntry('first')]]));
      expect(await store.getMany(second, ['a'])).toEqual([undefined]);
      expect(await store.getMany(other, ['a'])).toEqual([undefined]);
      await store.setMany(second, new Map([['a', anEntry('second')]]));
      expect(await store.getMany(first, ['a'])).toEqual([anEntry('first')]);
    });
  });
}
