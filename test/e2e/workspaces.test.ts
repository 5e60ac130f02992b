// A caller with workspaces: models outside them are as if they did not exist, on every path to them.
import { describe, expect, test, vi } from 'vitest';
import type { SandboxModel } from '../../sandbox/sandbox.js';
import { numberedVersions, range } from '../graphql/numbered-registry.js';
import { aFile } from '../support/a-file.js';
import { apiKeys, byKey, keysEnv } from '../support/callers.js';
import { type GraphqlAnswer, type TestApp, withApp } from '../support/with-app.js';

vi.setConfig({ maxConcurrency: 6 });

const MINE = 'model-mine';
const THEIRS = 'model-theirs';
const HOMELESS = 'model-homeless';
const ABSENT = 'model-absent';

function aModel(id: string, workspaceId: string | null, index = 0): SandboxModel {
  return {
    listedWithoutProvider: true,
    model: {
      ...{ ModelId: id, ModelName: `the name of ${id}`, Accessibility: 'PUBLIC' },
      GmtCreateTime: new Date(Date.UTC(2024, 0, 1) + index * 60_000).toISOString(),
      ...(workspaceId !== null && { WorkspaceId: workspaceId }),
    },
    versions: numberedVersions(2, (version) => ({
      VersionDescription: `version ${version} of ${id}`,
      Metrics: { Results: [{ Dataset: { DatasetId: 'd-1' }, Metrics: { cer: 0.5 } }] },
    })),
  };
}

const models = [
  ...[aModel(MINE, 'ws-mine'), aModel(THEIRS, 'ws-theirs'), aModel(HOMELESS, null)],
  ...range(0, 40).map((index) =>
    aModel(`model-${index}`, index % 2 === 0 ? 'ws-mine' : 'ws-theirs', index + 1),
  ),
];

async function open() {
  const keys = await aFile(
    apiKeys({
      ...{ me: ['ws-mine'], both: ['ws-theirs', 'ws-mine'], none: [], all: null },
      again: ['ws-mine', 'ws-mine'],
    }),
  );
  const app = await withApp({
    sandbox: { models },
    env: { ...keysEnv(keys), UPSTREAM_RATE_PER_SECOND: '1000' },
    // Ages are compared to the second.
    isClockStill: true,
  });
  return {
    ...app,
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await keys[Symbol.asyncDispose]();
    },
  };
}

type Variables = Record<string, unknown>;
const as =
  (app: TestApp, client: string, headers: Record<string, string> = {}) =>
  (query: string, variables: Variables = {}): Promise<GraphqlAnswer> =>
    app.query(query, variables, { ...byKey(client), ...headers });

/** References of which only keys are wanted are echoed, whether there is such a version or not. */
async function versionId(app: TestApp, modelId: string): Promise<string> {
  const query =
    'query ($of: [_Any!]!) { _entities(representations: $of) { ... on ModelVersion { id } } }';
  const of = [{ __typename: 'ModelVersion', modelId, versionName: '0.1.0' }];
  return (await as(app, 'all')(query, { of })).data._entities[0].id;
}

const VERSION_FIELDS = 'description model { name latestVersion { description } }';
const MODEL_FIELDS = `name latestVersion { ${VERSION_FIELDS} } versions { nodes { description } }
  metricHistory(metric: "cer") { value } version(name: "0.0.0") { description }`;

/** Every way to one model or version: `$id` is the model's, `$version` its version's global id. */
const PATHS: Readonly<Record<string, string>> = {
  model: `query ($id: ID!) { it: model(id: $id) { ${MODEL_FIELDS} } }`,
  modelsByIds: `query ($id: ID!) { it: modelsByIds(ids: [$id]) { ${MODEL_FIELDS} } }`,
  node: `query ($id: ID!) { it: node(id: $id) { id ... on Model { ${MODEL_FIELDS} } } }`,
  nodes: `query ($id: ID!) { it: nodes(ids: [$id]) { id ... on Model { name } } }`,
  reference: `query ($of: [_Any!]!) { it: _entities(representations: $of) { ... on Model { ${MODEL_FIELDS} } } }`,
  'reference through its interface': `query ($of: [_Any!]!) {
    it: _entities(representations: $of) { ... on Node { id ... on Model { versions { nodes { description } } } } } }`,
  modelVersion: `query ($id: ID!) { it: modelVersion(modelId: $id, versionName: "0.1.0") { ${VERSION_FIELDS} } }`,
  'node of a version': `query ($version: ID!) { it: node(id: $version) { ... on ModelVersion { ${VERSION_FIELDS} } } }`,
  'reference of a version': `query ($ofVersion: [_Any!]!) {
    it: _entities(representations: $ofVersion) { ... on ModelVersion { ${VERSION_FIELDS} } } }`,
  'reference of a version by its keys': `query ($ofKeys: [_Any!]!) {
    it: _entities(representations: $ofKeys) { ... on ModelVersion { ${VERSION_FIELDS} } } }`,
};

