// The explained cost of an operation, compared with the calls that its run then makes.
import { describe, expect, test, vi } from 'vitest';
import { versionId } from '../../src/domain/ids.js';
import { encodeCursor } from '../../src/graphql/pagination/page-arguments.js';
import { SAMPLES } from '../../src/http/routes/playground-samples.js';
import { versionListQueries } from '../../src/pai/request.js';
import { modelId, range, versionName } from '../graphql/numbered-registry.js';
import { explainAndRun } from '../support/explain-and-run.js';
import { registryModels } from '../support/random-operation.js';
import { postGraphql, type TestApp, withApp } from '../support/with-app.js';

vi.setConfig({ maxConcurrency: 2 });

const EXPLAIN = { 'x-upstream-explain': 'true' };
const NO_CACHE = { 'cache-control': 'no-cache' };

test('the samples of the playground cost the expected calls', async () => {
  await using app = await withApp({ env: { UPSTREAM_LIST_BATCHING: 'off' } });
  for (const { query, variables } of SAMPLES) {
    const { explain, ran } = await explainAndRun(app, query, NO_CACHE, { ...variables });
    expect(ran.errors).toEqual([]);
    expect(ran.sent.length).toBeLessThanOrEqual(explain.worstCase);
    expect(ran.sent.length).toBe(explain.expected);
  }
});

