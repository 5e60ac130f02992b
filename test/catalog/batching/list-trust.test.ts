// The proofs that a list needs before it is read in place of models, and how long it is believed.
import { describe, expect, test } from 'vitest';
import { createKnownLists } from '../../../src/catalog/batching/known-lists.js';
import { createListTrust } from '../../../src/catalog/batching/list-trust.js';
import type { PageNumber } from '../../../src/domain/list.js';
import type { JsonObject } from '../../../src/domain/model.js';
import { decodeModel } from '../../../src/pai/decode/model.js';
import { type ListQuery, modelListQuery } from '../../../src/pai/list-query.js';
import { asSent } from '../../pai/decode/decoding.js';

const model = (raw: JsonObject) => decodeModel({ ModelId: 'model-1', ...raw }, 'model-1', () => {});

const digits = (text: string) => model(asSent(`{"Free":${text}}`));

describe('trust in lists', () => {
  const HOUR_MS = 3_600_000;
  const open = () => {
    const clock = { now: 0 };
    return { clock, trust: createListTrust(() => clock.now) };
  };
  const same = [model({ Labels: [{ Key: 'a' }] }), model({ Labels: [{ Key: 'a' }] })] as const;
  const other = [model({ ModelName: 'a' }), model({ ModelName: 'b' })] as const;

  test('depends on proofs, in one scope alone', () => {
    const { trust } = open();
    expect(trust.of('a')).toBe('unproven');
    const manyDigits = [digits('9007199254740993'), digits('9007199254740993')] as const;
    expect(trust.judge('a', [same, manyDigits])).toBe(0);
    expect([trust.of('a'), trust.of('b')]).toEqual(['trusted', 'unproven']);
  });

  test.each([
    ['another value', other],
    ['a key more', [model({}), model({ Domain: 'nlp' })] as const],
    ['a key less', [model({ Domain: null }), model({})] as const],
    ['a label more deep inside', [same[0], model({ Labels: [{ Key: 'a', Value: '' }] })] as const],
    ['the last of many digits', [digits('9007199254740993'), digits('9007199254740992')] as const],
    ['no such model', [same[0], null] as const],
  ])('is lost by %s', (_, pair) => {
    const { trust } = open();
    trust.judge('a', [same]);
    expect(trust.judge('a', [same, pair])).toBe(1);
    expect(trust.of('a')).toBe('mismatched');
  });

  test('stays as it is where nothing could be compared', () => {
    const { trust } = open();
    expect(trust.judge('a', [])).toBe(0);
    expect(trust.of('a')).toBe('unproven');
    trust.judge('a', [other]);
    expect(trust.judge('a', [])).toBe(0);
    expect(trust.of('a')).toBe('mismatched');
  });

  test('and mistrust both end after an hour', () => {
    const { clock, trust } = open();
    trust.judge('a', [same]);
    trust.judge('b', [other]);
    clock.now = HOUR_MS - 1;
    expect([trust.of('a'), trust.of('b')]).toEqual(['trusted', 'mismatched']);
    clock.now = HOUR_MS;
    expect([trust.of('a'), trust.of('b')]).toEqual(['unproven', 'unproven']);
  });
});

describe('the known lists', () => {
  const own = modelListQuery({});
  const pai = modelListQuery({ provider: 'pai' });
  const page = (number: number, size = 100) => ({ number, size });
  const open = () => {
    const clock = { now: 0 };
    const known = createKnownLists(() => clock.now, 30_000);
    const note = (scopeId: string, list: ListQuery, page: PageNumber, total: number | null) =>
      known.note(scopeId, list, { page, total, fetchedAt: clock.now, isKept: true });
    const shown = (size = 100, isCacheRead = true) =>
      known
        .of('a', size, isCacheRead)
        .map(({ key, total, freshPages }) => [key, total, [...freshPages]]);
    return { clock, known, note, shown };
  };

  test('are there after an answer with a total, the longest first', () => {
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

  test('are those alone that divide the registry', () => {
    const { note, shown } = open();
    for (const filter of [{ domain: 'nlp' }, { query: 'x' }, { provider: 'pai', task: 't' }]) {
      note('a', modelListQuery(filter), page(1), 10);
    }
    expect(shown()).toEqual([]);
    note('a', modelListQuery({ workspaceId: '1', provider: 'pai' }), page(1), 10);
    expect(shown()).toHaveLength(1);
  });

  test('learn from an ordered one how long they are, not which pages are there', () => {
    const { note, shown } = open();
    const ordered = modelListQuery({}, { field: 'CREATED_AT', direction: 'DESC' });
    note('a', ordered, page(1), 70);
    expect(shown()).toEqual([]);
    note('a', own, page(1), 60);
    note('a', ordered, page(2), 70);
    expect(shown()).toEqual([[own.key, 70, [1]]]);
  });

  test('have fresh pages of one size, for as long as a cache has them, for those who read it', () => {
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

  test('have pages as old as what PAI gave, however often a cache gives it again', () => {
    const { clock, known, shown } = open();
    clock.now = 29_999;
    known.note('a', own, { page: page(1), total: 60, fetchedAt: 0, isKept: true });
    expect(shown()).toEqual([[own.key, 60, [1]]]);
    clock.now = 30_000;
    expect(shown()).toEqual([[own.key, 60, []]]);
  });

  test('are as long as the latest answer says', () => {
    const { known, shown } = open();
    known.note('a', own, { page: page(1), total: 60, fetchedAt: 2, isKept: true });
    known.note('a', own, { page: page(2), total: 50, fetchedAt: 1, isKept: true });
    expect(shown()).toEqual([[own.key, 60, [1, 2]]]);
    known.note('a', own, { page: page(2), total: 50, fetchedAt: 3, isKept: true });
    expect(shown()).toEqual([[own.key, 50, [1, 2]]]);
  });

  test('have no fresh page whose models were not kept', () => {
    const { known, shown } = open();
    known.note('a', own, { page: page(1), total: 60, fetchedAt: 0, isKept: false });
    expect(shown()).toEqual([[own.key, 60, []]]);
    known.note('a', own, { page: page(1), total: 60, fetchedAt: 0, isKept: true });
    expect(shown()).toEqual([[own.key, 60, [1]]]);
  });

  test('do not grow with the pages that a client thinks of', () => {
    const { note, shown } = open();
    for (let number = 1; number <= 100_000; number += 1) note('a', own, page(number), 60);
    expect(shown()[0]?.[2]).toHaveLength(1000);
  });
});
