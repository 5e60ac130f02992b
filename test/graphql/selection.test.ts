// The fields that count as selected: fragments, directives, aliases, and fields of another type.
import { buildSchema, type GraphQLResolveInfo, graphql } from 'graphql';
import { describe, expect, test } from 'vitest';
import { selectedFields } from '../../src/graphql/selection.js';

const schema = buildSchema(`
  interface Named { name: String }
  interface Counted { count: Int }
  type Dog implements Named { name: String barks: Int owner: Dog }
  type Cat implements Named & Counted { name: String count: Int lives: Int }
  union Pet = Dog | Cat
  type Query { dog: Dog pet: Pet named: Named }
`);

/** The selection that the resolver of the query's one field sees. */
async function selected(
  query: string,
  variables: Record<string, unknown> = {},
  typeName?: string,
): Promise<string[]> {
  const seen: ReadonlySet<string>[] = [];
  const see = (_args: unknown, _context: unknown, info: GraphQLResolveInfo) => {
    seen.push(selectedFields(info, typeName));
    return null;
  };
  const rootValue = { dog: see, pet: see, named: see };
  const { errors } = await graphql({ schema, source: query, rootValue, variableValues: variables });
  expect(errors).toBeUndefined();
  expect(seen).toHaveLength(1);
  return [...(seen[0] ?? [])].sort();
}

describe('the selected fields', () => {
  test.each([
    ['are those of the selection', '{ dog { name barks } }', ['barks', 'name']],
    ['go by their names and not by their aliases', '{ dog { barks: name } }', ['name']],
    ['are not those further down', '{ dog { owner { name } } }', ['owner']],
    [
      'are those of an inline fragment',
      '{ dog { ... { name } ... on Dog { barks } } }',
      ['barks', 'name'],
    ],
    [
      'are those of fragments inside fragments',
      '{ dog { ...A } } fragment A on Dog { name ...B } fragment B on Dog { barks }',
      ['barks', 'name'],
    ],
    [
      'are those of every mention of the field',
      '{ dog { name } dog { barks } }',
      ['barks', 'name'],
    ],
    ['are __typename too', '{ dog { __typename } }', ['__typename']],
  ])('%s', async (_, query, expected) => {
    expect(await selected(query)).toEqual(expected);
  });

  test.each([
    ['a field', '{ dog { name barks @include(if: $on) owner @skip(if: $on) { name } } }'],
    [
      'an inline fragment',
      '{ dog { name ... @include(if: $on) { barks } ... @skip(if: $on) { owner { name } } } }',
    ],
    [
      'a spread',
      `{ dog { name ...B @include(if: $on) ...O @skip(if: $on) } }
       fragment B on Dog { barks } fragment O on Dog { owner { name } }`,
    ],
  ])('follow @include and @skip with a variable on %s', async (_, body) => {
    const query = `query ($on: Boolean!) ${body}`;
    expect(await selected(query, { on: true })).toEqual(['barks', 'name']);
    expect(await selected(query, { on: false })).toEqual(['name', 'owner']);
  });

  test('need both directives to agree', async () => {
    const query =
      'query ($a: Boolean!, $b: Boolean!) { dog { name barks @skip(if: $a) @include(if: $b) } }';
    expect(await selected(query, { a: false, b: true })).toEqual(['barks', 'name']);
    expect(await selected(query, { a: true, b: true })).toEqual(['name']);
    expect(await selected(query, { a: false, b: false })).toEqual(['name']);
  });

  test('count a field that is left out here and selected there', async () => {
    expect(await selected('{ dog { name @skip(if: true) ... { name } } }')).toEqual(['name']);
  });

  test('the selected fields of an abstract type are those of the type that is asked about and its interfaces', async () => {
    const query = `{ pet {
      __typename
      ... on Dog { barks }
      ... on Cat { lives }
      ... on Named { name }
      ... on Counted { count }
    } }`;
    expect(await selected(query, {}, 'Dog')).toEqual(['__typename', 'barks', 'name']);
    expect(await selected(query, {}, 'Cat')).toEqual(['__typename', 'count', 'lives', 'name']);
    expect(await selected(query)).toHaveLength(5);
  });
});
