import { expect, test } from 'vitest';
import { createMemoryTier } from '../../../src/cache/memory-tier.js';
import { createUsage, NO_MARK } from '../../../src/domain/call.js';
import { createAnswerMemo } from '../../../src/graphql/memo/answer-memo.js';
import { aKind, anEntry } from '../../cache/a-kind.js';
import { heapAfterCollection } from '../../support/heap.js';

const MB = 1024 * 1024;

const answerOf = (text: string) => ({
  ...{ data: text, body: text, usage: createUsage() },
  ...{ name: null, kind: 'query' },
});

const PART = { name: 'a', version: 1, freshUntil: 1 };

function open(over: Partial<Parameters<typeof createAnswerMemo>[0]> = {}) {
  return createAnswerMemo({ maxBytes: 32 * MB, isCurrent: () => true, now: () => 0, ...over });
}

test('an answer is there while all of its parts are held, and fresh', () => {
  let now = 0;
  const versions = new Map([
    ['a', 1],
    ['b', 2],
  ]);
  const isCurrent = (name: string, version: number) => versions.get(name) === version;
  const memo = open({ isCurrent, now: () => now });
  const fill = () =>
    memo.set('key', answerOf('{}'), [
      { name: 'a', version: 1, freshUntil: 9000 },
      { name: 'b', version: 2, freshUntil: 5000 },
    ]);
  fill();
  now = 1500;
  expect(memo.get('key')?.maxAgeSeconds).toBe(3);
  expect(memo.get('other')).toBeNull();
  now = 5000;
  expect(memo.get('key')).toBeNull();
  now = 0;
  // An answer that was once invalid does not come back.
  expect(memo.get('key')).toBeNull();
  fill();
  versions.set('b', 3);
  expect(memo.get('key')).toBeNull();
});

test('an answer of which a part was not kept is not given', () => {
  const tier = createMemoryTier({ maxBytes: MB, keepForMs: () => 60_000 });
  const memo = open({ isCurrent: tier.isCurrent });
  memo.set('key', answerOf('{}'), [{ ...NO_MARK, freshUntil: 1 }]);
  expect(memo.get('key')).toBeNull();
});

test('an answer without parts, or larger than a megabyte, is not kept', () => {
  const memo = open();
  memo.set('nothing', answerOf('{}'), []);
  expect(memo.get('nothing')).toBeNull();
  memo.set('large', answerOf('x'.repeat(MB + 1)), [PART]);
  expect(memo.get('large')).toBeNull();
});

test('the memo holds as much as it may, and forgets the answer that was asked for longest ago', () => {
  const memo = open();
  for (let index = 0; index < 40; index += 1) {
    memo.set(`${index}`, answerOf('x'.repeat(MB - 2000)), [PART]);
  }
  expect(memo.get('0')).toBeNull();
  expect(memo.get('39')).not.toBeNull();
});

test('the memo records any number of parts, and counts them', () => {
  const memo = open({ maxBytes: MB });
  const parts = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ ...PART, name: `model/1:${index}` }));
  memo.set('many', answerOf('{}'), parts(10_000));
  expect(memo.get('many')).not.toBeNull();
  memo.set('more', answerOf('{}'), parts(200_000));
  expect(memo.get('more')).toBeNull();
});

test('the memo does not keep answers whose parts the cache has forgotten', async () => {
  const tier = createMemoryTier({ maxBytes: MB, keepForMs: () => 60_000 });
  const memo = open({ isCurrent: tier.isCurrent });
  const kind = aKind();
  const before = heapAfterCollection();
  for (let index = 0; index < 200; index += 1) {
    const key = `k${index}`;
    const parts = Array.from({ length: 2000 }, (_, part) => `part ${part} of ${index}`);
    const entry = { ...anEntry(key), value: { name: key, parts } };
    await tier.setMany(kind, new Map([[key, entry]]));
    memo.set(key, answerOf('{}'), [{ ...tier.mark(kind, key, entry), freshUntil: 1 }]);
  }
  // The values alone take 20 MB.
  expect(heapAfterCollection() - before).toBeLessThan(4 * MB);
  expect([memo.get('k0'), memo.get('k199')]).toEqual([null, expect.anything()]);
});
