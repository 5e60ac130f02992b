// Which mistakes are the document's and which are the values': validation keeps its code, wrong values have theirs.
import { expect, test } from 'vitest';
import { withApp } from '../support/with-app.js';

test.each([
  ['an integer beyond 32 bits', '{ models(first: 3000000000) { totalCount } }'],
  ['a literal of another type', '{ model(id: true) { id } }'],
  ['a variable that is not declared', '{ model(id: $id) { id } }'],
  ['a null literal where there must be a value', '{ model(id: null) { id } }'],
  ['an unknown field of a literal filter', '{ models(filter: {nope: 1}) { totalCount } }'],
  ['an unknown enum value', '{ models(orderBy: {field: NAME, direction: ASC}) { totalCount } }'],
  ['a variable of another type', 'query ($id: Int!) { model(id: $id) { id } }'],
])('%s is GRAPHQL_VALIDATION_FAILED', async (_, query) => {
  await using app = await withApp();
  const { status, errors } = await app.query(query, { id: 1 });
  expect(status).toBe(400);
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
});

const FILTERED = 'query ($f: ModelFilter) { models(filter: $f) { totalCount } }';
const ORDERED = 'query ($o: ModelOrder) { models(orderBy: $o) { totalCount } }';

test.each<[string, string, Record<string, unknown>, string]>([
  [
    '$id is missing',
    'query ($id: ID!) { model(id: $id) { id } }',
    {},
    'a value of type ID! is required',
  ],
  ['$id is null', 'query ($id: ID!) { model(id: $id) { id } }', { id: null }, 'id must be ID!'],
  [
    'an id within a list is an object',
    'query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id } }',
    { ids: ['a', { b: 1 }] },
    'ids[1] must be ID!',
  ],
  ['a field is unknown', FILTERED, { f: { nope: 1 } }, 'f must not have the field "nope"'],
  ['a field is of another type', FILTERED, { f: { task: 1 } }, 'f.task must be String'],
  [
    'a field deep inside is missing',
    FILTERED,
    { f: { tags: [{ value: 'v' }] } },
    'f.tags[0].key is required',
  ],
  [
    'a single item stands for a list',
    FILTERED,
    { f: { tags: { key: 1 } } },
    'f.tags.key must be String!',
  ],
  [
    'an enum value is unknown',
    ORDERED,
    { o: { field: 'NAME', direction: 'ASC' } },
    'o.field must be',
  ],
  ['a filter is a text', FILTERED, { f: 'text' }, 'f must be ModelFilter'],
])(
  'a wrong value is BAD_USER_INPUT that names its place: %s',
  async (_, query, variables, problem) => {
    await using app = await withApp();
    const { status, errors } = await app.query(query, variables);
    expect(status).toBe(400);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' });
    expect(errors[0]?.message).toMatch(/^Variable "\$\w+": /);
    expect(errors[0]?.message).toContain(problem);
    expect(app.sandbox.requests).toEqual([]);
  },
);
