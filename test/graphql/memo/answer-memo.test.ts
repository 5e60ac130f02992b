import { expect, test } from 'vitest';
import { createUsage } from '../../../src/domain/call.js';
import { createAnswerMemo } from '../../../src/graphql/memo/answer-memo.js';

const answerOf = (text: string) => ({
  ...{ data: text, body: text, usage: createUsage() },
  ...{ name: null, kind: 'query' },
});

test('an answer is there while all of its parts are held, and fresh', () => {
  let now = 0;
  let isHeld = true;
  const memo = createAnswerMemo(() => now);
  const fill = () =>
    memo.set('key', answerOf('{}'), [
      { freshUntil: 9000, isHeld: () => true },
      { freshUntil: 5000, isHeld: () => isHeld },
    ]);
  fill();
  now = 1500;
  expect(memo.get('key')?.maxAgeSeconds).toBe(3);
  expect(memo.get('other')).toBeNull();
  now = 5000;
  expect(memo.get('key')).toBeNull();
  now = 0;
  // What was found wrong once does not come back.
  expect(memo.get('key')).toBeNull();
  fill();
  isHeld = false;
  expect(memo.get('key')).toBeNull();
});

test('what was made of nothing, and what is larger than a megabyte, is not kept', () => {
  const memo = createAnswerMemo(() => 0);
  memo.set('nothing', answerOf('{}'), []);
  expect(memo.get('nothing')).toBeNull();
  memo.set('large', answerOf('x'.repeat(1024 * 1024 + 1)), [{ freshUntil: 1, isHeld: () => true }]);
  expect(memo.get('large')).toBeNull();
});

test('it holds 32 MB, and forgets what was asked for longest ago', () => {
  const memo = createAnswerMemo(() => 0);
  const parts = [{ freshUntil: 1, isHeld: () => true }];
  for (let index = 0; index < 40; index += 1) {
    memo.set(`${index}`, answerOf('x'.repeat(1024 * 1024 - 2000)), parts);
  }
  expect(memo.get('0')).toBeNull();
  expect(memo.get('39')).not.toBeNull();
});
