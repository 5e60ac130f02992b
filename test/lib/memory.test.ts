import { expect, test } from 'vitest';
import { memoryOf } from '../../src/lib/memory.js';
import { heapAfterCollection } from '../support/heap.js';

/** Enough that other changes of the heap, of some 200 KB, do not count. */
const BYTES = 8_000_000;

/** As an answer of PAI brings it: nothing of one is shared with another. */
const parsed = (value: unknown) => {
  const text = JSON.stringify(value);
  return () => JSON.parse(text) as unknown;
};

test.each([
  ['texts', () => ({ a: 'x'.repeat(200), b: 'some text', c: 'y' })],
  ['texts of two bytes', () => ({ a: '情'.repeat(200) })],
  ['labels', () => Array.from({ length: 20 }, (_, n) => ({ key: `k${n}`, value: 'v' }))],
  ['fractions', () => Array.from({ length: 50 }, (_, n) => n + 0.5)],
  ['large numbers', () => Array.from({ length: 50 }, (_, n) => 2 ** 40 + n)],
  ['small numbers', () => Array.from({ length: 50 }, (_, n) => n)],
  ['empty lists', () => Array.from({ length: 50 }, () => [])],
  ['empty objects', () => Array.from({ length: 50 }, () => ({}))],
  ['lists in lists', () => [[[[[[[[1]]]]]]], [[[[2]]]]]],
  ['many keys', () => Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`key${n}`, n]))],
])('memory is estimated from above, and not far, for %s', (_, make) => {
  const copy = parsed(make());
  const count = Math.ceil(BYTES / memoryOf(copy()));
  const before = heapAfterCollection();
  const kept = Array.from({ length: count }, copy);
  const taken = heapAfterCollection() - before;
  const estimated = count * memoryOf(kept[0]);
  expect(estimated).toBeGreaterThan(0.95 * taken);
  expect(estimated).toBeLessThan(4 * taken);
});

test('an object counts once, however often it is there', () => {
  const part = { text: 'x'.repeat(1000) };
  expect(memoryOf([part, part, part])).toBeLessThan(memoryOf([part]) + 100);
});
