import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Entry, type EntryVersion, NOT_STORED } from '../../src/cache/entry.js';
import { createMemoryStore } from '../../src/cache/memory-store.js';
import { MODEL, MODEL_PAGE } from '../../src/catalog/stored-forms.js';
import { memoryOf, memoryOfText } from '../../src/lib/memory.js';
import { decodeModelPage } from '../../src/pai/decode/model.js';
import { heapAfterCollection } from '../support/heap.js';
import { anEntry, aType, type Thing } from './a-type.js';
import { asRedis, storeSuite } from './store-suite.js';

const MB = 1024 * 1024;
function open(keepForMs = (_: Entry<unknown>) => 60_000, maxBytes = MB) {
  const memory = createMemoryStore({ maxBytes, keepForMs });
  return { ...memory, ...asRedis(memory) };
}

storeSuite('memory', open);

describe('the memory store', () => {
  test('the memory store never replaces an entry by an earlier one, in any order of arrival', async () => {
    const [store, type] = [open(), aType()];
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { minLength: 1 }), async (times) => {
        runs += 1;
        const key = `k${runs}`;
        for (const [index, fetchedAt] of times.entries()) {
          await store.setMany(type, new Map([[key, anEntry(`${index}`, { fetchedAt })]]));
        }
        const latest = Math.max(...times);
        expect(await store.getMany(type, [key])).toEqual([
          anEntry(`${times.lastIndexOf(latest)}`, { fetchedAt: latest }),
        ]);
      }),
    );
  });

  test('the memory store tells of an entry whether it would still give it, and is asked so as not to forget it', async () => {
    const [store, type] = [open(undefined, MB), aType()];
    const put = (key: string, entry: Entry<Thing>) => store.setMany(type, new Map([[key, entry]]));
    const [first, second] = [anEntry('a', { fetchedAt: 1 }), anEntry('a', { fetchedAt: 2 })];
    const versionOf = (entry: Entry<Thing>) => store.versionOf('thing/1:a', entry);
    const isCurrent = ({ name, version }: EntryVersion) => store.isCurrent(name, version);
    expect(versionOf(first)).toEqual(NOT_STORED);
    expect(isCurrent(NOT_STORED)).toBe(false);
    await put('a', first);
    const firstVersion = versionOf(first);
    const held = () => [isCurrent(firstVersion), isCurrent(versionOf(second))];
    expect(held()).toEqual([true, false]);
    await put('a', second);
    expect(held()).toEqual([false, true]);
    expect(versionOf(first)).toEqual(NOT_STORED);
    const secondVersion = versionOf(second);
    for (let count = 0; count < 100; count += 1) {
      await put(`k${count}`, anEntry('x'.repeat(10_000)));
      expect(held()).toEqual([false, true]);
    }
    for (let count = 0; count < 200; count += 1) {
      await put(`k${count}`, anEntry('x'.repeat(10_000)));
    }
    expect(held()).toEqual([false, false]);
    // The same entry may come again: a caller that noted it must see another one.
    await put('a', second);
    expect(isCurrent(secondVersion)).toBe(false);
  });

  test('the memory store is bounded by bytes: the entries that were not read for longest go', async () => {
    const [store, type] = [open(undefined, MB), aType()];
    const big = 'x'.repeat(10_000);
    const keys = Array.from({ length: 200 }, (_, index) => `k${index}`);
    for (const key of keys) {
      await store.setMany(type, new Map([[key, anEntry(big)]]));
      await store.getMany(type, ['k0']);
    }
    const kept = (await store.getMany(type, keys)).filter((entry) => entry !== undefined);
    // A byte a character, in the value and in its request id, and the overhead of each.
    expect(kept.length).toBeLessThanOrEqual(MB / 20_000);
    expect(kept.length).toBeGreaterThan(45);
    expect(await store.getMany(type, ['k0', 'k1', 'k199'])).toEqual([
      anEntry(big),
      undefined,
      anEntry(big),
    ]);
  });

  test('the memory store forgets entries in the order of their last use', async () => {
    const [fits, text] = [32, 'x'.repeat(1000)];
    // A byte a character, and the overhead of its objects, texts and entry.
    const size = 500 + memoryOfText('thing/1:k00') + memoryOf(anEntry(text));
    const maxBytes = fits * (size + 2);
    const operation = fc.record({ isRead: fc.boolean(), key: fc.nat(3 * fits) });
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 200, maxLength: 600 }), async (all) => {
        const [store, type] = [open(undefined, maxBytes), aType()];
        const isKept = async (name: string) => (await store.getMany(type, [name]))[0] !== undefined;
        const usedAt = new Map<string, number>();
        for (const [at, { isRead, key }] of all.entries()) {
          const name = `k${key}`;
          if (!isRead) await store.setMany(type, new Map([[name, anEntry(text)]]));
          if (!isRead || (await isKept(name))) usedAt.set(name, at);
        }
        const used: Record<'kept' | 'lost', number[]> = { kept: [], lost: [] };
        for (const [name, at] of usedAt) used[(await isKept(name)) ? 'kept' : 'lost'].push(at);
        expect(used.kept.length).toBeLessThanOrEqual(fits);
        expect(Math.max(...used.lost, -1)).toBeLessThan(Math.min(...used.kept));
      }),
    );
  });

  test('the memory store does not keep an entry larger than its bound, nor the earlier entry in its place', async () => {
    const [store, type] = [open(undefined, MB), aType()];
    await store.setMany(
      type,
      new Map([
        ['a', anEntry('A')],
        ['b', anEntry('B')],
      ]),
    );
    await store.setMany(type, new Map([['a', anEntry('x'.repeat(MB), { fetchedAt: 2000 })]]));
    expect(await store.getMany(type, ['a', 'b'])).toEqual([undefined, anEntry('B')]);
  });

  test('the memory store is bounded by entries, also by those of absences', async () => {
    const [store, type] = [open(undefined, 1024 * MB), aType()];
    const absences = new Map(
      Array.from(
        { length: 100_500 },
        (_, index) => [`${index}`, { value: null, requestId: null, fetchedAt: 0 }] as const,
      ),
    );
    await store.setMany(type, absences);
    const found = await store.getMany(type, [...absences.keys()]);
    expect(found.filter((entry) => entry !== undefined)).toHaveLength(100_000);
  });

  test.each([
    ['models', LARGE_MODEL],
    ['models of a few bytes', { ModelId: 'm' }],
    [
      'nested lists',
      { ModelId: 'm', LatestVersion: { VersionName: '1', TrainingSpec: { a: NESTED } } },
    ],
    [
      'options',
      { ModelId: 'm', LatestVersion: { VersionName: '1', Options: JSON.stringify(NESTED) } },
    ],
  ])(
    'the memory store takes no more of the heap than it may, full of pages of %s and of each model',
    async (_, model) => {
      const maxBytes = 16 * MB;
      const store = open(undefined, maxBytes);
      const text = JSON.stringify({ Models: Array.from({ length: 100 }, () => model) });
      const before = heapAfterCollection();
      for (let number = 0; number < 100; number += 1) {
        const page = decodeModelPage(JSON.parse(text), () => {});
        await store.setMany(MODEL_PAGE, new Map([[`${number}`, anAnswer(page)]]));
        const models = page.items.flatMap((item, index) =>
          item === null ? [] : [[`${number}-${index}`, anAnswer(item)] as const],
        );
        await store.setMany(MODEL, new Map(models));
      }
      const taken = heapAfterCollection() - before;
      expect(taken).toBeLessThan(maxBytes);
      // Measured: 0.28 to 0.47. The heap of a process that has run other tests varies by some hundred kilobytes.
      expect(taken).toBeGreaterThan(maxBytes / 4);
      expect(await store.getMany(MODEL_PAGE, ['99'])).not.toEqual([undefined]);
    },
  );

  test('the memory store does not hold on to the text that a key was cut from', async () => {
    const [store, type] = [open(), aType()];
    const before = heapAfterCollection();
    for (let index = 0; index < 30; index += 1) {
      const text = `${'x'.repeat(MB)} model-of-a-long-name-${index}`;
      const key = JSON.parse(JSON.stringify(text)).slice(MB + 1);
      await store.setMany(type, new Map([[`scope:${key}`, anEntry('A')]]));
    }
    expect(heapAfterCollection() - before).toBeLessThan(6 * MB);
  });
});

const NESTED = Array.from({ length: 100 }, (_, index) => [[], [index]]);

const LARGE_MODEL = {
  ...{ ModelId: 'm', ModelName: 'a name', ModelDescription: 'a description '.repeat(20) },
  ...{ Tags: [{ Key: 'a', Value: 'b' }], Provider: 'pai', GmtCreateTime: '2023-01-30T12:51:33Z' },
  Labels: Array.from({ length: 5 }, (_, index) => ({ Key: `key ${index}`, Value: 'a value' })),
};

function anAnswer<T>(value: T): Entry<T> {
  return { value, requestId: 'a request', fetchedAt: 1000 };
}
