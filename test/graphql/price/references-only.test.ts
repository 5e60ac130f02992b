import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { referencesOnly } from '../../../src/graphql/price/references-only.js';

const references = (below: string, more = '') =>
  `query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on Model { ${below} } } ${more} }`;

test.each([
  [references('id name labels { key } latestVersion { versionName }')],
  [
    'query ($refs: [_Any!]!) { ...All } fragment All on Query { x: _entities(representations: $refs) { __typename } }',
  ],
])('an operation that reads only references has them in a variable: %s', (text) => {
  expect(referencesOnly(parse(text))).toBe('refs');
});

test.each([
  [references('latestVersion { model { id } }')],
  [references('versions { totalCount }')],
  [references('version(name: "1") { id }')],
  [references('metricHistory(metric: "a") { value }')],
  [references('id', 'model(id: "a") { id }')],
  [references('id', 'y: _entities(representations: $refs) { __typename }')],
  ['{ _entities(representations: [{ __typename: "Model", id: "a" }]) { __typename } }'],
  ['{ models(first: 3) { nodes { id } } }'],
  [`${references('id')} query B { nodes(ids: ["a"]) { id } }`],
])('an operation that reads anything else, or elsewhere, has to be priced: %s', (text) => {
  expect(referencesOnly(parse(text))).toBeNull();
});
