import { expect, test } from 'vitest';
import { createPersistedQueryCache } from '../../src/graphql/persisted-query-cache.js';

const MB = 1024 * 1024;

test('keeps a text that was taught, and forgets the oldest when it is full', async () => {
  const cache = createPersistedQueryCache(8 * MB);
  await cache.set('first', '{ a }');
  expect(await cache.get('first')).toBe('{ a }');
  const text = 'x'.repeat(MB);
  for (let index = 0; index < 8; index += 1) await cache.set(`${index}`, text);
  expect(await cache.get('first')).toBeUndefined();
  expect(await cache.get('7')).toBe(text);
  expect(await cache.delete('7')).toBe(true);
  expect(await cache.get('7')).toBeUndefined();
});