describe('an explanation', () => {
  const [A, B] = [modelId(60), modelId(61)];
  const LATEST = versionName(5);
  const open = (env: Record<string, string> = {}, pageSizeMax = 100) =>
    withApp({ env, sandbox: { models: registryModels(), pageSizeMax } });
  const explain = async (app: TestApp, query: string) =>
    (await app.query(query, {}, EXPLAIN)).extensions.explain;

  test.concurrent('names each distinct call with its place and its reason', async () => {
    await using app = await open();
    await app.query(`{ model(id: "${A}") { id } }`);
    const query = `{
      a: model(id: "${A}") { version(name: "0.1.0") { id } versions(first: 5) { totalCount nodes { id } } }
      b: modelsByIds(ids: ["${A}", "${B}", "?"]) { name }
      models(first: 3) { nodes { versions(first: 1) { nodes { id } } } }
    }`;
    const { calls, ...sums } = await explain(app, query);
    expect(sums).toMatchObject({ expected: 7, budget: 250, allowed: true });
    expect(sums.quotaLeft).toBeLessThanOrEqual(50);
    const shown = calls.map(({ reason, ...call }: { reason: string }) => {
      expect(reason).toMatch(/^[a-z].{10,}/);
      return call;
    });
    const upstream = { count: 1, from: 'UPSTREAM' };
    expect(shown).toEqual([
      { operation: 'GetModel', id: A, path: ['a'], count: 1, from: 'CACHE' },
      {
        operation: 'GetModelVersion',
        id: versionId(A, '0.1.0'),
        modelId: A,
        path: ['a', 'version'],
        ...upstream,
      },
      {
        operation: 'ListModelVersions',
        modelId: A,
        page: 1,
        pageSize: 5,
        path: ['a', 'versions'],
        ...upstream,
      },
      { operation: 'GetModel', id: B, path: ['b'], ...upstream },
      { operation: 'ListModels', page: 1, pageSize: 3, path: ['models'], ...upstream },
      {
        operation: 'ListModelVersions',
        path: ['models', 'nodes', 'versions'],
        count: 3,
        from: 'UPSTREAM',
      },
    ]);
  });

  test.concurrent('comes for the extension as for the header, by POST and by GET', async () => {
    await using app = await open();
    const query = `{ model(id: "${A}") { id } }`;
    const posted = await postGraphql(app.url, { query, extensions: { explain: true } });
    expect(posted).toMatchObject({ status: 200, data: null });
    expect(posted.errors).toEqual([
      { message: expect.stringMatching(/explained/), extensions: { code: 'EXPLAINED' } },
    ]);
    expect(posted.headers.get('cache-control')).toBe('no-store');
    expect(posted.headers.get('x-upstream-calls')).toBe('0');
    expect(posted.extensions.explain.expected).toBe(1);
    const search = new URLSearchParams({ query, extensions: '{"explain":true}' });
    const response = await fetch(`${app.url}/graphql?${search}`, {
      headers: { 'apollo-require-preflight': 'true' },
    });
    expect(await response.json()).toMatchObject({ extensions: { explain: { expected: 1 } } });
    expect([response.status, response.headers.get('etag')]).toEqual([200, null]);
    expect(app.sandbox.requests).toHaveLength(0);
  });

  test.concurrent('is valid in both media types, and is not given for other values of the extension', async () => {
    await using app = await open();
    const query = `{ model(id: "${A}") { id } }`;
    const accept = 'application/graphql-response+json';
    const typed = await postGraphql(app.url, { query, extensions: { explain: true } }, { accept });
    expect([typed.status, typed.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining(accept),
    ]);
    for (const explain of ['true', 1, {}, null, [true]]) {
      const ran = await postGraphql(app.url, { query, extensions: { explain } });
      expect(ran.data).toEqual({ model: { id: A } });
      expect(ran.extensions).not.toHaveProperty('explain');
    }
  });

  test.concurrent('is not given with EXPLAIN=off: the operation runs as without the request', async () => {
    await using app = await open({ EXPLAIN: 'off', UPSTREAM_CALLS_PER_OPERATION: '1' });
    const query = `{ model(id: "${A}") { id } }`;
    for (let time = 0; time < 8; time += 1) {
      const ran = await postGraphql(app.url, { query, extensions: { explain: true } }, EXPLAIN);
      expect(ran).toMatchObject({ data: { model: { id: A } }, errors: [] });
      expect(ran.extensions).not.toHaveProperty('explain');
    }
    const tooMuch = await app.query(`{ modelsByIds(ids: ["${A}", "${B}"]) { id } }`, {}, EXPLAIN);
    expect(tooMuch.errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX' } }]);
  });

  test.concurrent('an explanation of an operation that is too expensive says so and does not fail', async () => {
    await using app = await open({ UPSTREAM_CALLS_PER_OPERATION: '1' });
    const query = `{ modelsByIds(ids: ["${A}", "${B}"]) { id } }`;
    const refused = { price: 2, expected: 2, budget: 1, allowed: false };
    expect(await explain(app, query)).toMatchObject(refused);
  });

  test.concurrent('states the price by which a limit refuses the operation', async () => {
    await using app = await open({ UPSTREAM_CALLS_PER_OPERATION: '49' });
    await app.query('{ models(first: 1) { nodes { id } } }');
    const query = `{ modelsByIds(ids: ${JSON.stringify(range(1, 51).map(modelId))}) { id } }`;
    const { price, expected } = await explain(app, query);
    const { errors } = await app.query(query);
    expect(errors[0]?.extensions).toMatchObject({ code: 'QUERY_TOO_COMPLEX', measured: price });
    expect([price, expected]).toEqual([50, 3]);
  });

  test.concurrent('an explanation of an operation that cannot run is the error that the run gives', async () => {
    await using app = await open();
    const wrong = 'query ($id: ID!) { model(id: $id) { id } }';
    const [explained, ran] = [await app.query(wrong, {}, EXPLAIN), await app.query(wrong)];
    expect(explained.errors).toEqual(ran.errors);
    expect(explained.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    const invalid = await app.query('{ nothing }', {}, EXPLAIN);
    expect(invalid.errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
  });

  test.concurrent('an explanation of many missing models counts the pages that carry them', async () => {
    await using app = await open();
    await app.query('{ models(first: 1) { nodes { id } } }');
    const query = `{ modelsByIds(ids: ${JSON.stringify(range(1, 51).map(modelId))}) { id } }`;
    const { calls, expected, worstCase } = await explain(app, query);
    expect(calls.map(({ operation }: { operation: string }) => operation)).toEqual([
      'ListModels',
      'GetModel',
      'GetModel',
    ]);
    expect([expected, worstCase]).toEqual([3, 51]);
    const { extensions } = await app.query(query);
    expect(extensions.upstream.calls).toBe(3);
  });

  test.concurrent('does not assume that a version read at the root comes with a model', async () => {
    await using app = await open();
    await app.query(`{ model(id: "${A}") { id } }`);
    const below = `model(id: "${A}") { version(name: "${LATEST}") { id } }`;
    const root = `modelVersion(modelId: "${A}", versionName: "${LATEST}") { id }`;
    expect(await explain(app, `{ ${below} }`)).toMatchObject({ expected: 0 });
    expect(await explain(app, `{ ${root} ${below} }`)).toMatchObject({ expected: 1 });
    expect((await app.query(`{ ${root} ${below} }`)).extensions.upstream.calls).toBe(1);
  });

  test.concurrent.each([
    [
      'two windows begin on one page',
      '{ a: models(first: 100) { nodes { id } } b: models(last: 100) { nodes { id } } }',
    ],
    [
      'a total is asked for before its page',
      `{ model(id: "${A}") { versions { totalCount } }
         modelVersion(modelId: "${A}", versionName: "0.0.0") { model { versions(first: 2) { nodes { id } } } } }`,
    ],
    [
      'a cursor is of one list among those that answers tell',
      `{ models(first: 3) { nodes { versions(first: 2, after: "${encodeCursor(0, versionListQueries()(modelId(1)).key)}") { nodes { id } } } } }`,
    ],
    [
      'a cursor is refused for one of two models',
      `{ modelsByIds(ids: ["${B}", "${A}"]) { versions(first: 2, after: "${encodeCursor(0, versionListQueries()(A).key)}") { nodes { id } } } }`,
    ],
  ])('has a worst case that holds where %s', async (_, query) => {
    await using app = await open({}, 10);
    const { worstCase } = await explain(app, query);
    const { extensions } = await app.query(query);
    expect(extensions.upstream.calls).toBeGreaterThan(1);
    expect(extensions.upstream.calls).toBeLessThanOrEqual(worstCase);
  });
});

test('fragments that double again and again are refused in no time', async () => {
  await using app = await withApp();
  const doubling = range(0, 40).map(
    (index) => `fragment F${index} on Model { ...F${index + 1} ... { ...F${index + 1} } }`,
  );
  const query = `{ model(id: "model-none") { ...F0 } } ${doubling.join(' ')} fragment F40 on Model { id }`;
  const { errors } = await app.query(query);
  expect(errors[0]?.extensions).toMatchObject({ code: 'QUERY_TOO_COMPLEX', limit: 5000 });
});
