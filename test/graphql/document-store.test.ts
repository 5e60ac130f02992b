import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { createPersistedQueryCache, DocumentStore } from '../../src/graphql/document-store.js';
import { heapAfterCollection } from '../support/heap.js';

const MB = 1024 * 1024;

/** Of so many tokens, and some more. */
const documentOf = (tokens: number) => parse(`{ ${'a '.repeat(tokens)}}`);

test('keeps a document that comes again, and forgets the oldest when it is full', async () => {
  const store = new DocumentStore(16 * MB);
  const first = documentOf(150);
  await store.set('first', first);
  expect(await store.get('first')).toBe(first);
  const text = first.loc?.source.body ?? '';
  expect([store.hasText(text), store.hasText(`${text} `)]).toEqual([true, false]);
  for (let index = 0; index < 220; index += 1) await store.set(`${index}`, documentOf(151 + index));
  expect(await store.get('first')).toBeUndefined();
  expect(store.hasText(text)).toBe(false);
  expect(await store.get('219')).toBeDefined();
});

test('does not keep a document larger than the whole store', async () => {
  const store = new DocumentStore(16 * MB);
  await store.set('huge', documentOf(40_000));
  expect(await store.get('huge')).toBeUndefined();
});

test.each([
  ['of the shortest fields', (of: number) => `{ a${of} ${'b '.repeat(300)}}`],
  ['of one field', (of: number) => `{a${of}}`],
  [
    'of names',
    (of: number) => `query Q${of}($id: ID!) { model(id: $id) { id name labels { key } } }`,
  ],
  ['of lists in arguments', (of: number) => `{ a${of}(b: [${'[],'.repeat(300)}]) }`],
  ['of a long comment', (of: number) => `{ a${of} } #${'é'.repeat(500)}`],
])('takes no more memory than it may, for documents %s', async (_, textOf) => {
  const before = heapAfterCollection();
  const store = new DocumentStore(4 * MB);
  for (let index = 0; index < 4000; index += 1) {
    await store.set(`key ${index}`, parse(textOf(index)));
  }
  expect(heapAfterCollection() - before).toBeLessThan(5 * MB);
  expect(await store.get('key 3999')).toBeDefined();
});

test('keeps the text of a persisted query, and forgets the oldest when it is full', async () => {
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
