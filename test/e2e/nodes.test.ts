// Relay's node and nodes over sockets, and the schema without them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operationsAsked, withoutErrors } from '../graphql/list-answers.js';
import { modelId, numberedModels, numberedVersions } from '../graphql/numbered-registry.js';
import { type TestApp, withApp } from '../support/with-app.js';

const models = () => numberedModels(3, () => ({ versions: numberedVersions(2) }));
const open = (env = {}) => withApp({ env, sandbox: { models: models() } });

const QUERY = `query ($ids: [ID!]!) { nodes(ids: $ids) {
  __typename id ... on Model { name } ... on ModelVersion { modelId versionName }
} }`;

async function versionIdOf(app: TestApp): Promise<string> {
  const query = `{ modelVersion(modelId: "${modelId(0)}", versionName: "0.0.0") { id } }`;
  const { id } = withoutErrors(await app.query(query)).modelVersion;
  app.sandbox.reset();
  return id;
}

describe('a node', () => {
  test('is the model with that id, for one call that others share', async () => {
    await using app = await open();
    const data = withoutErrors(
      await app.query(`{
        node(id: "${modelId(1)}") { __typename id ... on Model { name } }
        model(id: "${modelId(1)}") { name }
      }`),
    );
    expect(data.node).toEqual({ __typename: 'Model', id: modelId(1), name: 'name 1' });
    expect(operationsAsked(app)).toEqual(['GetModel']);
  });

  test('is the version with that id, for one call', async () => {
    await using finder = await open();
    const id = await versionIdOf(finder);
    await using app = await open();
    const { node } = withoutErrors(
      await app.query(
        `{ node(id: "${id}") { __typename id ... on ModelVersion { modelId versionName } } }`,
      ),
    );
    expect(node).toEqual({
      ...{ __typename: 'ModelVersion', id },
      ...{ modelId: modelId(0), versionName: '0.0.0' },
    });
    expect(operationsAsked(app)).toEqual(['GetModelVersion']);
  });

  test('is read even if only its type is selected, to know whether it exists', async () => {
    await using app = await open();
    const data = withoutErrors(
      await app.query(`{ a: node(id: "${modelId(0)}") { __typename } b: node(id: "none") { id } }`),
    );
    expect(data).toEqual({ a: { __typename: 'Model' }, b: null });
    expect(operationsAsked(app)).toEqual(['GetModel', 'GetModel']);
  });

  test.each(['', '-', '../x', 'version:', 'version:abc', 'model:abc', '模型', 'm'.repeat(129)])(
    'is null, without an error or a call, for what can be no id (%j)',
    async (id) => {
      await using app = await open();
      const data = withoutErrors(
        await app.query('query ($id: ID!) { node(id: $id) { id } }', { id }),
      );
      expect(data).toEqual({ node: null });
      expect(app.sandbox.requests).toEqual([]);
    },
  );
});

