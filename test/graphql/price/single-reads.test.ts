import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { priceOperation } from '../../../src/graphql/price/price-operation.js';
import { mostSingleReads } from '../../../src/graphql/price/single-reads.js';
import { createSchema } from '../../../src/graphql/schema.js';

const VERSION_ID = 'version:bW9kZWwtMS8wLjEuMA';
const schema = createSchema({ relayNode: true });
const cap = 100;
const limits = { ids: 1000, rows: 10_000, representations: 1000 };

function priceOf(text: string, workspaces: readonly string[] | null): number {
  const document = parse(text);
  const operation = document.definitions.find(({ kind }) => kind === 'OperationDefinition');
  if (operation?.kind !== 'OperationDefinition') throw new Error('It has no operation.');
  const caps = { ListModels: cap, ListModelVersions: cap };
  const asked = { schema, document, operation, coerced: {} };
  return priceOperation(asked, { caps, workspaces, limits }).length;
}

const ONE_BY_ONE = [
  '{ __typename }',
  '{ model(id: "model-1") { id labels { key } latestVersion { metrics { metrics { name } } } } }',
  '{ a: model(id: "model-1") { id } b: model(id: "model-2") { id } c: model(id: "model-2") { id } }',
  '{ model(id: "model-1") { a: version(name: "1") { model { version(name: "2") { id } } } } }',
  '{ modelVersion(modelId: "model-1", versionName: "1") { model { latestVersion { model { id } } } } }',
  `{ node(id: "${VERSION_ID}") { ... on ModelVersion { model { id } } ... on Model { id } } }`,
  `query { ...Two ...Two } fragment Two on Query { x: model(id: "a") { id } ...One }
   fragment One on Query { node(id: "${VERSION_ID}") { id } }`,
  'query { model(id: "a") @include(if: false) { id } ... on Query @skip(if: true) { y: model(id: "b") { id } } }',
];

test.each(ONE_BY_ONE)(
  'single reads cost at most the price that is given without a walk: %s',
  (text) => {
    const most = mostSingleReads(parse(text));
    expect(priceOf(text, null)).toBeLessThanOrEqual(most);
    expect(priceOf(text, ['1'])).toBeLessThanOrEqual(most);
  },
);

test('each read counts as two calls, wherever it stands and however often a fragment is spread', () => {
  expect(ONE_BY_ONE.map((text) => mostSingleReads(parse(text)))).toEqual([0, 2, 6, 8, 6, 4, 8, 4]);
});

test.each([
  '{ models(first: 3) { nodes { id } } }',
  '{ model(id: "a") { versions { totalCount } } }',
  '{ model(id: "a") { metricHistory(metric: "cer") { value } } }',
  '{ modelsByIds(ids: ["a"]) { id } }',
  '{ nodes(ids: ["a"]) { id } }',
  '{ _entities(representations: []) { __typename } }',
  'query A { model(id: "a") { id } } query B { ...Many } fragment Many on Query { nodes(ids: ["a"]) { id } }',
])('a field that gives many results has no bound without a walk: %s', (text) => {
  expect(mostSingleReads(parse(text))).toBe(Number.POSITIVE_INFINITY);
});
