// The schema's @upstream marks and the price rules say the same of every field.

import { readdirSync, readFileSync } from 'node:fs';
import { Kind, parse, type ValueNode, visit } from 'graphql';
import { expect, test } from 'vitest';
import { priceOperation } from '../../../src/graphql/price/price-operation.js';
import { RULES } from '../../../src/graphql/price/rules.js';
import { createSchema } from '../../../src/graphql/schema.js';

const FOLDER = new URL('../../../schema/', import.meta.url);

/** The mark of each field, by its coordinate. */
function marks(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.graphql'))) {
    const document = parse(readFileSync(new URL(file, FOLDER), 'utf8'));
    for (const definition of document.definitions) {
      if (
        definition.kind !== Kind.OBJECT_TYPE_DEFINITION &&
        definition.kind !== Kind.OBJECT_TYPE_EXTENSION
      )
        continue;
      visit(definition, {
        FieldDefinition({ name, directives = [] }) {
          const mark = directives.find((directive) => directive.name.value === 'upstream');
          const [argument] = mark?.arguments ?? [];
          if (argument === undefined) return;
          found.set(`${definition.name.value}.${name.value}`, textsOf(argument.value));
        },
      });
    }
  }
  return found;
}

function textsOf(value: ValueNode): string[] {
  if (value.kind === Kind.LIST) return value.values.flatMap(textsOf);
  return value.kind === Kind.STRING ? [value.value] : [];
}

const VERSION_ID = 'version:bW9kZWwtMS8wLjEuMA';
/** One operation for each rule, and the cost of its parents. */
const SAMPLES: Record<string, readonly [query: string, parents: readonly string[]]> = {
  'Query.model': ['{ model(id: "model-1") { id } }', []],
  'Query.modelsByIds': ['{ modelsByIds(ids: ["model-1"]) { id } }', []],
  'Query.models': ['{ models { nodes { id } } }', []],
  'Query.modelVersion': ['{ modelVersion(modelId: "model-1", versionName: "0.1.0") { id } }', []],
  'Query.node': [`{ a: node(id: "model-1") { id } b: node(id: "${VERSION_ID}") { id } }`, []],
  'Query.nodes': [`{ nodes(ids: ["model-1", "${VERSION_ID}"]) { id } }`, []],
  'Model.version': ['{ model(id: "model-1") { version(name: "0.1.0") { id } } }', ['GetModel']],
  'Model.versions': ['{ model(id: "model-1") { versions { nodes { id } } } }', ['GetModel']],
  'Model.metricHistory': [
    '{ model(id: "model-1") { metricHistory(metric: "cer") { value } } }',
    ['GetModel'],
  ],
  'ModelVersion.model': [
    `{ modelVersion(modelId: "model-1", versionName: "0.1.0") { model { id } } }`,
    ['GetModelVersion'],
  ],
};

function operationsOf(query: string): string[] {
  const document = parse(query);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('It is no operation.');
  const cap = 100;
  const calls = priceOperation(
    { schema: createSchema({ relayNode: true }), document, operation, coerced: {} },
    {
      caps: { ListModels: cap, ListModelVersions: cap },
      workspaces: null,
      limits: { ids: 1000, rows: 10_000, representations: 1000 },
    },
  );
  return calls.map(({ operation: name }) => name);
}

test('the marked fields are those with a rule, but for the one that is free', () => {
  const { 'Model.latestVersion': free, ...rules } = RULES;
  expect(free).toBeDefined();
  expect([...marks().keys()].sort()).toEqual(Object.keys(rules).sort());
  expect(Object.keys(SAMPLES).sort()).toEqual(Object.keys(rules).sort());
});

test.each(Object.entries(SAMPLES))(
  '%s costs the operations of its mark',
  (field, [query, parents]) => {
    const own = operationsOf(query).filter((name) => !parents.includes(name));
    expect(own.sort()).toEqual(marks().get(field)?.toSorted());
  },
);

test('a version that comes with its model is free', () => {
  expect(operationsOf('{ model(id: "model-1") { latestVersion { id model { id } } } }')).toEqual([
    'GetModel',
  ]);
});
