// The age of answers, the calls for them, and the report of both in the response.
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../sandbox/sandbox.js';
import { modelId, numberedModels, numberedVersions, range } from '../graphql/numbered-registry.js';
import { eventually } from '../support/programs.js';
import { type TestApp, withApp } from '../support/with-app.js';

const META = 'meta { source ageSeconds requestId fetchedAt }';
const ONE = `query ($id: ID!) { model(id: $id) { id name ${META} } }`;
const ID = modelId(0);
const OTHER = modelId(1);

const registry = (name: string, count = 3) =>
  numberedModels(count, (index) => ({
    model: { ModelName: `${name} ${index}` },
    tags: [{ Key: 'team', Value: 'x' }],
    versions: numberedVersions(2),
  }));

const open = (env: Record<string, string> = {}) =>
  withApp({ env, sandbox: { models: registry('old') } });
const windows = (ttl: number, revalidate: number, stale: number) => ({
  CACHE_TTL_SECONDS: String(ttl),
  CACHE_REVALIDATE_SECONDS: String(revalidate),
  CACHE_STALE_SECONDS: String(stale),
});

const ask = (app: TestApp, id = ID, cacheControl?: string) =>
  app.query(ONE, { id }, cacheControl === undefined ? {} : { 'cache-control': cacheControl });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** Without `meta`, which no response that may be stored has. */
const askId = (app: TestApp, id = ID) =>
  app.query('query ($id: ID!) { model(id: $id) { id } }', { id });

const calls = ({ sandbox }: TestApp) => sandbox.requests.length;
const codes = ({ errors }: Awaited<ReturnType<typeof ask>>) =>
  errors.map(({ extensions }) => extensions.code);
const maxAge = (headers: Headers) =>
  Number(/^private, max-age=(\d+)$/.exec(headers.get('cache-control') ?? '')?.[1] ?? Number.NaN);

const DOWN: Fault = { kind: 'error', status: 503, code: 'ServiceUnavailable' };
const FORBIDDEN: Fault = { kind: 'error', status: 403, code: 'NoPermission' };
const PAST_ONE_SECOND = 1_001;

describe('while it is fresh, an answer', () => {
  test('is served from the cache without a call, and says so', async () => {
    await using app = await open();
    const live = await ask(app);
    const cached = await ask(app);
    expect(live.data.model.meta).toMatchObject({ source: 'LIVE', ageSeconds: 0 });
    expect(live.extensions.upstream).toMatchObject({
      ...{ calls: 1, cached: 0, coalesced: 0, stale: 0, retries: 0 },
      byOperation: { GetModel: 1 },
    });
    const { requestId, fetchedAt } = live.data.model.meta;
    expect(cached.data.model.meta).toMatchObject({ source: 'CACHE', requestId, fetchedAt });
    expect(cached.extensions.upstream).toEqual({
      ...{ calls: 0, cached: 1, coalesced: 0, stale: 0, saved: 1, retries: 0, waitMs: 0 },
      byOperation: {},
      quota: null,
    });
    expect(calls(app)).toBe(1);
  });

  test('grows old by whole seconds', async () => {
    await using app = await open();
    await ask(app);
    app.passes(PAST_ONE_SECOND);
    const { ageSeconds, source } = (await ask(app)).data.model.meta;
    expect(source).toBe('CACHE');
    expect(ageSeconds).toBeGreaterThanOrEqual(1);
  });

  test('counts once for each id, for any number of uses', async () => {
    await using app = await open();
    await ask(app);
    const { data, extensions } = await app.query(
      `query ($ids: [ID!]!) { modelsByIds(ids: $ids) { meta { source } } }`,
      { ids: [ID, OTHER, ID] },
    );
    const sources = data.modelsByIds.map(({ meta }: { meta: { source: string } }) => meta.source);
    expect(sources).toEqual(['CACHE', 'LIVE', 'CACHE']);
    expect(extensions.upstream).toMatchObject({ calls: 1, cached: 1 });
  });

  test('of versions, lists and lists of versions is kept, too', async () => {
    await using app = await open();
    const query = `query ($id: ID!) {
      modelVersion(modelId: $id, versionName: "0.0.0") { versionName meta { source } }
      models(first: 2) { nodes { id meta { source } } totalCount }
      model(id: $id) { versions(first: 1) { nodes { versionName meta { source } } totalCount } }
    }`;
    const before = await app.query(query, { id: ID });
    const asked = calls(app);
    const after = await app.query(query, { id: ID });
    expect(after.errors).toEqual([]);
    expect(JSON.stringify(after.data)).toBe(
      JSON.stringify(before.data).replaceAll('"LIVE"', '"CACHE"'),
    );
    expect(after.extensions.upstream).toMatchObject({ calls: 0, cached: 4 });
    expect(calls(app)).toBe(asked);
  });

  test('of a list does not stand for its models until it is proved', async () => {
    await using app = await open();
    const list = await app.query('{ models(first: 3) { edges { node { id } tags { key } } } }');
    expect(list.data.models.edges[1]).toEqual({ node: { id: OTHER }, tags: [{ key: 'team' }] });
    const { data, extensions } = await app.query(
      `query ($id: ID!) { model(id: $id) { name raw meta { source } } }`,
      { id: OTHER },
    );
    expect(data.model).toMatchObject({ name: 'old 1', meta: { source: 'LIVE' } });
    expect(data.model.raw).not.toHaveProperty('Tags');
    expect(extensions.upstream).toMatchObject({ calls: 1, cached: 0 });
    const asked = app.sandbox.requests.map(({ operation }) => operation);
    expect(asked).toEqual(['ListModels', 'GetModel']);
  });
});

