import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { createDocumentStore } from '../../../src/graphql/prepared/document-store.js';

const documentOf = (characters: number) => parse(`{ a } #${'x'.repeat(characters)}`);

test('keeps a document that comes again, and forgets the oldest when it is full', async () => {
  const store = createDocumentStore(16 * 1024 * 1024);
  const first = documentOf(1000);
  await store.set('first', first);
  expect(await store.get('first')).toBe(first);
  // 16 MB at 80 bytes a character hold about two hundred documents of a thousand characters.
  for (let index = 0; index < 210; index += 1) await store.set(`${index}`, documentOf(1000));
  expect(await store.get('first')).toBeUndefined();
  expect(await store.get('209')).toBeDefined();
});

test('does not keep what is larger than all of it', async () => {
  const store = createDocumentStore(16 * 1024 * 1024);
  await store.set('huge', documentOf(300_000));
  expect(await store.get('huge')).toBeUndefined();
});