function variablesFor(query: string, id: string, version: string): Variables {
  const all: Variables = {
    ...{ id, version, of: [{ __typename: 'Model', id }] },
    ofVersion: [{ __typename: 'ModelVersion', id: version }],
    ofKeys: [{ __typename: 'ModelVersion', modelId: id, versionName: '0.1.0' }],
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => query.includes(`$${name}:`)));
}

/** All of an answer that may differ only with what there is. */
function toldBy({ status, headers, data, errors, extensions }: GraphqlAnswer) {
  const { upstream = {}, explain } = extensions ?? {};
  const cacheControl = headers.get('cache-control');
  // What is left of the account's quota is less after each question.
  const quota = upstream.quota && { ...upstream.quota, available: 0 };
  const cost = { ...upstream, waitMs: 0, quota };
  return { status, cacheControl, data, errors, upstream: cost, explain };
}

/** With one name for the model, and one for any version of it. */
const renamed = (value: unknown, id: string): unknown =>
  JSON.parse(
    JSON.stringify(value)
      .replaceAll(id, 'MODEL')
      .replace(/version:[\w-]+/g, 'VERSION'),
  );

describe.concurrent.each(Object.entries(PATHS))('%s', (_, query) => {
  test('shows models within, and nothing of models outside', async () => {
    await using app = await open();
    const mine = await as(app, 'me')(query, variablesFor(query, MINE, await versionId(app, MINE)));
    expect(mine.errors).toEqual([]);
    expect(JSON.stringify(mine.data)).toContain(`of ${MINE}`);
    for (const id of [THEIRS, HOMELESS]) {
      const variables = variablesFor(query, id, await versionId(app, id));
      // Others have read it before: their cache is not the caller's.
      expect(JSON.stringify((await as(app, 'all')(query, variables)).data)).toContain(`of ${id}`);
      for (const client of ['me', 'none', ...(id === HOMELESS ? ['both'] : [])]) {
        const { data, errors } = await as(app, client)(query, variables);
        expect(errors).toEqual([]);
        // A version that is not there is answered with its keys alone, and none is selected here.
        const stub = { description: null, model: null };
        expect([null, [null], [stub]]).toContainEqual(data.it);
      }
    }
  });

  test('shows no difference between a hidden and an absent model: not by age, cost, price or headers', async () => {
    await using app = await open();
    const [hidden, absent] = await Promise.all([versionId(app, THEIRS), versionId(app, ABSENT)]);
    const ask = async (id: string, version: string, headers: Record<string, string>) => {
      const answer = await as(app, 'me', headers)(query, variablesFor(query, id, version));
      return renamed(toldBy(answer), id);
    };
    const explain = { 'x-upstream-explain': 'true' };
    const steps: (Record<string, string> | number)[] = [
      ...[explain, {}, explain, {}, 4000, explain, {}, 3000, explain, {}, {}],
      ...[
        { 'cache-control': 'no-cache' },
        40_000,
        explain,
        {},
        explain,
        { 'x-upstream-budget': '1' },
      ],
    ];
    for (const step of steps) {
      if (typeof step === 'number') app.passes(step);
      else expect(await ask(THEIRS, hidden, step)).toEqual(await ask(ABSENT, absent, step));
    }
  });

  test('is null where PAI itself refuses the workspace, as if it did not exist', async () => {
    await using app = await open();
    const [hidden, absent] = await Promise.all([versionId(app, THEIRS), versionId(app, ABSENT)]);
    const refusal = { kind: 'error', status: 404, code: '100700008' } as const;
    app.sandbox.faults.add({ modelId: THEIRS, fault: refusal });
    const ask = async (id: string, version: string) => {
      const answer = await as(app, 'me')(query, variablesFor(query, id, version));
      return renamed(toldBy(answer), id);
    };
    for (const _ of range(0, 2)) {
      expect(await ask(THEIRS, hidden)).toEqual(await ask(ABSENT, absent));
    }
    // A caller that sees all gets the error: the service's credentials lack a permission.
    const { errors } = await as(app, 'all')(`{ model(id: "${THEIRS}") { name } }`);
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
  });
});