describe('past its freshness, an answer', () => {
  test('is served stale at once and revalidated in the background, with one call for all', async () => {
    await using app = await open(windows(1, 60, 600));
    await ask(app);
    app.sandbox.setModels(registry('new'));
    app.sandbox.faults.add({ delayMs: 500 });
    app.passes(PAST_ONE_SECOND);
    const stale = await Promise.all(range(0, 10).map(() => ask(app)));
    for (const { data, extensions } of stale) {
      expect(data.model).toMatchObject({ name: 'old 0', meta: { source: 'STALE' } });
      expect(data.model.meta.ageSeconds).toBeGreaterThanOrEqual(1);
      expect(extensions.upstream).toMatchObject({ calls: 0, stale: 1, cached: 0 });
    }
    const fresh = await eventually(async () => {
      const { data } = await ask(app);
      return data.model.name === 'new 0' ? data.model : undefined;
    });
    expect(fresh.meta.source).toBe('CACHE');
    expect(calls(app)).toBe(2);
  });

  test('stays stale when the refresh in the background fails, without an error for the caller', async () => {
    await using app = await open(windows(1, 60, 600));
    await ask(app);
    app.sandbox.faults.add({ fault: { kind: 'wrongShape', body: {} } });
    app.passes(PAST_ONE_SECOND);
    for (const expected of [2, 3]) {
      const { data, errors } = await ask(app);
      expect(errors).toEqual([]);
      expect(data.model.meta.source).toBe('STALE');
      await eventually(() =>
        calls(app) === expected && app.sandbox.inFlight() === 0 ? true : undefined,
      );
      await pause(50);
    }
  });

  test.each<[string, Fault]>([
    ['is down', DOWN],
    ['resets', { kind: 'reset' }],
    ['throttles for long', { kind: 'throttle', retryAfterMs: 60_000 }],
    ['answers in an unknown shape', { kind: 'wrongShape', body: {} }],
    ['answers for another', { kind: 'otherModel' }],
    ['hangs', { kind: 'hang' }],
  ])('past the second window waits for PAI, and is served stale when PAI %s', async (_, fault) => {
    await using app = await open({ ...windows(1, 0, 60), UPSTREAM_TIMEOUT_MS: '700' });
    await ask(app);
    app.passes(PAST_ONE_SECOND);
    app.sandbox.reset();
    app.sandbox.faults.add({ fault });
    const { data, errors, extensions } = await ask(app);
    expect(errors).toEqual([]);
    expect(data.model).toMatchObject({ id: ID, name: 'old 0', meta: { source: 'STALE' } });
    expect(extensions.upstream).toMatchObject({ calls: 1, stale: 1 });
    app.sandbox.faults.clear();
    if (fault.kind === 'throttle') return;
    app.sandbox.setModels(registry('new'));
    expect((await ask(app)).data.model).toMatchObject({ name: 'new 0', meta: { source: 'LIVE' } });
  });

  test.each<[string, Fault]>([
    ['FORBIDDEN', FORBIDDEN],
    ['UPSTREAM_REJECTED', { kind: 'error', status: 400, code: 'SignatureDoesNotMatch' }],
    ['BAD_USER_INPUT', { kind: 'error', status: 400, code: 'InvalidParameter' }],
  ])('does not stand in for %s', async (code, fault) => {
    await using app = await open(windows(1, 0, 60));
    await ask(app);
    app.passes(PAST_ONE_SECOND);
    app.sandbox.faults.add({ fault });
    expect(codes(await ask(app))).toEqual([code]);
  });

  test('is not served any more past all windows', async () => {
    await using app = await open(windows(1, 0, 1));
    await ask(app);
    app.sandbox.faults.add({ fault: DOWN });
    app.passes(PAST_ONE_SECOND + 1000);
    expect(codes(await ask(app))).toEqual(['UPSTREAM_UNAVAILABLE']);
  });

  test('is served no more when it passes them while PAI is waited for', async () => {
    await using app = await open({ ...windows(1, 0, 1), UPSTREAM_TIMEOUT_MS: '5000' });
    await ask(app);
    app.sandbox.faults.add({ delayMs: 200, fault: { kind: 'wrongShape', body: {} } });
    app.passes(PAST_ONE_SECOND);
    const waiting = ask(app);
    await eventually(() => app.sandbox.inFlight() === 1 || undefined);
    app.passes(1000);
    expect(codes(await waiting)).toEqual(['UPSTREAM_INVALID']);
  });

  test('is never served stale where CACHE_STALE_SECONDS=0, for any CACHE_REVALIDATE_SECONDS', async () => {
    await using app = await open(windows(1, 30, 0));
    await ask(app);
    app.passes(PAST_ONE_SECOND);
    expect((await ask(app)).data.model.meta.source).toBe('LIVE');
    app.passes(PAST_ONE_SECOND);
    app.sandbox.faults.add({ fault: DOWN });
    expect(codes(await ask(app))).toEqual(['UPSTREAM_UNAVAILABLE']);
    expect(codes(await ask(app, ID, 'max-stale=60'))).toEqual(['UPSTREAM_UNAVAILABLE']);
  });

  test('of a list is served stale when PAI fails, as a whole', async () => {
    await using app = await open(windows(1, 0, 60));
    const LIST = '{ models(first: 2) { nodes { name meta { source } } totalCount } }';
    await app.query(LIST);
    app.passes(PAST_ONE_SECOND);
    app.sandbox.setModels(registry('new', 1));
    app.sandbox.faults.add({ fault: DOWN });
    const { data, errors } = await app.query(LIST);
    expect(errors).toEqual([]);
    expect(data.models).toEqual({
      nodes: [0, 1].map((index) => ({ name: `old ${index}`, meta: { source: 'STALE' } })),
      totalCount: 3,
    });
  });
});

