// The workspaces behind the ids of models: read many at once, at the price that the schema says, and no further than a
// caller may see.
import { describe, expect, test } from 'vitest';
import type { WireModel } from '../../sandbox/sandbox.js';
import { numberedModels, range } from '../graphql/numbered-registry.js';
import { aFile } from '../support/a-file.js';
import { apiKeys, byKey, keysEnv } from '../support/callers.js';
import { type TestApp, type TestAppOptions, withApp } from '../support/with-app.js';

const EXPLAIN = { 'x-upstream-explain': 'true' };
const NO_CACHE = { 'cache-control': 'no-cache' };
const workspaceId = (index: number) => String(1000 + index);

const aWorkspace = (index: number): WireModel => ({
  WorkspaceId: workspaceId(index),
  WorkspaceName: `workspace_${index}`,
  DisplayName: `Workspace ${index}`,
  Status: 'ENABLED',
  IsDefault: index === 0,
  AdminNames: [`secret-admin-${index}`],
  ExtraInfos: { TenantId: 'secret-tenant' },
  GmtCreateTime: new Date(Date.UTC(2023, 0, 1) + index * 60_000).toISOString(),
});

/** Model n is in workspace n. */
const models = (count: number) =>
  numberedModels(count, (index) => ({ model: { WorkspaceId: workspaceId(index) } }));

function open(count = 100, rest: TestAppOptions = {}) {
  return withApp({
    isClockStill: true,
    ...rest,
    env: { UPSTREAM_RATE_PER_SECOND: '1000', ...(rest.env as object) },
    sandbox: { models: models(count), workspaces: range(0, count).map(aWorkspace) },
  });
}

const operationsOf = ({ sandbox }: TestApp) => sandbox.requests.map(({ operation }) => operation);
const PAGE = '{ models(first: 100) { nodes { id workspace { id displayName } } } }';

