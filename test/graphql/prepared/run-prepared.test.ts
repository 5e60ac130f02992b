import { buildSchema, parse } from 'graphql';
import { expect, test } from 'vitest';
import { createDocumentStore } from '../../../src/graphql/prepared/document-store.js';
import { createRunPrepared } from '../../../src/graphql/prepared/run-prepared.js';
import { createTurns } from '../../../src/graphql/turns.js';

const SCHEMA = buildSchema(`
  type Query { a(z: [[Int]]): String }
  type Mutation { a: String }
`);
const DOCUMENT = 'query Q { a } mutation M { a }';

const MB = 1024 * 1024;

/** More often than a document has to come back before it is compiled. */
const OFTEN = 8;

function open(isRecalling = true) {
  const documents = createDocumentStore(16 * MB);
  const pricing = { limits: {} as never, callsPerOperation: 1 };
  const memory = { texts: 1_000_000, requests: 1_000_000, compiledOperations: 48 * MB };
  const parts = { schema: SCHEMA, documents, pricing, memory, isRecalling, turns: createTurns() };
  return { documents, prepared: createRunPrepared(parts) };
}

async function prepareOften(operationName: string, isRecalling = true) {
  const { documents, prepared } = open(isRecalling);
  await documents.set('key', parse(DOCUMENT));
  const request = { query: DOCUMENT, operationName, variables: {} };
  const results = Array.from({ length: OFTEN }, () => prepared.prepare(request, 'GET ?a'));
  return { last: results.at(-1), prepared };
}

test('a query that comes again is prepared, and recalled by its key alone', async () => {
  const { last, prepared } = await prepareOften('Q');
  expect(last?.operation.operation).toBe('query');
  expect(prepared.recall('GET ?a')).toBe(last);
  expect(prepared.recall('POST ?a')).toBeUndefined();
});

test('other operations than queries are never prepared: a GET may not ask for them', async () => {
  const { last, prepared } = await prepareOften('M');
  expect(last).toBeNull();
  expect(prepared.recall('GET ?a')).toBeUndefined();
});

test('nothing is recalled where each request is checked', async () => {
  const { last, prepared } = await prepareOften('Q', false);
  expect(last).not.toBeNull();
  expect(prepared.recall('GET ?a')).toBeUndefined();
});

test('a recalled query is forgotten with the compiled operation that it refers to', async () => {
  const { documents, prepared } = open();
  async function prepare(query: string, key: string): Promise<void> {
    await documents.set(key, parse(query));
    for (let hit = 0; hit < OFTEN; hit += 1) {
      prepared.prepare({ query, operationName: undefined, variables: {} }, key);
    }
  }
  await prepare('{ a }', 'first');
  expect(prepared.recall('first')).toBeDefined();
  const aliases = Array.from({ length: 1900 }, (_, n) => `a${n}: a`).join(' ');
  for (let index = 0; index < 60; index += 1) {
    await prepare(`{ b${index}: a ${aliases} }`, `${index}`);
  }
  expect(prepared.recall('59')).toBeDefined();
  expect(prepared.recall('first')).toBeUndefined();
});

test('recalled queries are bounded, with the memory of their variables', async () => {
  const { documents, prepared } = open();
  const query = 'query ($z: [[Int]]) { a(z: $z) }';
  await documents.set('key', parse(query));
  const variables = { z: Array.from({ length: 900 }, () => []) };
  for (let index = 0; index < 30; index += 1) {
    prepared.prepare({ query, operationName: undefined, variables }, `${index}`);
  }
  const kept = Array.from({ length: 30 }, (_, index) => prepared.recall(`${index}`));
  expect(kept.filter((one) => one !== undefined)).toHaveLength(11);
});