describe('CACHE_TTL_SECONDS=0', () => {
  const OFF = windows(0, 30, 600);

  test('keeps nothing, and serves nothing stale', async () => {
    await using app = await open(OFF);
    for (const _ of range(0, 3)) expect((await ask(app)).data.model.meta.source).toBe('LIVE');
    expect(calls(app)).toBe(3);
    await ask(app, 'model-none');
    await ask(app, 'model-none');
    expect(calls(app)).toBe(5);
    app.sandbox.faults.add({ fault: DOWN });
    expect(codes(await ask(app))).toEqual(['UPSTREAM_UNAVAILABLE']);
    expect(codes(await ask(app, ID, 'max-stale'))).toEqual(['UPSTREAM_UNAVAILABLE']);
  });

  test('leaves loaders and single flight', async () => {
    await using app = await open(OFF);
    await app.query(`query ($id: ID!) { a: model(id: $id) { id } b: model(id: $id) { id } }`, {
      id: ID,
    });
    expect(calls(app)).toBe(1);
    app.sandbox.faults.add({ delayMs: 1000 });
    const answers = await Promise.all(range(0, 5).map(() => askId(app, OTHER)));
    expect(calls(app)).toBe(2);
    for (const { headers } of answers) expect(maxAge(headers)).toBe(0);
  });
});

