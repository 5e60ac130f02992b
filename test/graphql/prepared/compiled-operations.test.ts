import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { resolversOf } from '../../../src/graphql/prepared/compilation.js';
import { createCompiledOperations } from '../../../src/graphql/prepared/compiled-operations.js';
import { createDocumentStore } from '../../../src/graphql/prepared/document-store.js';
import { createTextMemory } from '../../../src/graphql/prepared/text-memory.js';
import { createSchema } from '../../../src/graphql/schema.js';

const MB = 1024 * 1024;
const schema = createSchema({ relayNode: true });

async function compiledAfter(hits: number, query: string) {
  const store = createDocumentStore(16 * MB);
  await store.set('key', parse(query));
  for (let hit = 0; hit < hits; hit += 1) store.byText(query);
  const prepared = store.byText(query);
  const operation = prepared?.document.definitions[0];
  if (operation?.kind !== 'OperationDefinition') throw new Error('No operation.');
  const parts = { schema, resolvers: resolversOf(schema) };
  const operations = createCompiledOperations(parts, 48 * MB, () => {});
  return operations.of(prepared as NonNullable<typeof prepared>, operation, {});
}

test('only a document that comes back often is compiled', async () => {
  expect(await compiledAfter(0, '{ model(id: "a") { id name } }')).toBeNull();
  expect(await compiledAfter(5, '{ model(id: "a") { id name } }')).toMatchObject({ fields: 3 });
});

test('neither introspection nor a document that fragments make too large is compiled', async () => {
  expect(await compiledAfter(5, '{ __schema { queryType { name } } }')).toBeNull();
  const fragments = Array.from(
    { length: 12 },
    (_, n) => `fragment F${n} on Model { a: latestVersion { model { ...F${n + 1} } }
      b: latestVersion { model { ...F${n + 1} } } }`,
  );
  const query = `{ model(id: "a") { ...F0 } } ${fragments.join(' ')} fragment F12 on Model { id }`;
  expect(await compiledAfter(5, query)).toBeNull();
});

test('a flood of different documents leaves a bounded number of them, and compiles none', async () => {
  const store = createDocumentStore(16 * MB);
  const text = (index: number) => `{ model(id: "a${index}") { id } }`;
  for (let index = 0; index < 50_000; index += 1) {
    await store.set(`${index}`, parse(text(index)));
  }
  const kept = Array.from({ length: 50_000 }, (_, index) => store.byText(text(index)));
  const found = kept.filter((prepared) => prepared !== undefined);
  expect(found.length).toBeLessThan(10_000);
  expect(found.every(({ hits }) => hits === 1)).toBe(true);
});

test('the memory of texts forgets all beyond its bound', () => {
  const texts = createTextMemory(300);
  const [selection, one, other] = [{}, {}, {}];
  texts.keep(selection, one, '12345678');
  expect(texts.get(selection, one)).toBe('12345678');
  expect(texts.get({}, one)).toBeUndefined();
  texts.keep(selection, other, '12345678');
  expect([texts.get(selection, one), texts.get(selection, other)]).toEqual([undefined, '12345678']);
});
