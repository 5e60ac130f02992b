// The price names no field and no type of the schema: a new field needs a mark, and no code here.
import { readdirSync, readFileSync } from 'node:fs';
import { isInputObjectType, isInterfaceType, isObjectType, isSpecifiedScalarType } from 'graphql';
import { expect, test } from 'vitest';
import { createSchema } from '../../../src/graphql/schema.js';

const FOLDER = new URL('../../../src/graphql/pricing/', import.meta.url);

/** Names of specifications: Relay, federation, introspection. */
const OF_SPECIFICATIONS = new Set([
  ...['first', 'after', 'last', 'before', 'edges', 'node', 'nodes', 'pageInfo', 'totalCount'],
  ...['representations', 'Query', 'PageInfo', 'defaultValue'],
]);

function schemaNames(): string[] {
  const types = Object.values(createSchema({ relayNode: true }).getTypeMap());
  const ours = types.filter((type) => !type.name.startsWith('_') && !isSpecifiedScalarType(type));
  const fields = ours.flatMap((type) =>
    isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)
      ? Object.values(type.getFields())
      : [],
  );
  const args = fields.flatMap((field) => ('args' in field ? field.args : []));
  const names = [...ours, ...fields, ...args].map(({ name }) => name);
  return [...new Set(names)].filter(
    (name) => !name.startsWith('_') && !OF_SPECIFICATIONS.has(name),
  );
}

function codeOf(file: string): string {
  const text = readFileSync(new URL(file, FOLDER), 'utf8');
  return text.replaceAll(/^import [^;]*;$/gm, '').replaceAll(/\/\*\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}

test.each(readdirSync(FOLDER))('%s names nothing of the schema', (file) => {
  const code = codeOf(file);
  const texts = [...code.matchAll(/'([^'\n]*)'/g)].map(([, text]) => text);
  const words = new Set(code.match(/\w+/g));
  // Words such as `name` and `key` are also words of the code; a text, and a name of two words, would be of the schema.
  const isNamed = (name: string) =>
    texts.includes(name) || (/[a-z][A-Z]/.test(name) && words.has(name));
  expect(schemaNames().filter(isNamed)).toEqual([]);
});
