// The proofs that a list needs before it is read in place of models, and how long it is believed.
import { describe, expect, test } from 'vitest';
import { ListTrust } from '../../../src/catalog/batching/list-trust.js';
import type { Model } from '../../../src/domain/model.js';
import type { JsonObject } from '../../../src/lib/json.js';
import { decodeModel } from '../../../src/pai/decode/model.js';
import { aScope } from '../../cache/a-scope.js';
import { asSent } from '../../pai/decode/decoding.js';

const model = (raw: JsonObject) => decodeModel({ ModelId: 'model-1', ...raw }, 'model-1', () => {});

/** The answer of a read by id. */
const read = (value: Model) => ({ value, requestId: null, fetchedAt: 0, source: 'LIVE' }) as const;
const digits = (text: string) => model(asSent(`{"Free":${text}}`));

describe('trust in lists', () => {
  const HOUR_MS = 3_600_000;
  const open = () => {
    const clock = { now: 0 };
    return { clock, trust: new ListTrust(() => clock.now) };
  };
  const same = [
    model({ Labels: [{ Key: 'a' }] }),
    read(model({ Labels: [{ Key: 'a' }] })),
  ] as const;
  const other = [model({ ModelName: 'a' }), read(model({ ModelName: 'b' }))] as const;

  test('depends on proofs, in one scope alone', () => {
    const { trust } = open();
    expect(trust.of(aScope('a'))).toBe('unproven');
    const manyDigits = [digits('9007199254740993'), read(digits('9007199254740993'))] as const;
    expect(trust.judge(aScope('a'), [same, manyDigits])).toBe(0);
    expect([trust.of(aScope('a')), trust.of(aScope('b'))]).toEqual(['trusted', 'unproven']);
  });

  test.each([
    ['another value', other],
    ['a key more', [model({}), read(model({ Domain: 'nlp' }))] as const],
    ['a key less', [model({ Domain: null }), read(model({}))] as const],
    [
      'a label more deep inside',
      [same[0], read(model({ Labels: [{ Key: 'a', Value: '' }] }))] as const,
    ],
    [
      'the last of many digits',
      [digits('9007199254740993'), read(digits('9007199254740992'))] as const,
    ],
    ['no such model', [same[0], null] as const],
  ])('is lost by %s', (_, pair) => {
    const { trust } = open();
    trust.judge(aScope('a'), [same]);
    expect(trust.judge(aScope('a'), [same, pair])).toBe(1);
    expect(trust.of(aScope('a'))).toBe('mismatched');
  });

  test('stays as it is where nothing could be compared', () => {
    const { trust } = open();
    expect(trust.judge(aScope('a'), [])).toBe(0);
    expect(trust.of(aScope('a'))).toBe('unproven');
    trust.judge(aScope('a'), [other]);
    expect(trust.judge(aScope('a'), [])).toBe(0);
    expect(trust.of(aScope('a'))).toBe('mismatched');
  });

  test('and mistrust both end after an hour', () => {
    const { clock, trust } = open();
    trust.judge(aScope('a'), [same]);
    trust.judge(aScope('b'), [other]);
    clock.now = HOUR_MS - 1;
    expect([trust.of(aScope('a')), trust.of(aScope('b'))]).toEqual(['trusted', 'mismatched']);
    clock.now = HOUR_MS;
    expect([trust.of(aScope('a')), trust.of(aScope('b'))]).toEqual(['unproven', 'unproven']);
  });
});
