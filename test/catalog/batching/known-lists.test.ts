// The lengths of lists, and the pages whose models are in the cache: what batching knows of them, and its memory.
import { describe, expect, test } from 'vitest';
import { KnownLists } from '../../../src/catalog/batching/known-lists.js';
import type { PageNumber } from '../../../src/domain/list.js';
import { type ListQuery, modelListQuery } from '../../../src/pai/request.js';
import { aScope } from '../../cache/a-scope.js';

const seen = (number: number) => ({
  page: { number, size: 100 },
  total: 1_000_000,
  fetchedAt: 0,
  isStored: true,
});

test('the knowledge of lists is bounded by its memory, over all callers', () => {
  const known = new KnownLists(() => 0, 1000);
  const list = modelListQuery({ provider: 'pai' });
  const scopes = Array.from({ length: 200 }, (_, index) => `scope ${index}`);
  for (const scope of scopes) {
    for (let number = 1; number <= 1000; number += 1) known.note(aScope(scope), list, seen(number));
  }
  const kept = scopes.filter((scope) => known.of(aScope(scope), 100, true).length > 0);
  // A thousand pages of 50 bytes each, of 4 MB.
  expect(kept.length).toBeGreaterThan(60);
  expect(kept.length).toBeLessThan(84);
  expect(kept).toContain('scope 199');
  expect(known.of(aScope('scope 199'), 100, true)).toMatchObject([{ total: 1_000_000 }]);
});

test('a page that is read again is still known', () => {
  const known = new KnownLists(() => 0, 1000);
  const list = modelListQuery({ provider: 'pai' });
  for (const number of [1, 2, 1, 2]) known.note(aScope('scope'), list, seen(number));
  expect(known.of(aScope('scope'), 100, true)[0]?.freshPages).toEqual(new Set([1, 2]));
});

describe('the known lists', () => {
  const own = modelListQuery({});
  const pai = modelListQuery({ provider: 'pai' });
  const page = (number: number, size = 100) => ({ number, size });
  const open = () => {
    const clock = { now: 0 };
    const known = new KnownLists(() => clock.now, 30_000);
    const note = (scopeId: string, list: ListQuery, page: PageNumber, total: number | null) =>
      known.note(aScope(scopeId), list, { page, total, fetchedAt: clock.now, isStored: true });
    const shown = (size = 100, isCacheRead = true) =>
      known
        .of(aScope('a'), size, isCacheRead)
        .map(({ key, total, freshPages }) => [key, total, [...freshPages]]);
    return { clock, known, note, shown };
  };

  test('the known lists are there after an answer with a total, the longest first', () => {
    const { note, shown } = open();
    expect(shown()).toEqual([]);
    note('a', pai, page(2), 300);
    note('a', own, page(1), 60);
    note('b', own, page(1), 999);
    note('a', modelListQuery({ workspaceId: '1' }), page(1), null);
    expect(shown()).toEqual([
      [pai.key, 300, [2]],
      [own.key, 60, [1]],
    ]);
  });

  test('the known lists are those alone that divide the registry', () => {
    const { note, shown } = open();
    for (const filter of [{ domain: 'nlp' }, { query: 'x' }, { provider: 'pai', task: 't' }]) {
      note('a', modelListQuery(filter), page(1), 10);
    }
    expect(shown()).toEqual([]);
    note('a', modelListQuery({ workspaceId: '1', provider: 'pai' }), page(1), 10);
    expect(shown()).toHaveLength(1);
  });

  test('the known lists learn from an ordered one how long they are, not which pages are there', () => {
    const { note, shown } = open();
    const ordered = modelListQuery({}, { field: 'CREATED_AT', direction: 'DESC' });
    note('a', ordered, page(1), 70);
    expect(shown()).toEqual([]);
    note('a', own, page(1), 60);
    note('a', ordered, page(2), 70);
    expect(shown()).toEqual([[own.key, 70, [1]]]);
  });

  test('the known lists have fresh pages of one size, for as long as a cache has them, for those who read it', () => {
    const { clock, note, shown } = open();
    note('a', own, page(1, 20), 60);
    clock.now = 20_000;
    note('a', own, page(2, 20), 60);
    expect(shown(20)).toEqual([[own.key, 60, [1, 2]]]);
    expect(shown(10)).toEqual([[own.key, 60, []]]);
    expect(shown(20, false)).toEqual([[own.key, 60, []]]);
    clock.now = 30_000;
    expect(shown(20)).toEqual([[own.key, 60, [2]]]);
    note('a', own, page(1, 10), 60);
    expect(shown(10)).toEqual([[own.key, 60, [1]]]);
  });

  test('the known lists have pages as old as what PAI gave, however often a cache gives it again', () => {
    const { clock, known, shown } = open();
    clock.now = 29_999;
    known.note(aScope('a'), own, { page: page(1), total: 60, fetchedAt: 0, isStored: true });
    expect(shown()).toEqual([[own.key, 60, [1]]]);
    clock.now = 30_000;
    expect(shown()).toEqual([[own.key, 60, []]]);
  });

  test('the known lists are as long as the latest answer says', () => {
    const { known, shown } = open();
    known.note(aScope('a'), own, { page: page(1), total: 60, fetchedAt: 2, isStored: true });
    known.note(aScope('a'), own, { page: page(2), total: 50, fetchedAt: 1, isStored: true });
    expect(shown()).toEqual([[own.key, 60, [1, 2]]]);
    known.note(aScope('a'), own, { page: page(2), total: 50, fetchedAt: 3, isStored: true });
    expect(shown()).toEqual([[own.key, 50, [1, 2]]]);
  });

  test('the known lists have no fresh page whose models were not kept', () => {
    const { known, shown } = open();
    known.note(aScope('a'), own, { page: page(1), total: 60, fetchedAt: 0, isStored: false });
    expect(shown()).toEqual([[own.key, 60, []]]);
    known.note(aScope('a'), own, { page: page(1), total: 60, fetchedAt: 0, isStored: true });
    expect(shown()).toEqual([[own.key, 60, [1]]]);
  });

  test('the known lists do not grow with the pages that a client thinks of', () => {
    const { note, shown } = open();
    for (let number = 1; number <= 100_000; number += 1) note('a', own, page(number), 60);
    expect(shown()[0]?.[2]).toHaveLength(1000);
  });
});