describe('a request that says', () => {
  test('no-cache is answered by PAI, and the answer then serves others', async () => {
    await using app = await open();
    await ask(app);
    app.sandbox.setModels(registry('new'));
    expect((await ask(app, ID, 'no-cache')).data.model).toMatchObject({
      ...{ name: 'new 0', meta: { source: 'LIVE' } },
    });
    expect((await ask(app)).data.model).toMatchObject({
      ...{ name: 'new 0', meta: { source: 'CACHE' } },
    });
    expect(calls(app)).toBe(2);
  });

  test('no-cache is told of a failure instead of an old answer', async () => {
    await using app = await open();
    await ask(app);
    app.sandbox.faults.add({ fault: { kind: 'wrongShape', body: {} } });
    expect(codes(await ask(app, ID, 'no-cache'))).toEqual(['UPSTREAM_INVALID']);
    expect((await ask(app)).data.model.meta.source).toBe('CACHE');
  });

  test('no-cache shares the flight of others who say so', async () => {
    await using app = await open();
    app.sandbox.faults.add({ delayMs: 1000 });
    const answers = await Promise.all(range(0, 8).map(() => ask(app, ID, 'no-cache')));
    expect(calls(app)).toBe(1);
    const joined = answers.filter(({ extensions }) => extensions.upstream.coalesced === 1);
    expect(joined).toHaveLength(7);
  });

  test('max-stale=0 gets fresh answers and nothing stale', async () => {
    await using app = await open(windows(1, 60, 600));
    await ask(app);
    expect((await ask(app, ID, 'max-stale=0')).data.model.meta.source).toBe('CACHE');
    app.passes(PAST_ONE_SECOND);
    app.sandbox.faults.add({ times: 3, fault: DOWN });
    expect(codes(await ask(app, ID, 'max-stale=0'))).toEqual(['UPSTREAM_UNAVAILABLE']);
    expect((await ask(app, ID, 'max-stale=0')).data.model.meta.source).toBe('LIVE');
  });

  test.each(['max-stale=60', 'max-stale'])(
    '%s is not kept waiting for PAI',
    async (cacheControl) => {
      await using app = await open(windows(1, 0, 600));
      await ask(app);
      app.passes(PAST_ONE_SECOND);
      app.sandbox.faults.add({ delayMs: 300 });
      const { data, extensions } = await ask(app, ID, cacheControl);
      expect(data.model.meta.source).toBe('STALE');
      expect(extensions.upstream).toMatchObject({ calls: 0, stale: 1 });
    },
  );

  test('max-stale gets nothing that is older than the cache keeps', async () => {
    await using app = await open(windows(1, 0, 1));
    await ask(app);
    app.passes(PAST_ONE_SECOND + 1000);
    expect((await ask(app, ID, 'max-stale=9999')).data.model.meta.source).toBe('LIVE');
  });
});

describe('an absent model', () => {
  test('is remembered for CACHE_MISSING_SECONDS, and then PAI is asked again', async () => {
    await using app = await open({ CACHE_MISSING_SECONDS: '1' });
    expect((await ask(app, modelId(7))).data.model).toBeNull();
    const remembered = await ask(app, modelId(7));
    expect(remembered).toMatchObject({ data: { model: null }, errors: [] });
    expect(remembered.extensions.upstream).toMatchObject({ calls: 0, cached: 1 });
    expect(calls(app)).toBe(1);
    app.sandbox.setModels(registry('new', 8));
    app.passes(PAST_ONE_SECOND);
    expect((await ask(app, modelId(7))).data.model.name).toBe('new 7');
  });

  test('is never served stale', async () => {
    await using app = await open({ CACHE_MISSING_SECONDS: '1' });
    await ask(app, modelId(7));
    app.sandbox.faults.add({ fault: DOWN });
    app.passes(PAST_ONE_SECOND);
    expect(codes(await ask(app, modelId(7)))).toEqual(['UPSTREAM_UNAVAILABLE']);
  });

  test.each(['0', '1'])('replaces the cached model (CACHE_MISSING_SECONDS=%s)', async (seconds) => {
    await using app = await open({ CACHE_MISSING_SECONDS: seconds });
    await ask(app);
    app.sandbox.setModels([]);
    expect((await ask(app, ID, 'no-cache')).data.model).toBeNull();
    if (seconds === '1') expect((await ask(app)).extensions.upstream.cached).toBe(1);
    app.sandbox.faults.add({ fault: DOWN });
    app.passes(PAST_ONE_SECOND);
    expect(codes(await ask(app))).toEqual(['UPSTREAM_UNAVAILABLE']);
  });
});

