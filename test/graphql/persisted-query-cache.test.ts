import { ApolloServer } from '@apollo/server';
import { expect, test } from 'vitest';
import { createPersistedQueryCache } from '../../src/graphql/persisted-query-cache.js';
import { hashOf } from './trusted-documents/manifests.js';

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

test('a text is found by its hash as Apollo taught it, and is then as recently used', async () => {
  const cache = createPersistedQueryCache(8 * MB);
  const server = new ApolloServer({
    ...{ typeDefs: 'type Query { a: Int }', persistedQueries: { cache } },
    stopOnTerminationSignals: false,
  });
  const query = '{ a }';
  const sha256Hash = hashOf(query);
  expect(cache.byHash(sha256Hash)).toBeUndefined();
  const extensions = { persistedQuery: { version: 1, sha256Hash } };
  await server.executeOperation({ query, extensions });
  expect(cache.byHash(sha256Hash)).toBe(query);
  const text = 'x'.repeat(MB);
  for (let index = 0; index < 20; index += 1) {
    await cache.set(`${index}`, text);
    expect(cache.byHash(sha256Hash)).toBe(query);
  }
  await server.stop();
});