describe('the workspaces of a page of models', () => {
  test('cost one more call for 50 different workspaces, as priced', async () => {
    await using app = await open();
    const { explain } = (await app.query(PAGE, {}, EXPLAIN)).extensions;
    expect(explain).toMatchObject({ price: 3, expected: 3 });
    const { data, errors, extensions } = await app.query(PAGE);
    expect(errors).toEqual([]);
    expect(data.models.nodes.map(({ workspace }: { workspace: unknown }) => workspace)).toEqual(
      range(0, 100).map((n) => ({ id: workspaceId(n), displayName: `Workspace ${n}` })),
    );
    expect(extensions.upstream.byOperation).toEqual({ ListModels: 1, ListWorkspaces: 2 });
    for (const { query } of app.sandbox.requests.slice(1)) {
      expect(query.WorkspaceIds?.split(',')).toHaveLength(50);
      expect(query.PageSize).toBe('50');
    }
    expect((await app.query(PAGE)).extensions.upstream).toMatchObject({ calls: 0 });
  });

  test('cost one call where all models are in one', async () => {
    await using app = await open();
    app.sandbox.setModels(numberedModels(100, () => ({ model: { WorkspaceId: workspaceId(7) } })));
    const { extensions } = await app.query(PAGE);
    expect(extensions.upstream.byOperation).toEqual({ ListModels: 1, ListWorkspaces: 1 });
    expect(app.sandbox.requests.at(-1)?.query.WorkspaceIds).toBe(workspaceId(7));
  });

  test.each(['{ id }', '{ __typename }', '{ id ... @skip(if: true) { displayName } }'])(
    'cost nothing where only their keys are selected: %s',
    async (selection) => {
      await using app = await open();
      const query = `{ models(first: 100) { nodes { workspace ${selection} } } }`;
      expect((await app.query(query, {}, EXPLAIN)).extensions.explain.price).toBe(1);
      const { data, extensions } = await app.query(query);
      expect(data.models.nodes[3].workspace).toBeTruthy();
      expect(extensions.upstream.byOperation).toEqual({ ListModels: 1 });
    },
  );

  test('are revalidated together in the background', async () => {
    await using app = await open(40);
    await app.query(PAGE);
    app.passes(40_000);
    app.sandbox.reset();
    const { extensions } = await app.query(PAGE);
    expect(extensions.upstream).toMatchObject({ calls: 0, stale: 41 });
    await expect.poll(() => operationsOf(app).sort()).toEqual(['ListModels', 'ListWorkspaces']);
    await expect
      .poll(async () => (await app.query(PAGE)).extensions.upstream)
      .toMatchObject({ cached: 41 });
  });

  test('that PAI leaves out are read one by one: those that are gone are null, without an error', async () => {
    await using app = await open(10);
    app.sandbox.setWorkspaces(range(0, 8).map(aWorkspace));
    const { data, errors } = await app.query(PAGE);
    expect(errors).toEqual([]);
    expect(data.models.nodes[7].workspace.displayName).toBe('Workspace 7');
    expect(data.models.nodes[8].workspace).toBeNull();
    expect(operationsOf(app)).toEqual([
      ...['ListModels', 'ListWorkspaces', 'GetWorkspace', 'GetWorkspace'],
    ]);
    // Their absence is remembered for a while.
    app.sandbox.reset();
    expect((await app.query(PAGE)).data.models.nodes[9].workspace).toBeNull();
    expect(operationsOf(app)).toEqual([]);
  });

  test('that PAI refuses alone are FORBIDDEN alone', async () => {
    await using app = await withApp({
      sandbox: {
        models: models(5),
        workspaces: range(0, 5).map(aWorkspace),
        keys: [
          {
            ...{ id: 'sandbox', secret: 'sandbox-secret' },
            sees: (one) => one.ModelId !== undefined || one.WorkspaceId !== workspaceId(2),
          },
        ],
      },
    });
    const { data, errors } = await app.query(PAGE);
    expect(errors).toMatchObject([
      { path: ['models', 'nodes', 2, 'workspace'], extensions: { code: 'FORBIDDEN' } },
    ]);
    expect(data.models.nodes[2]).toEqual({ id: 'model-002', workspace: null });
    expect(data.models.nodes[3].workspace.displayName).toBe('Workspace 3');
  });

  test('are FORBIDDEN with one call where the key lacks the right, and their siblings stand', async () => {
    await using app = await open(60);
    const fault = { kind: 'error', status: 403, code: 'NoPermission' } as const;
    app.sandbox.faults.add({ operation: 'ListWorkspaces', fault });
    const { data, errors, extensions } = await app.query(PAGE);
    expect(new Set(errors.map(({ extensions: { code } }) => code))).toEqual(new Set(['FORBIDDEN']));
    expect(errors).toHaveLength(60);
    expect(data.models.nodes[59]).toEqual({ id: 'model-059', workspace: null });
    expect(extensions.upstream.byOperation).toEqual({ ListModels: 1, ListWorkspaces: 2 });
  });

  test('that were cached are FORBIDDEN from the refusal on, and no outage brings them back', async () => {
    await using app = await open(3);
    await app.query(PAGE);
    const refused = { kind: 'error', status: 403, code: 'NoPermission' } as const;
    app.sandbox.faults.add({ operation: 'ListWorkspaces', fault: refused, times: 1 });
    expect((await app.query(PAGE, {}, NO_CACHE)).errors).toHaveLength(3);
    app.sandbox.faults.add({ fault: { kind: 'html' } });
    const { data, errors } = await app.query(PAGE);
    expect(data.models.nodes[0].workspace).toBeNull();
    expect(errors[0]?.extensions.code).toBe('UPSTREAM_UNAVAILABLE');
  });

  test('are stale where PAI fails', async () => {
    await using app = await open(3);
    await app.query(PAGE);
    app.passes(100_000);
    app.sandbox.faults.add({ operation: 'ListWorkspaces', fault: { kind: 'empty', status: 500 } });
    const { data, errors, extensions } = await app.query(PAGE);
    expect(errors).toEqual([]);
    expect(data.models.nodes[2].workspace.displayName).toBe('Workspace 2');
    expect(extensions.upstream.stale).toBe(3);
  });

  test('are believed only where they were asked for', async () => {
    await using app = await open(3);
    const strangers = { Workspaces: range(0, 9).map(aWorkspace), TotalCount: 9 };
    app.sandbox.faults.add({
      operation: 'ListWorkspaces',
      fault: { kind: 'wrongShape', body: strangers },
    });
    const one = '{ model(id: "model-001") { workspace { name } } }';
    expect((await app.query(one)).data.model.workspace.name).toBe('workspace_1');
    app.sandbox.faults.clear();
    app.sandbox.reset();
    await app.query(`{ workspace(id: "${workspaceId(2)}") { name } }`);
    expect(operationsOf(app)).toEqual(['ListWorkspaces']);
  });

  test('leave what a budget does not pay for null, and the answer names their ids', async () => {
    await using app = await open(60);
    const { data, errors } = await app.query(PAGE, {}, { 'x-upstream-budget': '2' });
    const named = data.models.nodes.filter((node: { workspace: unknown }) => node.workspace);
    expect(named).toHaveLength(50);
    expect(errors[0]?.extensions.code).toBe('RATE_LIMITED');
    expect(errors[0]?.extensions.omittedIds).toHaveLength(10);
  });

  test('with an id of an unknown form are given by that id, without a call', async () => {
    await using app = await open(2);
    app.sandbox.setModels(numberedModels(2, () => ({ model: { WorkspaceId: '12, 34**' } })));
    const { data, errors } = await app.query(PAGE);
    expect(errors).toEqual([]);
    expect(data.models.nodes[0].workspace).toEqual({ id: '12, 34**', displayName: null });
    expect(operationsOf(app)).toEqual(['ListModels']);
  });
});