describe('a refusal', () => {
  test('replaces the cached model at once, and no failure brings it back', async () => {
    await using app = await open();
    await ask(app);
    app.sandbox.faults.add({ times: 1, fault: FORBIDDEN });
    expect(codes(await ask(app, ID, 'no-cache'))).toEqual(['FORBIDDEN']);
    app.sandbox.faults.add({ fault: DOWN });
    expect(codes(await ask(app))).toEqual(['UPSTREAM_UNAVAILABLE']);
    expect(codes(await ask(app, ID, 'max-stale'))).toEqual(['UPSTREAM_UNAVAILABLE']);
  });

  test('replaces it also in a background revalidation', async () => {
    await using app = await open(windows(1, 60, 600));
    await ask(app);
    app.passes(PAST_ONE_SECOND);
    app.sandbox.faults.add({ fault: FORBIDDEN });
    expect((await ask(app)).data.model.meta.source).toBe('STALE');
    await eventually(() =>
      app.events.find(
        (event) => event.type === 'upstream_attempt' && event.outcome === 'FORBIDDEN',
      ),
    );
    expect(codes(await ask(app))).toEqual(['FORBIDDEN']);
  });

  test('is not remembered: each read asks PAI', async () => {
    await using app = await open();
    app.sandbox.faults.add({ times: 2, fault: FORBIDDEN });
    for (const _ of range(0, 2)) expect(codes(await ask(app))).toEqual(['FORBIDDEN']);
    expect((await ask(app)).data.model.meta.source).toBe('LIVE');
    expect(calls(app)).toBe(3);
  });
});

describe('a failure', () => {
  test.each<[string, Fault]>([
    ['UPSTREAM_UNAVAILABLE', DOWN],
    ['UPSTREAM_INVALID', { kind: 'otherModel' }],
    ['UPSTREAM_REJECTED', { kind: 'error', status: 400, code: 'IncompleteSignature' }],
    ['BAD_USER_INPUT', { kind: 'error', status: 400, code: 'InvalidParameter' }],
    ['RATE_LIMITED', { kind: 'throttle', retryAfterMs: 10 }],
  ])('%s is not kept', async (code, fault) => {
    await using app = await open();
    app.sandbox.faults.add({ fault });
    const failed = await ask(app);
    expect(codes(failed)).toEqual([code]);
    expect(failed.headers.get('cache-control')).toBe('no-store');
    app.sandbox.faults.clear();
    expect((await ask(app)).data.model).toMatchObject({ id: ID, meta: { source: 'LIVE' } });
  });
});

describe('Cache-Control of the response', () => {
  test('says how long all of it stays fresh', async () => {
    await using app = await open(windows(10, 30, 600));
    const live = await askId(app);
    expect(maxAge(live.headers)).toBeGreaterThanOrEqual(8);
    expect(maxAge(live.headers)).toBeLessThanOrEqual(10);
    app.passes(PAST_ONE_SECOND);
    const both = await app.query('query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id } }', {
      ids: [OTHER, ID],
    });
    expect(maxAge(both.headers)).toBeLessThanOrEqual(8);
    expect(maxAge((await askId(app, OTHER)).headers)).toBeGreaterThanOrEqual(8);
  });

  test('is bounded by a remembered absence', async () => {
    await using app = await open({ CACHE_MISSING_SECONDS: '3' });
    const { headers } = await askId(app, modelId(7));
    expect(maxAge(headers)).toBeGreaterThanOrEqual(1);
    expect(maxAge(headers)).toBeLessThanOrEqual(3);
  });

  test('gives no time to a stale answer', async () => {
    await using app = await open(windows(1, 60, 600));
    await askId(app);
    app.passes(PAST_ONE_SECOND);
    const { extensions, headers } = await askId(app);
    expect(extensions.upstream.stale).toBe(1);
    expect(maxAge(headers)).toBe(0);
  });

  test('is no-store where one field of many fails', async () => {
    await using app = await open();
    app.sandbox.faults.add({ modelId: OTHER, fault: FORBIDDEN });
    const { data, headers } = await app.query(
      'query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id } }',
      { ids: [ID, OTHER] },
    );
    expect(data.modelsByIds).toEqual([{ id: ID }, null]);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test.each([
    'model(id: $id) { meta { ageSeconds } }',
    'model(id: $id) { latestVersion { meta { source } } }',
  ])('is no-store where the age of the data is selected: %s', async (selection) => {
    await using app = await open();
    // Compiled from the third run on.
    for (let run = 0; run < 6; run += 1) {
      const { headers } = await app.query(`query ($id: ID!) { ${selection} }`, { id: ID });
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });
});
