// The promises of every tier, wherever it keeps its entries.
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Entry, Tier } from '../../src/cache/entry.js';
import { ABSENT, aKind, anEntry } from './a-kind.js';

export type OpenTier = (keepForMs?: (entry: Entry<unknown>) => number) => Tier;

/** `open` gives a tier that holds nothing; `kind` of each test is new, so that none meets another's. */
export function tierSuite(name: string, open: OpenTier) {
  let kinds = 0;
  const newKind = () => {
    kinds += 1;
    return aKind({ name: `suite-${name}-${kinds}` });
  };

  describe(`a cache tier in ${name}`, () => {
    test('gives back the entries that were set, in the order of the question, and nothing for the rest', async () => {
      const [tier, kind] = [open(), newKind()];
      await tier.setMany(
        kind,
        new Map([
          ['a', anEntry('A')],
          ['b', anEntry('B', { requestId: null })],
        ]),
      );
      expect(await tier.getMany(kind, ['b', 'none', 'a', 'b'])).toEqual([
        anEntry('B', { requestId: null }),
        undefined,
        anEntry('A'),
        anEntry('B', { requestId: null }),
      ]);
    });

    test('of nothing is nothing', async () => {
      const [tier, kind] = [open(), newKind()];
      await tier.setMany(kind, new Map());
      await tier.deleteMany(kind, []);
      expect(await tier.getMany(kind, [])).toEqual([]);
    });

    test('tells an absence from an unknown entry', async () => {
      const [tier, kind] = [open(), newKind()];
      await tier.setMany(kind, new Map([['a', ABSENT]]));
      expect(await tier.getMany(kind, ['a', 'b'])).toEqual([ABSENT, undefined]);
    });

    test('replaces an entry, also by an absence', async () => {
      const [tier, kind] = [open(), newKind()];
      await tier.setMany(kind, new Map([['a', anEntry('A')]]));
      await tier.setMany(kind, new Map([['a', anEntry('B', { fetchedAt: 1001 })]]));
      expect(await tier.getMany(kind, ['a'])).toEqual([anEntry('B', { fetchedAt: 1001 })]);
      await tier.setMany(kind, new Map([['a', { ...ABSENT, fetchedAt: 1002 }]]));
      expect(await tier.getMany(kind, ['a'])).toEqual([{ ...ABSENT, fetchedAt: 1002 }]);
    });

    test('deletes those that are named, and no others', async () => {
      const [tier, kind] = [open(), newKind()];
      await tier.setMany(
        kind,
        new Map([
          ['a', anEntry('A')],
          ['b', anEntry('B')],
          ['c', anEntry('C')],
        ]),
      );
      await tier.deleteMany(kind, ['a', 'c', 'none']);
      expect(await tier.getMany(kind, ['a', 'b', 'c'])).toEqual([
        undefined,
        anEntry('B'),
        undefined,
      ]);
    });

    test('keeps an entry for as long as it may be served, and no longer', async () => {
      const kind = newKind();
      const tier = open(({ fetchedAt }) => fetchedAt);
      await tier.setMany(
        kind,
        new Map([
          ['short', anEntry('A', { fetchedAt: 100 })],
          ['long', anEntry('B', { fetchedAt: 60_000 })],
          ['none', anEntry('C', { fetchedAt: 0 })],
          ['past', anEntry('D', { fetchedAt: -1 })],
        ]),
      );
      const keys = ['short', 'long', 'none', 'past'];
      const found = (await tier.getMany(kind, keys)).map((entry) => entry?.value?.name);
      expect(found).toEqual(['A', 'B', undefined, undefined]);
      await pause(150);
      const left = (await tier.getMany(kind, keys)).map((entry) => entry?.value?.name);
      expect(left).toEqual([undefined, 'B', undefined, undefined]);
    });

    test('keeps kinds and versions of a kind apart', async () => {
      const [tier, first] = [open(), newKind()];
      const second = aKind({ name: first.name, version: 2 });
      const other = newKind();
      await tier.setMany(first, new Map([['a', anEntry('first')]]));
      expect(await tier.getMany(second, ['a'])).toEqual([undefined]);
      expect(await tier.getMany(other, ['a'])).toEqual([undefined]);
      await tier.setMany(second, new Map([['a', anEntry('second')]]));
      expect(await tier.getMany(first, ['a'])).toEqual([anEntry('first')]);
    });
  });
}
