// The bound that spares a cheap operation its price: no price of any request is beyond it.
import fc from 'fast-check';
import { Kind, parse } from 'graphql';
import { expect, test } from 'vitest';
import type { View } from '../../../src/domain/caller.js';
import { boundCalls, hasUsualLists } from '../../../src/graphql/pricing/call-bound.js';
import { readMarks } from '../../../src/graphql/pricing/marks.js';
import { sumsByOperation } from '../../../src/graphql/pricing/price.js';
import { priceOperation } from '../../../src/graphql/pricing/walk.js';
import { createSchema } from '../../../src/graphql/schema.js';
import { inputs } from '../../support/inputs.js';
import { randomOperations, VARIABLES } from '../../support/random-operation.js';
import { modelId, range } from '../numbered-registry.js';

const marks = readMarks(createSchema({ relayNode: true }));
const limits = { ids: 100_000, rows: 1_000_000, representations: 100_000 };

function boundAndPrice(
  query: string,
  coerced: Readonly<Record<string, unknown>>,
  cap = 100,
  view: View = { kind: 'all' },
) {
  const document = parse(query);
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('It is not an operation.');
  const caps = { ListModels: cap, ListModelVersions: cap };
  const bound = boundCalls({ document, operation }, marks);
  if (bound === null) throw new Error('There is no bound.');
  const { calls } = priceOperation({ document, operation, coerced }, marks, { caps, view, limits });
  return { bound, price: sumsByOperation(calls) };
}

function expectWithin({ bound, price }: ReturnType<typeof boundAndPrice>): void {
  for (const [operation, count] of price) {
    expect([operation, bound.calls.get(operation)]).toEqual([operation, expect.any(Number)]);
    expect(count).toBeLessThanOrEqual(bound.calls.get(operation) ?? 0);
  }
}

test('no price of a random operation is beyond its bound, for any caller and any pages', () => {
  const views = fc.constantFrom<View>({ kind: 'all' }, { kind: 'workspaces', ids: ['ws-0'] });
  fc.assert(
    fc.property(randomOperations, fc.constantFrom(1, 10, 100), views, ({ query }, cap, view) => {
      expectWithin(boundAndPrice(query, VARIABLES, cap, view));
    }),
    { numRuns: inputs(50, 500) },
  );
});

const IDS = range(0, 100).map(modelId);
const REFERENCES = IDS.map((id) => ({ __typename: 'Model', id }));

test.each<[string, Record<string, unknown>, number]>([
  ['query ($id: ID!) { model(id: $id) { name latestVersion { uri } } }', { id: 'a' }, 1],
  ['query ($ids: [ID!]!) { modelsByIds(ids: $ids) { name } }', { ids: IDS }, 100],
  [
    'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Model { name } } }',
    { r: REFERENCES },
    100,
  ],
  [
    'query ($n: Int) { models(first: $n) { nodes { versions(first: 2) { totalCount } } } }',
    { n: 100 },
    300,
  ],
  ['query ($yes: Boolean!) { models @include(if: $yes) { nodes { id } } }', { yes: true }, 20],
  ['{ models(first: 3) { nodes { metricHistory(metric: "cer") { value } } } }', {}, 63],
  [
    '{ models(first: 3) { ...P } } fragment P on ModelConnection { edges { node { version(name: "a") { uri } } } }',
    {},
    9,
  ],
  ['{ models(first: 3) { facets(fields: [TASK, TYPE]) { scanned } nodes { id } } }', {}, 13],
  [
    'query ($n: Int) { models(first: 3) { nodes { versions(first: 2) { totalCount } } facets(fields: [TASK], maxPages: 7) { scanned } b: facets(fields: [TYPE], maxPages: $n) { scanned } } }',
    { n: 100 },
    116,
  ],
])('%s is bounded for all variables', (query, variables, most) => {
  const { bound, price } = boundAndPrice(query, variables, 1);
  expectWithin({ bound, price });
  expect([...bound.calls.values()].reduce((sum, count) => sum + count, 0)).toBe(most);
});

test('a bound holds for lists of the usual length alone', () => {
  expect(hasUsualLists({ ids: IDS, first: 5 })).toBe(true);
  expect(hasUsualLists({ ids: [...IDS, 'one more'] })).toBe(false);
});
