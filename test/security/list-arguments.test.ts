// Every list argument of the schema is bounded, also one that a later field brings: the schema itself is walked.
import {
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isListType,
  isObjectType,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { createSchema } from '../../src/graphql/schema.js';
import { DOCUMENTED_ID, withApp } from '../support/with-app.js';

const schema = createSchema({ relayNode: true });

/** A query that selects a field of each type that has arguments. */
const WITHIN: Readonly<Record<string, (field: string) => string>> = {
  Query: (field) => `{ ${field} }`,
  Model: (field) => `{ model(id: "${DOCUMENTED_ID}") { ${field} } }`,
  ModelConnection: (field) => `{ models(first: 0) { ${field} } }`,
  Workspace: (field) => `{ workspace(id: "234567") { ${field} } }`,
  ModelVersion: (field) => `{ model(id: "${DOCUMENTED_ID}") { latestVersion { ${field} } } }`,
};

/** An item of each input type. */
const ITEMS: Readonly<Record<string, string>> = {
  ID: '"model-1"',
  String: '"text"',
  ModelFacetField: 'TASK',
  TagInput: '{key: "k"}',
  ModelConditionInput: '{column: "c", operator: "o", value: "1"}',
};

interface ListArgument {
  readonly name: string;
  readonly query: (count: number) => string;
}

function* listArguments(): Generator<ListArgument> {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      // The references of a gateway have a limit of their own.
      if (field.name === '_entities') continue;
      const below = isCompositeType(getNamedType(field.type)) ? '{ __typename }' : '';
      for (const argument of field.args) {
        for (const [path, write] of listsIn(argument.type)) {
          yield {
            name: `${type.name}.${field.name}(${argument.name}${path})`,
            query: (count) =>
              WITHIN[type.name]?.(`${field.name}(${argument.name}: ${write(count)}) ${below}`) ??
              `no query for ${type.name}`,
          };
        }
      }
    }
  }
}

type Write = (count: number) => string;

function* listsIn(type: GraphQLInputType): Generator<[string, Write]> {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const item = ITEMS[getNamedType(type).name] ?? 'no item';
    yield ['', (count) => `[${Array(count).fill(item).join(' ')}]`];
  }
  if (!isInputObjectType(nullable)) return;
  for (const field of Object.values(nullable.getFields())) {
    for (const [path, write] of listsIn(field.type)) {
      yield [`.${field.name}${path}`, (count) => `{${field.name}: ${write(count)}}`];
    }
  }
}

describe('a list argument holds at most 100 items', () => {
  test.each([...listArguments()])('$name', async ({ query }) => {
    await using app = await withApp();
    const within = await app.query(query(100));
    expect(within.errors.filter(({ message }) => message.includes('items'))).toEqual([]);
    expect(within.status).toBe(200);
    app.sandbox.reset();
    const over = await app.query(query(101));
    expect(over.errors).toHaveLength(1);
    expect(over.errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(over.errors[0]?.message).toContain('at most 100 items are allowed, got 101');
    expect(app.sandbox.requests.filter(({ operation }) => operation === 'ListModels')).toEqual([]);
  });
});