const ALL = `{ id name displayName description status isDefault createdAt updatedAt }`;

describe('Query.workspace', () => {
  test('has PAI’s values, but neither names of people nor tenants, which are not drift either', async () => {
    await using app = await open(3);
    const { data } = await app.query(`{ workspace(id: "1000") ${ALL} }`);
    expect(data.workspace).toEqual({
      id: '1000',
      name: 'workspace_0',
      displayName: 'Workspace 0',
      description: null,
      status: 'ENABLED',
      isDefault: true,
      createdAt: '2023-01-01T00:00:00.000Z',
      updatedAt: null,
    });
    expect(app.events.filter(({ type }) => type === 'drift')).toEqual([]);
  });

  test('is null where there is none, at most two calls later', async () => {
    await using app = await open(3);
    const query = '{ workspace(id: "999") { id } }';
    const { explain } = (await app.query(query, {}, EXPLAIN)).extensions;
    expect(explain).toMatchObject({ price: 1, worstCase: 2, calls: [{ id: '999' }] });
    const { data, errors, extensions } = await app.query(query);
    expect([data, errors]).toEqual([{ workspace: null }, []]);
    expect(extensions.upstream.calls).toBe(2);
  });

  test('refuses a malformed id before a call', async () => {
    await using app = await open(3);
    for (const id of ['', '1,2', '../models', 'x'.repeat(65)]) {
      const { errors } = await app.query(`{ workspace(id: ${JSON.stringify(id)}) { name } }`);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    }
    expect(app.sandbox.requests).toEqual([]);
  });

  test('answers from the cache when a list has shown the workspace', async () => {
    await using app = await open(3);
    await app.query('{ workspaces { nodes { id } } }');
    const { data, extensions } = await app.query('{ workspace(id: "1001") { displayName } }');
    expect(data.workspace.displayName).toBe('Workspace 1');
    expect(extensions.upstream).toMatchObject({ calls: 0, cached: 1 });
  });
});

