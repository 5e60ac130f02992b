import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../src/cache/entry.js';
import { createMemoryTier } from '../../src/cache/memory-tier.js';
import { MODEL, MODEL_PAGE } from '../../src/catalog/reading/kinds.js';
import { type Mark, NO_MARK } from '../../src/domain/call.js';
import { memoryOf, memoryOfText } from '../../src/domain/memory-of.js';
import { asReadById } from '../../src/pai/decode/model.js';
import { decodeModelPage } from '../../src/pai/decode/page.js';
import { heapAfterCollection } from '../support/heap.js';
import { aKind, anEntry, type Thing } from './a-kind.js';
import { tierSuite } from './tier-suite.js';

const MB = 1024 * 1024;
const open = (keepForMs = (_: Entry<unknown>) => 60_000, maxBytes = MB) =>
  createMemoryTier({ maxBytes, keepForMs });

tierSuite('memory', open);

describe('the memory tier', () => {
  test('never replaces an entry by an earlier one, in any order of arrival', async () => {
    const [tier, kind] = [open(), aKind()];
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { minLength: 1 }), async (times) => {
        runs += 1;
        const key = `k${runs}`;
        for (const [index, fetchedAt] of times.entries()) {
          await tier.setMany(kind, new Map([[key, anEntry(`${index}`, { fetchedAt })]]));
        }
        const latest = Math.max(...times);
        expect(await tier.getMany(kind, [key])).toEqual([
          anEntry(`${times.lastIndexOf(latest)}`, { fetchedAt: latest }),
        ]);
      }),
    );
  });

  test('gives frozen values: a reader cannot change one for others', async () => {
    const [tier, kind] = [open(), aKind()];
    const value: Thing = { name: 'A', parts: ['p'] };
    await tier.setMany(kind, new Map([['a', { value, requestId: null, fetchedAt: 1000 }]]));
    const [entry] = await tier.getMany(kind, ['a']);
    expect(Object.isFrozen(entry)).toBe(true);
    expect(Object.isFrozen(entry?.value)).toBe(true);
    expect(Object.isFrozen(entry?.value?.parts)).toBe(true);
    expect(() => Object.assign(entry?.value ?? {}, { name: 'B' })).toThrow(TypeError);
  });

  test('tells of an entry whether it would still give it, and is asked so as not to forget it', async () => {
    const [tier, kind] = [open(undefined, MB), aKind()];
    const put = (key: string, entry: Entry<Thing>) => tier.setMany(kind, new Map([[key, entry]]));
    const [first, second] = [anEntry('a', { fetchedAt: 1 }), anEntry('a', { fetchedAt: 2 })];
    const isCurrent = ({ name, version }: Mark) => tier.isCurrent(name, version);
    expect(tier.mark(kind, 'a', first)).toEqual(NO_MARK);
    expect(isCurrent(NO_MARK)).toBe(false);
    await put('a', first);
    const firstMark = tier.mark(kind, 'a', first);
    const held = () => [isCurrent(firstMark), isCurrent(tier.mark(kind, 'a', second))];
    expect(held()).toEqual([true, false]);
    await put('a', second);
    expect(held()).toEqual([false, true]);
    expect(tier.mark(kind, 'a', first)).toEqual(NO_MARK);
    const secondMark = tier.mark(kind, 'a', second);
    for (let count = 0; count < 100; count += 1) {
      await put(`k${count}`, anEntry('x'.repeat(10_000)));
      expect(held()).toEqual([false, true]);
    }
    await tier.deleteMany(kind, ['a']);
    expect(held()).toEqual([false, false]);
    // The same entry may come again: a caller that noted it must see another one.
    await put('a', second);
    expect(isCurrent(secondMark)).toBe(false);
  });

  test('is bounded by bytes: the entries that were not read for longest go', async () => {
    const [tier, kind] = [open(undefined, MB), aKind()];
    const big = 'x'.repeat(10_000);
    const keys = Array.from({ length: 200 }, (_, index) => `k${index}`);
    for (const key of keys) {
      await tier.setMany(kind, new Map([[key, anEntry(big)]]));
      await tier.getMany(kind, ['k0']);
    }
    const kept = (await tier.getMany(kind, keys)).filter((entry) => entry !== undefined);
    // A byte a character, in the value and in its request id, and the overhead of each.
    expect(kept.length).toBeLessThanOrEqual(MB / 20_000);
    expect(kept.length).toBeGreaterThan(45);
    expect(await tier.getMany(kind, ['k0', 'k1', 'k199'])).toEqual([
      anEntry(big),
      undefined,
      anEntry(big),
    ]);
  });

  test('forgets entries in the order of their last use, give or take an eighth of all that fits', async () => {
    const [fits, text] = [32, 'x'.repeat(1000)];
    // A byte a character, and the overhead of its objects, texts and entry.
    const size = 500 + memoryOfText('thing/1:k00') + memoryOf(anEntry(text));
    const maxBytes = fits * (size + 2);
    const operation = fc.record({ isRead: fc.boolean(), key: fc.nat(3 * fits) });
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 200, maxLength: 600 }), async (all) => {
        const [tier, kind] = [open(undefined, maxBytes), aKind()];
        const usedAt = new Map<string, number>();
        let written = 0;
        for (const { isRead, key } of all) {
          const name = `k${key}`;
          if (!isRead) written += 1;
          if (!isRead) await tier.setMany(kind, new Map([[name, anEntry(text)]]));
          if (!isRead || tier.peek?.(kind, name)) usedAt.set(name, written);
        }
        const isKept = (name: string) => tier.peek?.(kind, name) !== undefined;
        const used = (names: string[]) => names.map((name) => usedAt.get(name) ?? 0);
        const [kept, lost] = partition([...usedAt.keys()], isKept);
        expect(kept.length).toBeLessThanOrEqual(fits);
        expect(Math.max(...used(lost), 0)).toBeLessThan(Math.min(...used(kept)) + fits / 8 + 1);
      }),
    );
  });

  test('does not keep an entry larger than its bound, nor the earlier entry in its place', async () => {
    const [tier, kind] = [open(undefined, MB), aKind()];
    await tier.setMany(
      kind,
      new Map([
        ['a', anEntry('A')],
        ['b', anEntry('B')],
      ]),
    );
    await tier.setMany(kind, new Map([['a', anEntry('x'.repeat(MB), { fetchedAt: 2000 })]]));
    expect(await tier.getMany(kind, ['a', 'b'])).toEqual([undefined, anEntry('B')]);
  });

  test('is bounded by entries, also by those of absences', async () => {
    const [tier, kind] = [open(undefined, 1024 * MB), aKind()];
    const absences = new Map(
      Array.from(
        { length: 100_500 },
        (_, index) => [`${index}`, { value: null, requestId: null, fetchedAt: 0 }] as const,
      ),
    );
    await tier.setMany(kind, absences);
    const found = await tier.getMany(kind, [...absences.keys()]);
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
    'takes no more of the heap than it may, full of pages of %s and of each model',
    async (_, model) => {
      const maxBytes = 16 * MB;
      const tier = open(undefined, maxBytes);
      const text = JSON.stringify({ Models: Array.from({ length: 100 }, () => model) });
      const before = heapAfterCollection();
      for (let number = 0; number < 200; number += 1) {
        const page = decodeModelPage(JSON.parse(text), () => {});
        await tier.setMany(MODEL_PAGE, new Map([[`${number}`, anAnswer(page)]]));
        const models = page.items.flatMap((item, index) =>
          item === null ? [] : [[`${number}-${index}`, anAnswer(asReadById(item))] as const],
        );
        await tier.setMany(MODEL, new Map(models));
      }
      const taken = heapAfterCollection() - before;
      expect(taken).toBeLessThan(maxBytes);
      expect(taken).toBeGreaterThan(maxBytes / 4);
      expect(tier.peek(MODEL_PAGE, '199')).toBeDefined();
    },
  );

  test('does not hold on to the text that a key was cut from', async () => {
    const [tier, kind] = [open(), aKind()];
    const before = heapAfterCollection();
    for (let index = 0; index < 100; index += 1) {
      const text = `${'x'.repeat(MB)} model-of-a-long-name-${index}`;
      const key = JSON.parse(JSON.stringify(text)).slice(MB + 1);
      await tier.setMany(kind, new Map([[`scope:${key}`, anEntry('A')]]));
    }
    expect(heapAfterCollection() - before).toBeLessThan(20 * MB);
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

function partition<T>(all: readonly T[], isOf: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isOf), all.filter((one) => !isOf(one))];
}
