import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { bytesOf, createDocumentStore } from '../../../src/graphql/prepared/document-store.js';

const documentOf = (fields: number) => parse(`{ ${'a '.repeat(fields)} }`);

test('keeps a document that comes again, and forgets the oldest when it is full', async () => {
  const first = documentOf(1000);
  const store = createDocumentStore(10 * bytesOf(first));
  await store.set('first', first);
  expect(await store.get('first')).toBe(first);
  for (let index = 0; index < 10; index += 1) await store.set(`${index}`, documentOf(1000));
  expect(await store.get('first')).toBeUndefined();
  expect(await store.get('9')).toBeDefined();
});

test('does not keep a document that is larger than all of it', async () => {
  const store = createDocumentStore(bytesOf(documentOf(1000)));
  await store.set('huge', documentOf(1010));
  expect(await store.get('huge')).toBeUndefined();
});
