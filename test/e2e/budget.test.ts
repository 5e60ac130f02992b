// The budget of one operation: the limit that refuses it, and the lower one that a request sets.
import { describe, expect, test, vi } from 'vitest';
import { versionId } from '../../src/domain/ids.js';
import {
  modelId,
  numberedModels,
  numberedVersions,
  range,
  versionName,
} from '../graphql/numbered-registry.js';
import { type TestApp, withApp } from '../support/with-app.js';

vi.setConfig({ maxConcurrency: 6 });

const open = (env: Record<string, string> = {}) =>
  withApp({
    env: { UPSTREAM_RATE_PER_SECOND: '10000', ...env },
    sandbox: { models: numberedModels(60, () => ({ versions: numberedVersions(2) })) },
  });
const ids = (start: number, end: number) => range(start, end).map(modelId);
const BY_IDS = 'query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id } }';
const byIds = (app: TestApp, wanted: readonly string[], budget?: number | string) =>
  app.query(
    BY_IDS,
    { ids: wanted },
    budget === undefined ? {} : { 'x-upstream-budget': `${budget}` },
  );

describe('an operation beyond UPSTREAM_CALLS_PER_OPERATION', () => {
  test.concurrent('is refused before any call, with limit and measured price', async () => {
    await using app = await open({ UPSTREAM_CALLS_PER_OPERATION: '10' });
    const { status, data, errors } = await byIds(app, ids(0, 11));
    expect([status, data]).toEqual([400, undefined]);
    expect(errors).toEqual([
      {
        message: 'The operation may make 11 upstream calls; 10 are allowed.',
        extensions: { code: 'QUERY_TOO_COMPLEX', limit: 10, measured: 11 },
      },
    ]);
    expect(app.sandbox.requests).toHaveLength(0);
    expect((await byIds(app, ids(0, 10))).errors).toEqual([]);
  });

  test.concurrent('counts distinct calls alone', async () => {
    await using app = await open({ UPSTREAM_CALLS_PER_OPERATION: '2' });
    const { errors } = await app.query(
      `{ a: model(id: "model-001") { id } b: modelsByIds(ids: ["model-001", "model-001", "?!"]) { id }
         c: node(id: "model-001") { id } d: models(first: 5) { totalCount nodes { latestVersion { id model { id } } } }
         e: models(first: 5) { nodes { id } } }`,
    );
    expect(errors.map(({ path }) => path)).toEqual([['b', 2]]);
  });

  test.concurrent('counts 100 nested lists beside the list that holds them', async () => {
    await using app = await open({ UPSTREAM_CALLS_PER_OPERATION: '100' });
    const nested = (first: number) =>
      app.query(`{ models(first: ${first}) { nodes { versions(first: 1) { nodes { id } } } } }`);
    expect((await nested(100)).errors).toMatchObject([
      { extensions: { limit: 100, measured: 101 } },
    ]);
    expect((await nested(50)).errors).toEqual([]);
  });

  test.concurrent('stays refused with any cache contents and any header', async () => {
    await using app = await open({ UPSTREAM_CALLS_PER_OPERATION: '2' });
    await app.query('{ models(first: 100) { nodes { id } } }');
    for (const budget of [undefined, 1, 1000]) {
      const { errors } = await byIds(app, ids(0, 3), budget);
      expect(errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX', limit: 2 } }]);
    }
  });
});

test('UPSTREAM_CALLS_PER_OPERATION holds while an operation runs, also where answers make it cost more', async () => {
  await using app = await withApp({
    env: { UPSTREAM_CALLS_PER_OPERATION: '2' },
    sandbox: { models: numberedModels(60), pageSizeMax: 10 },
  });
  // One page by its price; PAI cuts pages to ten rows, so that it would take six.
  const { status, data, errors } = await app.query('{ models(first: 60) { nodes { id } } }');
  expect([status, data]).toEqual([200, { models: null }]);
  expect(errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
  expect(app.sandbox.requests).toHaveLength(2);
});

describe('X-Upstream-Budget', () => {
  test.concurrent('stops the calls at N: the rest is null, and one error names it', async () => {
    await using app = await open();
    const { status, headers, data, errors, extensions } = await byIds(app, ids(0, 5), 3);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(data.modelsByIds).toEqual([...ids(0, 3).map((id) => ({ id })), null, null]);
    expect(errors).toEqual([
      {
        message: 'The budget of 3 upstream calls is used up: 2 ids were not fetched.',
        extensions: { code: 'RATE_LIMITED', omittedIds: ids(3, 5) },
      },
    ]);
    expect(extensions.upstream.calls).toBe(3);
    expect(app.sandbox.requests).toHaveLength(3);
  });

  test.concurrent('lets a client ask for the rest until nothing is left', async () => {
    await using app = await open();
    const read: string[] = [];
    let wanted: readonly string[] = ids(0, 10);
    while (wanted.length > 0) {
      const { data, errors } = await byIds(app, wanted, 4);
      read.push(...data.modelsByIds.flatMap((model: { id: string } | null) => model?.id ?? []));
      wanted = (errors[0]?.extensions.omittedIds ?? []) as string[];
    }
    expect(read).toEqual(ids(0, 10));
    expect(app.sandbox.requests).toHaveLength(10);
  });

  test.concurrent('X-Upstream-Budget of 0 answers from the cache alone, also with stale models', async () => {
    await using app = await open();
    await byIds(app, ids(0, 2));
    app.sandbox.reset();
    const fresh = await byIds(app, ids(0, 3), 0);
    expect(fresh.data.modelsByIds).toEqual([{ id: modelId(0) }, { id: modelId(1) }, null]);
    expect(fresh.errors).toMatchObject([{ extensions: { omittedIds: [modelId(2)] } }]);
    for (const passedMs of [31_000, 40_000]) {
      app.passes(passedMs);
      expect(await byIds(app, ids(0, 2), 0)).toMatchObject({
        data: { modelsByIds: [{ id: modelId(0) }, { id: modelId(1) }] },
        errors: [],
        extensions: { upstream: { calls: 0, stale: 2 } },
      });
    }
    expect(app.sandbox.requests).toHaveLength(0);
  });

  test.concurrent('leaves lists, versions and references null, each without an error of its own', async () => {
    await using app = await open();
    await byIds(app, ids(0, 1));
    const { data, errors } = await app.query(
      `{ models { nodes { id } }
         model(id: "${modelId(0)}") { versions { totalCount } metricHistory(metric: "cer") { value } version(name: "0.0.0") { id } }
         modelVersion(modelId: "${modelId(1)}", versionName: "0.1.0") { id createdAt }
         node(id: "${modelId(2)}") { id }
         _entities(representations: [
           { __typename: "Model", id: "${modelId(3)}" }
           { __typename: "Model", id: "?!" }
         ]) { ... on Model { name } } }`,
      {},
      { 'x-upstream-budget': '0' },
    );
    expect(data).toEqual({
      models: null,
      model: { versions: null, metricHistory: null, version: null },
      modelVersion: null,
      node: null,
      _entities: [null, null],
    });
    const [wrong, omitted] = errors;
    expect(wrong).toMatchObject({ path: ['_entities', 1], extensions: { code: 'BAD_USER_INPUT' } });
    expect(omitted?.path).toBeUndefined();
    expect(omitted?.message).toBe(
      'The budget of 0 upstream calls is used up: 5 ids and lists of models were not fetched.',
    );
    const omittedIds = new Set(omitted?.extensions.omittedIds as string[]);
    expect(omittedIds).toEqual(
      new Set([
        ...ids(0, 1),
        ...ids(2, 4),
        versionId(modelId(0), versionName(0)),
        versionId(modelId(1), versionName(1)),
      ]),
    );
    expect(app.sandbox.requests).toHaveLength(1);
  });

  test.concurrent.each([
    ['{ model(id: "model-0") { name } }', '1 id was'],
    ['{ models { nodes { id } } }', 'lists of models were'],
  ])('%s names the fields that were not read: %s', async (query, things) => {
    await using app = await open();
    const { errors } = await app.query(query, {}, { 'x-upstream-budget': '0' });
    expect(errors.map(({ message }) => message)).toEqual([
      `The budget of 0 upstream calls is used up: ${things} not fetched.`,
    ]);
  });

  test.concurrent('is spent by lists of many pages, too', async () => {
    await using app = await withApp({
      sandbox: { models: numberedModels(60), pageSizeMax: 10 },
    });
    const { data, errors } = await app.query(
      '{ models(first: 60) { nodes { id } } }',
      {},
      { 'x-upstream-budget': '2' },
    );
    expect(data).toEqual({ models: null });
    expect(errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', omittedIds: [] } }]);
    expect(app.sandbox.requests).toHaveLength(2);
  });

  test.concurrent('is spent on a page and its proofs where these bring more models', async () => {
    await using app = await open();
    await app.query('{ models(first: 1) { nodes { id } } }');
    const { data, errors, extensions } = await byIds(app, ids(1, 51), 3);
    expect(errors).toEqual([]);
    expect(data.modelsByIds).toHaveLength(50);
    expect(extensions.upstream.calls).toBe(3);
    const { errors: left } = await byIds(app, ['model-none', 'model-nil'], 1);
    expect(left).toMatchObject([{ extensions: { omittedIds: ['model-nil'] } }]);
  });

  test.concurrent('larger than the limit is the limit', async () => {
    await using app = await open({ UPSTREAM_CALLS_PER_OPERATION: '3' });
    const headers = { 'x-upstream-budget': '999999999', 'x-upstream-explain': 'true' };
    const { extensions } = await app.query(BY_IDS, { ids: ids(0, 2) }, headers);
    expect(extensions.explain.budget).toBe(3);
    expect((await byIds(app, ids(0, 3), 999_999_999)).errors).toEqual([]);
  });

  test.concurrent('X-Upstream-Budget that is not a number is refused by name', async () => {
    await using app = await open();
    for (const budget of ['-1', '1.5', '1e3', 'ten', '', '1,2', '0x1', '9999999999']) {
      const { status, errors } = await byIds(app, ids(0, 1), budget);
      expect([budget, status]).toEqual([budget, 400]);
      expect(errors[0]?.message).toBe('X-Upstream-Budget must be a whole number of calls.');
    }
    expect(app.sandbox.requests).toHaveLength(0);
  });

  test.concurrent('is not spent by joining the flight of another', async () => {
    await using app = await open();
    app.sandbox.faults.add({ operation: 'GetModel', delayMs: 500 });
    const first = byIds(app, ids(0, 2));
    await vi.waitUntil(() => app.sandbox.requests.length === 2);
    const { data, errors, extensions } = await byIds(app, ids(0, 3), 1);
    await first;
    expect(errors).toEqual([]);
    expect(data.modelsByIds).toHaveLength(3);
    expect(extensions.upstream).toMatchObject({ calls: 1, coalesced: 2 });
    expect(app.sandbox.requests).toHaveLength(3);
  });
});

describe('saved', () => {
  const A = modelId(0);
  test.concurrent.each([
    ['nothing for one model', `{ model(id: "${A}") { id latestVersion { id } } }`, 0],
    [
      'a call for each alias more',
      `{ a: model(id: "${A}") { id } b: model(id: "${A}") { id } }`,
      1,
    ],
    ['a call for each duplicate', `{ modelsByIds(ids: ["${A}", "${A}", "${A}"]) { id } }`, 2],
    ['the models of versions', `{ model(id: "${A}") { versions { nodes { model { id } } } } }`, 2],
    ['the total beside its page', '{ models { totalCount } a: models { nodes { id } } }', 1],
    ['nothing for what is refused', `{ a: model(id: "${A}") { id } b: model(id: "?!") { id } }`, 0],
  ])('counts %s', async (_, query, saved) => {
    await using app = await open();
    const { extensions } = await app.query(query);
    expect(extensions.upstream.saved).toBe(saved);
  });

  test.concurrent('counts all cached values', async () => {
    await using app = await open();
    await byIds(app, ids(0, 3));
    expect((await byIds(app, ids(0, 4))).extensions.upstream).toMatchObject({ calls: 1, saved: 3 });
  });
});
