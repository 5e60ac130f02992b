// The marks of the schema are true: each field of each type makes the calls that its @upstream names, and no others.
import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isEnumType,
  isIntrospectionType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { versionId } from '../../../src/domain/ids.js';
import { createSchema } from '../../../src/graphql/schema.js';
import { registryModels } from '../../support/random-operation.js';
import { type TestApp, withApp } from '../../support/with-app.js';
import { modelId, versionName } from '../numbered-registry.js';

type Field = GraphQLField<unknown, unknown>;

const schema = createSchema({ relayNode: true });
const ID = modelId(60);
/** Not the newest, which comes with its model. */
const NAME = versionName(0);
const VERSION_ID = versionId(ID, NAME);
const ARGUMENTS: Readonly<Record<string, unknown>> = {
  id: ID,
  modelId: ID,
  versionName: NAME,
  name: NAME,
  key: 'env',
  metric: 'cer',
  fields: ['TASK'],
};

let app: TestApp;
beforeAll(async () => {
  app = await withApp({
    env: { UPSTREAM_LIST_BATCHING: 'off', UPSTREAM_RATE_PER_SECOND: '10000' },
    sandbox: {
      models: registryModels().map((one) => ({
        ...one,
        model: { ...one.model, WorkspaceId: ID },
        versions: one.versions.map((version) => ({
          ...version,
          Metrics: { Results: [{ Dataset: { DatasetId: 'd-1' }, Metrics: { cer: 1 } }] },
        })),
      })),
      workspaces: [{ WorkspaceId: ID }],
      datasets: [{ DatasetId: 'd-1', WorkspaceId: ID }],
    },
  });
});
afterAll(() => app[Symbol.asyncDispose]());

/** The field with its required arguments, and all leaves below it. */
function select(field: Field, below: string | null, id: string = ID): string {
  const args = field.args
    .filter(isRequiredArgument)
    .map(({ name, type }) => `${name}: ${written(type, { ...ARGUMENTS, id, ids: [id] }[name])}`);
  const given = args.length > 0 ? `(${args.join(', ')})` : '';
  return `${field.name}${given} ${below ?? leavesOf(field)}`;
}

/** Names of enums have no quotes. */
function written(type: GraphQLInputType, value: unknown): string {
  const text = JSON.stringify(value);
  return isEnumType(getNamedType(type)) ? text.replaceAll('"', '') : text;
}

function leavesOf(field: Field, depth = 1): string {
  const named = getNamedType(field.type);
  if (isLeafType(named)) return '';
  if (isAbstractType(named))
    return '{ __typename ... on Model { name } ... on ModelVersion { uri } }';
  if (!isObjectType(named)) throw new Error(`${field.name} has no fields.`);
  const fields = Object.values(named.getFields()).flatMap((inner) => {
    if (isLeafType(getNamedType(inner.type)))
      return inner.args.some(isRequiredArgument) ? [] : [inner.name];
    return inner.name === 'nodes' && depth > 0 ? [`nodes ${leavesOf(inner, depth - 1)}`] : [];
  });
  return `{ __typename ${fields.join(' ')} }`;
}

/** The fields that lead to each type, from the root: the shortest way. */
function waysTo(): ReadonlyMap<string, readonly Field[]> {
  const root = schema.getQueryType();
  if (!root) throw new Error('There are no queries.');
  const ways = new Map<string, readonly Field[]>([[root.name, []]]);
  for (const [name, way] of ways) {
    const type = schema.getType(name);
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const below = getNamedType(field.type);
      if (isObjectType(below) && !ways.has(below.name) && !field.name.startsWith('_')) {
        ways.set(below.name, [...way, field]);
      }
    }
  }
  return ways;
}

async function operationsOf(query: string): Promise<string[]> {
  const { errors, extensions } = await app.query(query, {}, { 'cache-control': 'no-cache' });
  expect([query, errors]).toEqual([query, []]);
  return Object.keys(extensions.upstream.byOperation);
}

const around = (way: readonly Field[], inner: string) =>
  way.reduceRight((below, field) => `{ ${select(field, below)} }`, `{ ${inner} }`);

function marksOf({ astNode }: Field | GraphQLObjectType): string[] {
  return (astNode?.directives ?? [])
    .filter(({ name }) => name.value === 'upstream')
    .flatMap(({ arguments: given = [] }) => given)
    .flatMap(({ name, value }) =>
      name.value === 'operation' && value.kind === 'StringValue' ? [value.value] : [],
    );
}

const FIELDS = [...waysTo()].flatMap(([name, way]) => {
  const type = schema.getType(name);
  if (!isObjectType(type) || isIntrospectionType(type)) return [];
  const fields = Object.values(type.getFields()).filter(({ name }) => !name.startsWith('_'));
  return fields.map((field): [string, readonly Field[], Field] => [
    `${type.name}.${field.name}`,
    way,
    field,
  ]);
});

test('every type is reached, and every mark', () => {
  expect(FIELDS.length).toBeGreaterThan(100);
  expect(FIELDS.filter(([, , field]) => marksOf(field).length > 0)).toHaveLength(18);
});

test.each(FIELDS)('%s makes the calls of its marks', async (_, way, field) => {
  const last = way.at(-1);
  const parent = last === undefined ? '__typename' : select(last, null);
  // The leaves of a connection may make the call that a marked field beside them makes.
  const isMarked = marksOf(field).length > 0;
  const beside = isMarked ? around(way, '__typename') : around(way.slice(0, -1), parent);
  const before = await operationsOf(beside);
  const ids = marksOf(field).length > 1 ? [ID, VERSION_ID] : [ID];
  const made = await Promise.all(
    ids.map((id) => operationsOf(around(way, select(field, null, id)))),
  );
  const own = new Set(made.flat().filter((operation) => !before.includes(operation)));
  expect([...own].sort()).toEqual(marksOf(field).sort());
});

test.each([
  ['Model', { id: ID }],
  ['ModelVersion', { id: VERSION_ID }],
  ['ModelVersion', { modelId: ID, versionName: NAME }],
  ['Workspace', { id: ID }],
  ['Dataset', { id: 'd-1' }],
])('a reference to %s by %o makes the call of its mark', async (name, key) => {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`There is no type ${name}.`);
  const representation = Object.entries(key).map(([part, value]) => `${part}: "${value}"`);
  const query = `{ _entities(representations: [{ __typename: "${name}", ${representation} }]) {
    ... on Model { name } ... on ModelVersion { uri } ... on Workspace { displayName } ... on Dataset { name }
  } }`;
  expect(await operationsOf(query)).toEqual([...new Set(marksOf(type))]);
});