const LIST = `query ($filter: ModelFilter, $first: Int, $after: String) {
  models(filter: $filter, first: $first, after: $after) {
    totalCount nodes { id name workspaceId } pageInfo { hasNextPage hasPreviousPage endCursor } } }`;

describe.concurrent('a list', () => {
  test('a list of a caller with one workspace is that workspace’s, said or not', async () => {
    await using app = await open();
    for (const filter of [null, {}, { workspaceId: 'ws-mine' }]) {
      const { data, errors } = await as(app, 'me')(LIST, { filter, first: 100 });
      expect(errors).toEqual([]);
      expect(data.models.totalCount).toBe(21);
      expect(new Set(data.models.nodes.map((node: Variables) => node.workspaceId))).toEqual(
        new Set(['ws-mine']),
      );
    }
    expect(app.sandbox.requests.map(({ query }) => query.WorkspaceId)).toEqual(['ws-mine']);
    expect((await as(app, 'again')(LIST)).extensions.upstream.calls).toBe(1);
  });

  test('a list of a workspace outside is empty, with any other arguments, without a call', async () => {
    await using app = await open();
    const outside: [string, Variables][] = [
      ['me', { filter: { workspaceId: 'ws-theirs' } }],
      ['me', { filter: { workspaceId: 'ws-mine ' } }],
      ['both', { filter: { workspaceId: 'ws-nobody' } }],
      ['none', {}],
      ['none', { filter: { workspaceId: 'ws-mine' } }],
    ];
    for (const [client, variables] of outside) {
      const { data, errors, extensions } = await as(app, client)(LIST, variables);
      expect([client, variables, errors]).toEqual([client, variables, []]);
      expect(data.models).toEqual({
        ...{ totalCount: 0, nodes: [] },
        pageInfo: { hasNextPage: false, hasPreviousPage: false, endCursor: null },
      });
      expect(extensions.upstream.calls).toBe(0);
      const explained = await as(app, client, { 'x-upstream-explain': 'true' })(LIST, variables);
      expect(explained.extensions.explain).toMatchObject({ calls: [], expected: 0 });
    }
    expect(app.sandbox.requests).toEqual([]);
  });

  test('shows models whose versions are read without another read of the model, as it is priced', async () => {
    await using app = await open();
    const query =
      '{ models(first: 3) { nodes { version(name: "0.0.0") { description model { name } } } } }';
    const { explain } = (await as(app, 'me', { 'x-upstream-explain': 'true' })(query)).extensions;
    const { data, extensions } = await as(app, 'me')(query);
    expect(data.models.nodes[0].version).toEqual({
      description: `version 0 of ${MINE}`,
      model: { name: `the name of ${MINE}` },
    });
    expect(extensions.upstream.byOperation).toEqual({ ListModels: 1, GetModelVersion: 3 });
    expect(extensions.upstream.calls).toBe(explain.expected);
  });

  test('with several workspaces has to say which', async () => {
    await using app = await open();
    const { data, errors } = await as(app, 'both')(LIST);
    expect(data?.models ?? null).toBeNull();
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
    expect(errors[0]?.message).toContain('filter.workspaceId');
    expect(app.sandbox.requests).toEqual([]);
    for (const workspaceId of ['ws-mine', 'ws-theirs']) {
      const answer = await as(app, 'both')(LIST, { filter: { workspaceId }, first: 1 });
      expect(answer.data.models.nodes).toHaveLength(1);
    }
  });

  test('takes no cursor of another view', async () => {
    await using app = await open();
    const mine = await as(app, 'me')(LIST, { first: 2 });
    const all = await as(app, 'all')(LIST, { first: 2 });
    const theirs = await as(app, 'both')(LIST, { filter: { workspaceId: 'ws-theirs' }, first: 2 });
    const next = (answer: GraphqlAnswer) => answer.data.models.pageInfo.endCursor;
    for (const after of [next(all), next(theirs)]) {
      const { errors } = await as(app, 'me')(LIST, { first: 2, after });
      expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    }
    const { data } = await as(app, 'me')(LIST, { first: 2, after: next(mine) });
    expect(data.models.nodes.map(({ id }: { id: string }) => id)).toEqual(['model-2', 'model-4']);
  });

  test('drops models that PAI lists for a workspace that they are not in', async () => {
    await using app = await open();
    const strays = [MINE, THEIRS, HOMELESS].map((id, index) => ({
      ...{ ModelId: id, ModelName: `the name of ${id}` },
      WorkspaceId: ['ws-mine', 'ws-theirs', undefined][index],
    }));
    app.sandbox.faults.add({
      operation: 'ListModels',
      fault: { kind: 'wrongShape', body: { Models: strays, TotalCount: 3 } },
    });
    const { data } = await as(app, 'me')(LIST);
    expect(data.models.nodes.map(({ id }: { id: string }) => id)).toEqual([MINE]);
    app.sandbox.faults.clear();
    const { data: single } = await as(app, 'me')(`{ model(id: "${THEIRS}") { name } }`);
    expect(single.model).toBeNull();
  });
});

