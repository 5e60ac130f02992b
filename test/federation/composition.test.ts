// The subgraph as a supergraph takes it in: alone, and beside a second one that extends its types.
import { composeServices } from '@apollo/composition';
import {
  type ConstDirectiveNode,
  type GraphQLObjectType,
  isNonNullType,
  isObjectType,
  Kind,
  parse,
  print,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { createSchema } from '../../src/graphql/schema.js';
import { withApp } from '../support/with-app.js';
import { compose, RELAY_NODE, type RelayNode, readSdl } from './engines.js';
import { startReviews } from './reviews-subgraph.js';

const schema = createSchema({ relayNode: true });
const startModels = (relayNode: RelayNode) => withApp({ env: { RELAY_NODE: relayNode } });

describe.each(RELAY_NODE)('with RELAY_NODE=%s', (relayNode) => {
  test('the subgraph alone composes, without errors and hints', async () => {
    await using models = await startModels(relayNode);
    const { supergraphSdl, errors, hints } = await compose([{ name: 'models', url: models.url }]);
    expect(errors).toBeUndefined();
    expect(hints).toEqual([]);
    expect(supergraphSdl).toContain('type Model');
  });

  test('it composes with a subgraph that extends its types and has a PageInfo of its own', async () => {
    await using models = await startModels(relayNode);
    await using reviews = await startReviews({ ownsNode: relayNode === 'off' });
    const { supergraphSdl, errors, hints } = await compose([
      { name: 'models', url: models.url },
      { name: 'reviews', url: reviews.url },
    ]);
    expect(errors).toBeUndefined();
    expect(hints).toEqual([]);
    const joins = joinedTypes(supergraphSdl ?? '');
    expect(joins.Model).toEqual(['MODELS by id', 'REVIEWS by id']);
    expect(joins.ModelVersion).toEqual([
      'MODELS by id',
      'MODELS by modelId versionName',
      relayNode === 'on' ? 'REVIEWS by modelId versionName' : 'REVIEWS by id',
    ]);
    expect(joins.PageInfo).toEqual(['MODELS', 'REVIEWS']);
    expect(joins.Node).toEqual([relayNode === 'on' ? 'MODELS' : 'REVIEWS']);
  });

  test('a gateway reads the same SDL that GET /subgraph.graphql publishes', async () => {
    await using models = await startModels(relayNode);
    const published = await fetch(`${models.url}/subgraph.graphql`);
    expect(published.status).toBe(200);
    expect(await readSdl(models.url)).toBe(await published.text());
  });

  test('the SDL names the keys and the types that may be shared', async () => {
    await using models = await startModels(relayNode);
    expect(directivesOf(await readSdl(models.url))).toMatchObject({
      Model: ['@key(fields: "id")'],
      ModelVersion: ['@key(fields: "id")', '@key(fields: "modelId versionName")'],
      PageInfo: ['@shareable'],
      Workspace: ['@key(fields: "id")', '@shareable'],
      Dataset: ['@key(fields: "id")', '@shareable'],
    });
  });
});

describe('LINKED_ENTITIES', () => {
  /** Another team owns both types, with fields that are ours, too, or its own. */
  const owner = (shareable: string, queries: string) => ({
    name: 'owner',
    url: 'http://owner.invalid',
    typeDefs: parse(`
      extend schema
        @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@shareable"])
      type Query { ${queries} }
      type Workspace @key(fields: "id") { id: ID! displayName: String ${shareable} costCentre: String }
      type Dataset @key(fields: "id") { id: ID! name: String ${shareable} licence: String }
    `),
  });

  async function composed(linked: string, other?: ReturnType<typeof owner>) {
    await using models = await withApp({ env: { LINKED_ENTITIES: linked } });
    const own = { name: 'models', url: 'http://models.invalid' };
    const typeDefs = parse(await readSdl(models.url));
    return composeServices([{ ...own, typeDefs }, ...(other ? [other] : [])]);
  }

  test.each([
    ['resolve', undefined],
    ['reference', undefined],
    ['resolve', owner('@shareable', 'workspaceCosts: Int')],
    ['reference', owner('', 'workspace(id: ID!): Workspace workspaces: [Workspace]')],
  ])('%s composes, alone and with a subgraph that has these types', async (linked, other) => {
    const { errors, hints, supergraphSdl = '' } = await composed(linked, other);
    expect(errors).toBeUndefined();
    expect(hints).toEqual([]);
    const keys = joinedTypes(supergraphSdl).Workspace;
    const own = linked === 'resolve' ? 'MODELS by id' : expect.stringContaining('MODELS');
    expect(keys).toEqual([own, ...(other ? ['OWNER by id'] : [])]);
  });

  test('reference is for a subgraph that owns them: resolve cannot share its query', async () => {
    const { errors } = await composed('resolve', owner('', 'workspace(id: ID!): Workspace'));
    expect(errors?.length).toBeGreaterThan(0);
  });

  test('reference leaves their ids alone, without a call and a price, and no queries of them', async () => {
    await using models = await withApp({ env: { LINKED_ENTITIES: 'reference' } });
    expect(directivesOf(await readSdl(models.url))).toMatchObject({
      Workspace: ['@key(fields: "id", resolvable: false)'],
      Dataset: ['@key(fields: "id", resolvable: false)'],
    });
    const query = `{ models(first: 9) { nodes { workspace { id } latestVersion {
      metricResults { dataset { dataset { id } } } } } } }`;
    const { data, extensions } = await models.query(query);
    expect(data.models.nodes[0].workspace.id).toBeTruthy();
    expect(extensions.upstream.byOperation).toEqual({ ListModels: 1 });
    const { errors } = await models.query(
      '{ workspaces { totalCount } workspace(id: "1") { id } }',
    );
    expect(errors).toHaveLength(2);
    const of = [{ __typename: 'Workspace', id: '234567' }];
    const reference = await models.query(
      'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }',
      { of },
    );
    expect(reference.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});

describe('the fields of an entity', () => {
  test('are nullable, but for its keys: an absent entity has nothing else in a gateway', () => {
    const types = Object.values(schema.getTypeMap()).filter(isObjectType);
    const entities = types.filter((type) => keyFieldsOf(type).length > 0);
    const others = entities.flatMap((type) =>
      Object.values(type.getFields())
        .filter(({ name }) => !keyFieldsOf(type).includes(name))
        .map((field) => ({ name: `${type.name}.${field.name}`, type: field.type })),
    );
    expect(others.length).toBeGreaterThan(50);
    expect(others.filter(({ type }) => isNonNullType(type))).toEqual([]);
  });

  test('say at the end of their descriptions which part of PAI they come from', () => {
    const made = ['ModelVersion.id', 'ModelVersion.model', 'Model.versions', 'Model.version'];
    for (const name of [
      'Model',
      'ModelVersion',
      'Workspace',
      'Dataset',
      'ModelExtraInfo',
      'ModelVersionExtraInfo',
    ]) {
      const type = schema.getType(name);
      if (!isObjectType(type)) throw new Error(`There is no type ${name}.`);
      for (const field of Object.values(type.getFields())) {
        if (made.includes(`${name}.${field.name}`)) continue;
        expect.soft(field.description, `${name}.${field.name}`).toMatch(/\(PAI\s[^()]+\)\.$/);
      }
    }
  });
});

function keyFieldsOf({ astNode }: GraphQLObjectType): string[] {
  return (astNode?.directives ?? [])
    .filter(({ name }) => name.value === 'key')
    .flatMap((directive) => fieldsTextOf(directive).split(' '));
}

function fieldsTextOf({ arguments: given = [] }: ConstDirectiveNode): string {
  const fields = given.find(({ name }) => name.value === 'fields')?.value;
  return fields?.kind === Kind.STRING ? fields.value : '';
}

describe('the tags of fields, for contracts', () => {
  const USERS = ['Model', 'ModelVersion'].flatMap((type) => [`${type}.userId`, `${type}.ownerId`]);
  const WHOLE = ['Model.raw', 'ModelVersion.raw'];

  test.each([
    // An object as PAI sent it holds the ids of its account and user, too.
    ['pii', [...USERS, ...WHOLE]],
    [
      'raw',
      [
        ...WHOLE,
        'Metric.raw',
        'ModelExtraInfo.raw',
        'ModelVersion.metricsRaw',
        'ModelVersionExtraInfo.raw',
      ],
    ],
  ])('say %s in the subgraph and in the supergraph', async (tag, expected) => {
    await using models = await startModels('on');
    const { supergraphSdl = '' } = await compose([{ name: 'models', url: models.url }]);
    for (const sdl of [await readSdl(models.url), supergraphSdl]) {
      expect(taggedFields(sdl, tag).toSorted()).toEqual(expected.toSorted());
    }
  });
});

describe('the Relay parts', () => {
  const NODE = '{ node(id: "model-none") { id } nodes(ids: []) { id } }';
  const TYPES = `{
    node: __type(name: "Node") { kind }
    model: __type(name: "Model") { interfaces { name } }
    version: __type(name: "ModelVersion") { interfaces { name } }
    query: __type(name: "Query") { fields { name } }
  }`;

  test('are in the schema and in its SDL', async () => {
    await using models = await startModels('on');
    const { data } = await models.query(TYPES);
    expect(data.node).toEqual({ kind: 'INTERFACE' });
    expect(data.model.interfaces).toEqual([{ name: 'Node' }]);
    expect(data.version.interfaces).toEqual([{ name: 'Node' }]);
    expect(await readSdl(models.url)).toMatch(/\binterface Node\b/);
    expect((await models.query(NODE)).data).toEqual({ node: null, nodes: [] });
  });

  test('are in neither with RELAY_NODE=off', async () => {
    await using models = await startModels('off');
    const { data } = await models.query(TYPES);
    expect(data.node).toBeNull();
    expect(data.model.interfaces).toEqual([]);
    expect(data.version.interfaces).toEqual([]);
    expect(data.query.fields.map(({ name }: { name: string }) => name)).toEqual([
      'model',
      'modelsByIds',
      'models',
      'modelVersion',
      'workspace',
      'workspaces',
    ]);
    const published = await fetch(`${models.url}/subgraph.graphql`);
    for (const sdl of [await readSdl(models.url), await published.text()]) {
      expect(sdl).not.toMatch(/\bNode\b|\bnodes?\(/);
    }
    const { status, errors } = await models.query(NODE);
    expect(status).toBe(400);
    expect(errors.map(({ extensions }) => extensions.code)).toEqual([
      'GRAPHQL_VALIDATION_FAILED',
      'GRAPHQL_VALIDATION_FAILED',
    ]);
  });

  test('cannot be of two subgraphs, which is what RELAY_NODE=off is for', async () => {
    await using models = await startModels('on');
    await using reviews = await startReviews({ ownsNode: true });
    const { errors } = await compose([
      { name: 'models', url: models.url },
      { name: 'reviews', url: reviews.url },
    ]);
    expect(errors?.map(({ message }) => message)).toEqual([
      expect.stringContaining('Non-shareable field "Query.node"'),
    ]);
  });
});

function taggedFields(sdl: string, tag: string): string[] {
  return parse(sdl).definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return [];
    const fields = (definition.fields ?? []).filter(({ directives }) =>
      directives?.some((directive) => print(directive) === `@tag(name: "${tag}")`),
    );
    return fields.map(({ name }) => `${definition.name.value}.${name.value}`);
  });
}

interface TypeDirective {
  readonly type: string;
  readonly name: string;
  readonly args: Readonly<Record<string, string>>;
  readonly text: string;
}

function typeDirectives(sdl: string): TypeDirective[] {
  return parse(sdl).definitions.flatMap((definition) => {
    const isType =
      definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
      definition.kind === Kind.INTERFACE_TYPE_DEFINITION;
    if (!isType) return [];
    return (definition.directives ?? []).map((directive) => ({
      type: definition.name.value,
      name: directive.name.value,
      args: Object.fromEntries(
        (directive.arguments ?? []).map(({ name, value }) => [name.value, print(value)]),
      ),
      text: print(directive),
    }));
  });
}

function byType(entries: readonly (readonly [string, string])[]): Record<string, string[]> {
  const result: Record<string, string[]> = {};
  for (const [type, text] of entries) result[type] = [...(result[type] ?? []), text];
  return result;
}

function directivesOf(sdl: string) {
  const ofFederation = typeDirectives(sdl).filter(({ name }) => name !== 'upstream');
  return byType(ofFederation.map(({ type, text }) => [type, text]));
}

/** By which subgraphs each type of a supergraph is known, and by which keys. */
function joinedTypes(supergraphSdl: string) {
  const joins = typeDirectives(supergraphSdl).filter(({ name }) => name === 'join__type');
  return byType(
    joins.map(({ type, args }) => [
      type,
      args.key === undefined ? `${args.graph}` : `${args.graph} by ${JSON.parse(args.key)}`,
    ]),
  );
}
