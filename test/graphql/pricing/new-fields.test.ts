// A field that the schema gains later is priced by its mark alone.
import { readdirSync, readFileSync } from 'node:fs';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { Kind, parse } from 'graphql';
import { expect, test } from 'vitest';
import { OPERATIONS, type Operations } from '../../../src/catalog/operations.js';
import type { View } from '../../../src/domain/caller.js';
import { readMarks } from '../../../src/graphql/pricing/marks.js';
import { priceOperation } from '../../../src/graphql/pricing/walk.js';

const FOLDER = new URL('../../../schema/', import.meta.url);
const sources = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.graphql'))
  .map((file) => readFileSync(new URL(file, FOLDER), 'utf8'));

const NEW_FIELDS = `
  extend type Model {
    home: Home @upstream(operation: "ListHomes", key: ["workspaceId"], batchSize: 50)
    oldestPendingVersion: ModelVersion
      @upstream(
        operation: "ListModelVersions"
        key: ["id", "filter", "orderBy"]
        fixed: { first: 1, filter: { approvalStatus: PENDING }, orderBy: { field: CREATED_AT, direction: ASC } }
      )
      @keyFrom(parts: ["id"])
    base: ModelVersion @upstream(operation: "GetModelVersion", key: ["baseModelId", "baseVersionName"])
    baseModelId: ID
    baseVersionName: String
  }
  type Home { id: ID! name: String }
  extend type ModelVersionConnection {
    frameworks(pages: Int = 10): [String!] @upstream(operation: "ListModelVersions", pages: "pages")
  }
  extend type Query {
    histories(ids: [ID!]!, metric: String!, first: Int): [MetricPoint!]
      @upstream(
        operation: "ListModelVersions"
        key: ["ids", "filter", "orderBy"]
        fixed: { filter: {}, orderBy: { field: CREATED_AT, direction: DESC } }
      )
      @keyFrom(parts: ["ids"])
      @listSize(slicingArguments: ["first"])
  }
`;

const operations: Operations & Record<'ListHomes', unknown> = {
  ...OPERATIONS,
  ListHomes: {
    kind: 'object',
    owner: null,
    parse: <T>(key: T) => key,
    estimate: async () => [],
    describe: () => ({}),
    comesWith: () => false,
  },
};
const schema = buildSubgraphSchema(parse([...sources, NEW_FIELDS].join('\n')));
const marks = readMarks(schema, operations);
const limits = { ids: 1000, rows: 10_000, representations: 1000 };

/** The calls by operation. */
function priceOf(query: string, view: View = { kind: 'all' }) {
  const document = parse(query);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('It is not an operation.');
  const caps = { ListModels: 100, ListModelVersions: 100 };
  const context = { caps, view, limits };
  const { calls } = priceOperation({ document, operation, coerced: {} }, marks, context);
  const counts: Record<string, number> = {};
  for (const call of calls) counts[call.operation] = (counts[call.operation] ?? 0) + call.count;
  return counts;
}

const SIXTY = Array.from({ length: 60 }, (_, index) => `"model-${index}"`);

test.each([
  [
    'objects that one call reads together',
    `{ modelsByIds(ids: [${SIXTY}]) { home { name } } }`,
    { GetModel: 60, ListHomes: 2 },
  ],
  [
    'objects that one call reads together, below a list',
    '{ models(first: 100) { nodes { home { name } } } }',
    { ListModels: 1, ListHomes: 2 },
  ],
  [
    'a list of one row, which belongs to its model',
    '{ models(first: 20) { nodes { oldestPendingVersion { uri model { name } } } } }',
    { ListModels: 1, ListModelVersions: 20 },
  ],
  [
    'an object of another owner, of which only the answer tells',
    '{ models(first: 20) { nodes { base { uri model { name } } } } }',
    { ListModels: 1, GetModelVersion: 20, GetModel: 20 },
  ],
  [
    'a list for each of several arguments',
    '{ histories(ids: ["a", "b", "b", "?"], metric: "cer", first: 9) { version { model { name } } } }',
    { ListModelVersions: 2, GetModel: 2 },
  ],
  [
    'a list of an owner that only the answer tells',
    '{ model(id: "a") { workspace { models(first: 3) { nodes { versions(first: 2) { nodes { uri } } } } } } }',
    { GetModel: 1, ListModels: 1, ListModelVersions: 3 },
  ],
  [
    'the first pages of a list, of which the smallest is one that its rows take',
    '{ model(id: "a") { versions(first: 100) { nodes { uri } frameworks(pages: 3) } } }',
    { GetModel: 1, ListModelVersions: 3 },
  ],
  [
    'the first pages of many lists, without their rows',
    '{ models(first: 20) { nodes { versions(first: 0) { a: frameworks(pages: 3) b: frameworks(pages: 2) } } } }',
    { ListModels: 1, ListModelVersions: 60 },
  ],
  [
    'a number of pages that is refused',
    '{ model(id: "a") { versions(first: 0) { frameworks(pages: 101) } } }',
    { GetModel: 1 },
  ],
])('%s', (_, query, counts) => {
  expect(priceOf(query)).toEqual(counts);
});

test('the owner comes first for callers of some workspaces', () => {
  expect(
    priceOf('{ model(id: "a") { base { uri } } }', { kind: 'workspaces', ids: ['ws'] }),
  ).toEqual({
    GetModel: 2,
    GetModelVersion: 1,
  });
});

test.each([
  [
    'an unknown operation',
    'extend type Model { x: Home @upstream(operation: "GetHome", key: []) }',
  ],
  [
    'an unknown number of pages',
    'extend type ModelConnection { x: Int @upstream(operation: "ListModels", pages: "y") }',
  ],
  ['an unknown part', 'extend type Model { x: Home @upstream(operation: "GetModel", key: ["y"]) }'],
])('a mark with %s is refused at the start', (_, wrong) => {
  const marked = buildSubgraphSchema(parse([...sources, NEW_FIELDS, wrong].join('\n')));
  expect(() => readMarks(marked, operations)).toThrow(/is marked with y|GetHome/);
});