describe('Workspace.models', () => {
  const query = `query ($id: ID!, $filter: ModelFilter) {
    workspace(id: $id) { models(filter: $filter, first: 5) { totalCount nodes { id workspaceId } } } }`;

  test('lists the models of the workspace alone', async () => {
    await using app = await open(9);
    for (const filter of [null, {}, { workspaceId: '1004' }, { domain: 'even' }]) {
      const { data, errors } = await app.query(query, { id: '1004', filter });
      expect(errors).toEqual([]);
      expect(data.workspace.models).toEqual({
        totalCount: 1,
        nodes: [{ id: 'model-004', workspaceId: '1004' }],
      });
    }
  });

  test('refuses the id of another workspace', async () => {
    await using app = await open(9);
    const { data, errors } = await app.query(query, {
      ...{ id: '1004', filter: { workspaceId: '1005' } },
    });
    expect(data.workspace.models).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test('below a model needs no call for the workspace, as priced', async () => {
    await using app = await open(9);
    const below =
      '{ model(id: "model-003") { workspace { id models(first: 5) { nodes { id } } } } }';
    expect((await app.query(below, {}, EXPLAIN)).extensions.explain.price).toBe(2);
    const { data, extensions } = await app.query(below);
    expect(data.model.workspace.models.nodes).toEqual([{ id: 'model-003' }]);
    expect(extensions.upstream.byOperation).toEqual({ GetModel: 1, ListModels: 1 });
  });
});

const LIST = `query ($first: Int, $after: String, $last: Int, $before: String) {
  workspaces(first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { id displayName } pageInfo { hasNextPage endCursor } } }`;

describe('Query.workspaces', () => {
  test('walks over all pages', async () => {
    await using app = await open(70);
    const ids: string[] = [];
    let after: string | null = null;
    do {
      const { data, errors } = await app.query(LIST, { first: 30, after });
      expect(errors).toEqual([]);
      expect(data.workspaces.totalCount).toBe(70);
      ids.push(...data.workspaces.nodes.map(({ id }: { id: string }) => id));
      const { hasNextPage, endCursor } = data.workspaces.pageInfo;
      after = hasNextPage ? endCursor : null;
    } while (after !== null);
    expect(ids).toEqual(range(0, 70).map(workspaceId));
    const { data } = await app.query(LIST, { last: 2 });
    expect(data.workspaces.nodes.map(({ id }: { id: string }) => id)).toEqual(['1068', '1069']);
  });

  test('is never more expensive than its worst case', async () => {
    await using app = await open(70);
    for (const variables of [{ first: 100 }, { last: 100 }, { first: 0 }, { first: 7 }]) {
      const { explain } = (await app.query(LIST, variables, EXPLAIN)).extensions;
      const { extensions } = await app.query(LIST, variables, NO_CACHE);
      expect(extensions.upstream.calls).toBeLessThanOrEqual(explain.worstCase);
      expect(explain.price).toBeLessThanOrEqual(3);
    }
  });
});

describe('a caller of some workspaces', () => {
  async function openNarrowed() {
    const keys = await aFile(
      apiKeys({ one: ['1001'], two: ['1001', '1002', '4711'], none: [], all: null }),
    );
    const app = await open(5, { env: keysEnv(keys) });
    return {
      ...app,
      as: (client: string, query: string, variables = {}, headers = {}) =>
        app.query(query, variables, { ...byKey(client), ...headers }),
      async [Symbol.asyncDispose]() {
        await app[Symbol.asyncDispose]();
        await keys[Symbol.asyncDispose]();
      },
    };
  }

  test('has no workspace outside, without a call and at no expected cost', async () => {
    await using app = await openNarrowed();
    await app.as('all', `{ workspaces { nodes ${ALL} } }`);
    app.sandbox.reset();
    for (const [client, id] of [
      ['one', '1002'],
      ['none', '1001'],
      ['two', '1003'],
      ['one', '999'],
    ] as const) {
      const query = `{ workspace(id: "${id}") { id name models { nodes { id } } } }`;
      const { explain } = (await app.as(client, query, {}, EXPLAIN)).extensions;
      expect(explain).toMatchObject({ calls: [], price: 0 });
      const { data, errors, extensions } = await app.as(client, query);
      expect([data, errors]).toEqual([{ workspace: null }, []]);
      expect(extensions.upstream).toMatchObject({ calls: 0, cached: 0 });
    }
    const query = `query ($of: [_Any!]!) {
      _entities(representations: $of) { ... on Workspace { displayName } } }`;
    const of = ['1001', '1002'].map((id) => ({ __typename: 'Workspace', id }));
    const { data } = await app.as('one', query, { of });
    expect(data._entities).toEqual([{ displayName: 'Workspace 1' }, null]);
    expect(app.sandbox.requests.map(({ query }) => query.WorkspaceIds)).toEqual(['1001']);
  });

  test('lists its own workspaces alone, which are asked for by their ids', async () => {
    await using app = await openNarrowed();
    const listed = async (client: string) => {
      const { explain } = (await app.as(client, LIST, {}, EXPLAIN)).extensions;
      const { data, errors, extensions } = await app.as(client, LIST);
      expect(errors).toEqual([]);
      expect(extensions.upstream.calls).toBeLessThanOrEqual(explain.worstCase);
      return data.workspaces.nodes.map(({ displayName }: { displayName: string }) => displayName);
    };
    expect(await listed('one')).toEqual(['Workspace 1']);
    expect(await listed('two')).toEqual(['Workspace 1', 'Workspace 2']);
    expect(await listed('none')).toEqual([]);
    expect(await listed('all')).toHaveLength(5);
    const asked = app.sandbox.requests.map(({ query }) => query.WorkspaceIds);
    expect(asked).toEqual(['1001', '1001,1002,4711', undefined, undefined]);
    const { explain } = (await app.as('one', LIST, {}, EXPLAIN)).extensions;
    expect(explain).toMatchObject({ expected: 0, calls: [{ from: 'CACHE' }] });
  });

  test('reads the models of its workspaces through them, as priced', async () => {
    await using app = await openNarrowed();
    const query = `{ workspaces { nodes { id models(first: 1) { nodes { id } } } } }`;
    const { explain } = (await app.as('two', query, {}, EXPLAIN)).extensions;
    expect(explain.calls).toMatchObject([
      { operation: 'ListWorkspaces', count: 1 },
      { operation: 'ListModels', count: 20 },
    ]);
    const { data } = await app.as('two', query);
    expect(data.workspaces.nodes.map(({ models }: never) => models)).toEqual([
      { nodes: [{ id: 'model-001' }] },
      { nodes: [{ id: 'model-002' }] },
    ]);
  });
});

test('a gateway gets the fields of many references with one call, and keys alone without a call', async () => {
  await using app = await open(60);
  const of = range(0, 60).map((index) => ({ __typename: 'Workspace', id: workspaceId(index) }));
  const ask = (fields: string, headers = {}) =>
    app.query(
      `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Workspace { ${fields} } } }`,
      { of },
      headers,
    );
  expect((await ask('id', EXPLAIN)).extensions.explain.price).toBe(0);
  const { data: keys, extensions: keysOnly } = await ask('__typename id');
  expect(keys._entities[1]).toEqual({ __typename: 'Workspace', id: '1001' });
  expect(keysOnly.upstream.calls).toBe(0);
  expect((await ask('name', EXPLAIN)).extensions.explain.price).toBe(2);
  const { data, extensions } = await ask('name');
  expect(data._entities[59]).toEqual({ name: 'workspace_59' });
  expect(extensions.upstream.byOperation).toEqual({ ListWorkspaces: 2 });
});