describe('nodes', () => {
  test('come in the order asked for, duplicates kept, null where there is none', async () => {
    await using app = await open();
    const version = await versionIdOf(app);
    const unknown = `version:${Buffer.from(`${modelId(0)}/9.9.9`).toString('base64url')}`;
    const ids = [
      version,
      modelId(2),
      'a b',
      modelId(0),
      'model-none',
      version,
      modelId(2),
      unknown,
    ];
    const { nodes } = withoutErrors(await app.query(QUERY, { ids }));
    expect(nodes.map((node: { id: string } | null) => node?.id ?? null)).toEqual([
      ...[version, modelId(2), null, modelId(0)],
      ...[null, version, modelId(2), null],
    ]);
    expect(nodes[0]).toMatchObject({ __typename: 'ModelVersion', modelId: modelId(0) });
    expect(nodes[1]).toEqual({ __typename: 'Model', id: modelId(2), name: 'name 2' });
  });

  test('cost one call for each different id', async () => {
    await using app = await open();
    const ids = [modelId(0), modelId(1), modelId(0), 'malformed id', modelId(1)];
    withoutErrors(await app.query(QUERY, { ids }));
    expect(operationsAsked(app)).toEqual(['GetModel', 'GetModel']);
  });

  test('fail one by one', async () => {
    await using app = await open();
    app.sandbox.faults.add({
      modelId: modelId(1),
      fault: { kind: 'error', status: 403, code: 'Forbidden.RAM' },
    });
    const { data, errors } = await app.query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: [modelId(0), modelId(1), modelId(2)],
    });
    expect(data.nodes).toEqual([{ id: modelId(0) }, null, { id: modelId(2) }]);
    expect(errors).toMatchObject([{ path: ['nodes', 1], extensions: { code: 'FORBIDDEN' } }]);
  });

  test('are at most a hundred', async () => {
    await using app = await open();
    const ask = (count: number) => app.query(QUERY, { ids: Array(count).fill('malformed id') });
    expect(withoutErrors(await ask(100)).nodes).toHaveLength(100);
    expect(withoutErrors(await ask(0)).nodes).toEqual([]);
    const { data, errors } = await ask(101);
    expect(data).toEqual({ nodes: null });
    expect(errors).toMatchObject([{ path: ['nodes'], extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(errors[0]?.message).toMatch(/^ids: at most 100/);
  });
});

describe('the id of a version', () => {
  test('is the same wherever the version stands, and at every start', async () => {
    await using app = await open();
    const { model, modelVersion, models } = withoutErrors(
      await app.query(`{
        model(id: "${modelId(0)}") {
          latestVersion { id } version(name: "0.1.0") { id } versions(last: 1) { nodes { id } }
        }
        modelVersion(modelId: "${modelId(0)}", versionName: "0.1.0") { id }
        models(first: 1) { nodes { latestVersion { id } } }
      }`),
    );
    const found = [
      ...[model.latestVersion, model.version, model.versions.nodes[0]],
      ...[modelVersion, models.nodes[0].latestVersion],
    ];
    const id = `version:${Buffer.from(`${modelId(0)}/0.1.0`).toString('base64url')}`;
    expect(found).toEqual(Array(5).fill({ id }));
  });
});

describe('RELAY_NODE=off', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await open({ RELAY_NODE: 'off' });
  });
  afterAll(() => app[Symbol.asyncDispose]());

  test.each([`{ node(id: "a") { id } }`, `{ nodes(ids: ["a"]) { id } }`])(
    'knows no %s',
    async (query) => {
      const { status, errors } = await app.query(query);
      expect([status, errors[0]?.extensions.code]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
    },
  );

  test('leaves Node out of the schema and nothing else', async () => {
    const sdlOf = async ({ url }: TestApp) => (await fetch(`${url}/subgraph.graphql`)).text();
    const sdl = await sdlOf(app);
    expect(sdl).not.toMatch(/\bNode\b|\bnodes?\(/);
    expect(sdl).toMatch(/type ModelVersion\b[^{]*@key\(fields: "id"/);
    await using withNode = await open();
    const full = await sdlOf(withNode);
    expect(full).toMatch(/interface Node\b/);
    expect(full).toMatch(/type Model implements Node\b/);
    expect(full).toMatch(/type ModelVersion implements Node\b/);
    expect(full).toMatch(/\bnode\([\s\S]*\bnodes\(/);
  });

  test('still reads models, versions and references by their ids', async () => {
    const representation = { __typename: 'ModelVersion', id: await versionIdOf(app) };
    const { model, _entities } = withoutErrors(
      await app.query(
        `query ($all: [_Any!]!) {
          model(id: "${modelId(0)}") { id latestVersion { id } }
          _entities(representations: $all) { ... on ModelVersion { versionName createdAt } }
        }`,
        { all: [representation] },
      ),
    );
    expect(model.id).toBe(modelId(0));
    expect(_entities).toEqual([{ versionName: '0.0.0', createdAt: '2024-01-01T00:00:00.000Z' }]);
  });
});