test.concurrent('many missing models through a list are narrowed as one by one', async () => {
  await using app = await open();
  const ids = range(0, 40).map((index) => `model-${index}`);
  const BY_IDS = 'query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id name workspaceId } }';
  // Lists are known from then on, both for this caller and for one that sees all.
  for (const client of ['me', 'all']) await as(app, client)(LIST, { first: 1 });
  for (const _ of range(0, 3)) {
    await as(app, 'all', { 'cache-control': 'no-cache' })(BY_IDS, { ids });
    const { data, errors } = await as(app, 'me', { 'cache-control': 'no-cache' })(BY_IDS, { ids });
    expect(errors).toEqual([]);
    expect(data.modelsByIds.map((model: Variables | null) => model?.id ?? null)).toEqual(
      ids.map((id, index) => (index % 2 === 0 ? id : null)),
    );
    app.passes(60_000);
  }
  const batches = app.events.filter(({ type }) => type === 'list_batch');
  expect(batches.length).toBeGreaterThan(0);
});

test.concurrent('a version by name reads its model first, and the price says so', async () => {
  await using app = await open();
  const query = `{ modelVersion(modelId: "${MINE}", versionName: "0.0.0") { description } }`;
  const explained = await as(app, 'me', { 'x-upstream-explain': 'true' })(query);
  expect(explained.extensions.explain).toMatchObject({ expected: 2, worstCase: 2 });
  const { data, extensions } = await as(app, 'me')(query);
  expect(data.modelVersion.description).toBe(`version 0 of ${MINE}`);
  expect(extensions.upstream.byOperation).toEqual({ GetModel: 1, GetModelVersion: 1 });
  expect((await as(app, 'all')(query)).extensions.upstream.byOperation).toEqual({
    GetModelVersion: 1,
  });
});

test.concurrent('a model that moves away is gone with the next answer of PAI', async () => {
  await using app = await open();
  const query = `{ model(id: "${MINE}") { name versions { nodes { description } } } }`;
  expect((await as(app, 'me')(query)).data.model.name).toBe(`the name of ${MINE}`);
  app.sandbox.setModels([aModel(MINE, 'ws-theirs')]);
  app.passes(61_000);
  expect((await as(app, 'me')(query)).data.model).toBeNull();
  // Nor does an outage bring it back.
  app.sandbox.faults.add({ fault: { kind: 'html' } });
  app.passes(6000);
  const { data } = await as(app, 'me')(query);
  expect(data.model).toBeNull();
});
