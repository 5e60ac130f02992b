// Variables are coerced as graphql-js coerces them: it is the reference for the values that are right.
import fc from 'fast-check';
import { getVariableValues, type OperationDefinitionNode, parse } from 'graphql';
import { expect, test } from 'vitest';
import { AppError } from '../../../src/domain/errors.js';
import { coerceVariables } from '../../../src/graphql/limits/coerce-variables.js';
import { createSchema } from '../../../src/graphql/schema.js';

const schema = createSchema({ relayNode: true });
const OPERATION = operationOf(`query (
  $id: ID!, $ids: [ID!], $count: Int = 3, $flag: Boolean! = true,
  $filter: ModelFilter, $order: [ModelOrder], $any: [_Any!]
) { __typename }`);

function operationOf(text: string): OperationDefinitionNode {
  const [operation] = parse(text).definitions;
  if (operation?.kind !== 'OperationDefinition') throw new Error('It is not an operation.');
  return operation;
}

const json = fc.jsonValue({ maxDepth: 3 });
const texts = fc.oneof(fc.string(), json);
const tag = fc.record({ key: texts, value: texts, nope: json }, { requiredKeys: [] });
const filter = fc.record(
  { task: texts, tags: fc.oneof(tag, fc.array(fc.oneof(tag, json))), nope: json },
  { requiredKeys: [] },
);
const order = fc.record(
  {
    field: fc.constantFrom('CREATED_AT', 'NAME', 1, null),
    direction: fc.constantFrom('ASC', 'UP', null),
  },
  { requiredKeys: [] },
);
const variables = fc.record(
  {
    id: fc.oneof(fc.string(), fc.integer(), json),
    ids: fc.oneof(fc.array(fc.string()), fc.string(), json),
    count: fc.oneof(fc.integer(), fc.double(), json),
    flag: fc.oneof(fc.boolean(), json),
    filter: fc.oneof(filter, json),
    order: fc.oneof(order, fc.array(fc.oneof(order, json)), json),
    any: json,
    undeclared: json,
  },
  { requiredKeys: [] },
);

test('values that graphql-js accepts give the same values here, and all others are refused', () => {
  const declared = OPERATION.variableDefinitions ?? [];
  fc.assert(
    fc.property(variables, (given) => {
      const { coerced } = getVariableValues(schema, declared, given, { maxErrors: 1 });
      if (coerced !== undefined) {
        expect(coerceVariables(schema, OPERATION, given)).toEqual(coerced);
        return;
      }
      expect(() => coerceVariables(schema, OPERATION, given)).toThrow(AppError);
    }),
    { numRuns: 500 },
  );
});

test('a message never repeats the value, and names are cut', () => {
  const secret = 'x'.repeat(10_000);
  for (const given of [
    { id: { [secret]: secret } },
    { id: 'a', filter: { [secret]: 1 } },
    { id: 'a', filter: { tags: [{ key: [secret] }] } },
    { id: 'a', count: secret },
  ]) {
    try {
      coerceVariables(schema, OPERATION, given);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      expect(String(error).length).toBeLessThan(300);
    }
  }
});
