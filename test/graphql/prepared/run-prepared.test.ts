import { buildSchema, parse } from 'graphql';
import { expect, test } from 'vitest';
import { createDocumentStore } from '../../../src/graphql/prepared/document-store.js';
import { createRunPrepared } from '../../../src/graphql/prepared/run-prepared.js';

const SCHEMA = buildSchema(`
  type Query { a: String }
  type Mutation { a: String }
`);
const DOCUMENT = 'query Q { a } mutation M { a }';

/** More often than a document has to come back before it is compiled. */
const OFTEN = 8;

async function prepareOften(operationName: string, isRecalling = true) {
  const documents = createDocumentStore();
  await documents.set('key', parse(DOCUMENT));
  const pricing = { limits: {} as never, callsPerOperation: 1 };
  const prepared = createRunPrepared({
    schema: SCHEMA,
    documents,
    pricing,
    maxBytes: { texts: 1_000_000, requests: 1_000_000 },
    isRecalling,
  });
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

test('what is not a query never is: a GET may not ask for it', async () => {
  const { last, prepared } = await prepareOften('M');
  expect(last).toBeNull();
  expect(prepared.recall('GET ?a')).toBeUndefined();
});

test('where each request is looked at, nothing is recalled', async () => {
  const { last, prepared } = await prepareOften('Q', false);
  expect(last).not.toBeNull();
  expect(prepared.recall('GET ?a')).toBeUndefined();
});
