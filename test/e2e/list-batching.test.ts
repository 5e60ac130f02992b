// Many missing models through few pages of a list, counted at the sandbox.
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Fault, SandboxModel } from '../../sandbox/sandbox.js';
import { modelId, numberedModels, numberedVersions, range } from '../graphql/numbered-registry.js';
import { type GraphqlAnswer, type TestApp, withApp } from '../support/with-app.js';

vi.setConfig({ maxConcurrency: 6 });

const BY_IDS = `query ($ids: [ID!]!) {
  modelsByIds(ids: $ids) { id name raw latestVersion { versionName } }
}`;
const ids = (start: number, end: number) => range(start, end).map(modelId);
const byIds = (app: TestApp, wanted: readonly string[], headers: Record<string, string> = {}) =>
  app.query(BY_IDS, { ids: wanted }, headers);
const learnTotal = (app: TestApp, first = 1) =>
  app.query(`{ models(first: ${first}) { nodes { id } } }`);

/** The requests sent to the sandbox meanwhile, in order. */
async function sentBy(app: TestApp, work: () => Promise<unknown>): Promise<string[]> {
  const before = app.sandbox.requests.length;
  await work();
  return app.sandbox.requests.slice(before).map(({ operation }) => operation);
}

const count = (sent: readonly string[], operation: string) =>
  sent.filter((one) => one === operation).length;

const open = (env: Record<string, string> = {}, models = 60, pageSizeMax = 100) =>
  withApp({ env, sandbox: { models: numberedModels(models, withVersions), pageSizeMax } });
const withVersions = () => ({ versions: numberedVersions(2), tags: [{ Key: 'team', Value: 'a' }] });

describe('50 cold models of 60', () => {
  test.concurrent('cost 50 calls while nothing is known of the list', async () => {
    await using app = await open();
    expect(await sentBy(app, () => byIds(app, ids(0, 50)))).toEqual(Array(50).fill('GetModel'));
  });

  test.concurrent('cost 3 calls while the list has to be proved, and 1 call then', async () => {
    await using app = await open();
    await learnTotal(app);
    const first = await sentBy(app, async () => {
      const { data, errors, extensions } = await byIds(app, ids(10, 60));
      expect(errors).toEqual([]);
      expect(data.modelsByIds.map(({ id }: { id: string }) => id)).toEqual(ids(10, 60));
      expect(extensions.upstream).toMatchObject({ calls: 3, saved: 47 });
    });
    expect(first).toEqual(['ListModels', 'GetModel', 'GetModel']);
    const noCache = { 'cache-control': 'no-cache' };
    expect(await sentBy(app, () => byIds(app, ids(10, 60), noCache))).toEqual(['ListModels']);
  });

  test.concurrent('bring the whole page into the cache', async () => {
    await using app = await open();
    await learnTotal(app);
    await byIds(app, ids(10, 60));
    const sent = await sentBy(app, async () => {
      const { data } = await byIds(app, ids(0, 60));
      expect(data.modelsByIds[0]).toMatchObject({ id: modelId(0) });
      expect(data.modelsByIds[0].raw).not.toHaveProperty('Tags');
    });
    expect(sent).toEqual([]);
  });

  test.concurrent('let the items of later lists answer reads by id, in their operation and from the cache', async () => {
    await using app = await open();
    await learnTotal(app);
    await byIds(app, ids(10, 60));
    app.passes(700_000);
    const sent = await sentBy(app, async () => {
      const nested = `{ models(first: 20) { nodes { versions(first: 1) { nodes { model { name } } } } } }`;
      const { data } = await app.query(nested);
      expect(data.models.nodes[5].versions.nodes).toEqual([{ model: { name: 'name 5' } }]);
      expect((await byIds(app, ids(0, 20))).data.modelsByIds[19].name).toBe('name 19');
    });
    expect([count(sent, 'ListModels'), count(sent, 'GetModel')]).toEqual([1, 0]);
  });

  test.concurrent('are read through the list again when its page has grown old, read since or not', async () => {
    await using app = await open({ CACHE_TTL_SECONDS: '30', CACHE_REVALIDATE_SECONDS: '0' });
    await learnTotal(app, 100);
    app.passes(29_000);
    expect(await sentBy(app, () => learnTotal(app, 100))).toEqual([]);
    app.passes(2_000);
    const sent = await sentBy(app, () => byIds(app, ids(10, 60)));
    expect(sent).toEqual(['ListModels', 'GetModel', 'GetModel']);
  });

  test.concurrent('cost 50 calls with UPSTREAM_LIST_BATCHING=off', async () => {
    await using app = await open({ UPSTREAM_LIST_BATCHING: 'off' });
    await learnTotal(app);
    expect(await sentBy(app, () => byIds(app, ids(10, 60)))).toEqual(Array(50).fill('GetModel'));
  });

  test.concurrent('cost a page for each ten and two proofs where PAI cuts pages to ten', async () => {
    await using app = await open({}, 60, 10);
    await learnTotal(app);
    const sent = await sentBy(app, () => byIds(app, ids(10, 60)));
    expect(count(sent, 'GetModel')).toBeLessThanOrEqual(50);
    // The page that was read showed none of those that were wanted, and so proved nothing: its models were not kept.
    const rest = await sentBy(app, () => byIds(app, ids(0, 60)));
    expect(rest).toEqual(Array(10).fill('GetModel'));
    expect(await sentBy(app, () => byIds(app, ids(0, 60)))).toEqual([]);
  });
});

test.concurrent('100 references of a gateway are read through a list, too', async () => {
  await using app = await open({}, 120);
  await learnTotal(app);
  const representations = ids(0, 100).map((id) => ({ __typename: 'Model', id }));
  const sent = await sentBy(app, async () => {
    const { data, errors } = await app.query(
      `query ($representations: [_Any!]!) {
        _entities(representations: $representations) { ... on Model { name } }
      }`,
      { representations },
    );
    expect(errors).toEqual([]);
    expect(data._entities.at(-1)).toEqual({ name: 'name 99' });
  });
  // Of 120 models the second page holds too few of those that are left.
  expect(sent.length).toBeLessThanOrEqual(4);
});

test.concurrent.each([
  ['no-cache', {}, { 'cache-control': 'no-cache' }],
  ['CACHE_TTL_SECONDS=0', { CACHE_TTL_SECONDS: '0' }, {}],
])('with %s no page is read twice in one operation', async (_, env, headers) => {
  await using app = await open(env, 250);
  await learnTotal(app);
  const wanted = [...ids(0, 40), ...ids(110, 130), ...ids(210, 250)];
  const sent = await sentBy(app, () => byIds(app, wanted, { ...headers }));
  expect(count(sent, 'ListModels')).toBe(3);
  expect(count(sent, 'GetModel')).toBe(2);
});

describe('a list', () => {
  const PROOFS = ids(10, 12);

  test.concurrent.each<[string, Fault]>([
    ['fails', { kind: 'error', status: 403, code: 'NoPermission' }],
    ['is of another shape', { kind: 'wrongShape', body: { Models: 'none' } }],
    ['is empty', { kind: 'wrongShape', body: { Models: [], TotalCount: 60 } }],
    ['has unreadable items', { kind: 'wrongShape', body: { Models: [1, {}], TotalCount: 60 } }],
  ])('a list that %s costs one call more than one by one', async (_, fault) => {
    await using app = await open();
    await learnTotal(app);
    app.sandbox.faults.add({ operation: 'ListModels', fault });
    const sent = await sentBy(app, async () => {
      const { data, errors } = await byIds(app, ids(10, 60));
      expect(errors).toEqual([]);
      expect(data.modelsByIds[49].name).toBe('name 59');
    });
    expect([count(sent, 'ListModels'), count(sent, 'GetModel')]).toEqual([1, 50]);
  });

  test.concurrent('a list that never answers leaves time to read one by one', async () => {
    await using app = await open({ REQUEST_TIMEOUT_MS: '6000' });
    await learnTotal(app);
    app.sandbox.faults.add({ operation: 'ListModels', fault: { kind: 'hang' } });
    const { data, errors } = await byIds(app, ids(10, 60));
    expect(errors).toEqual([]);
    expect(data.modelsByIds[0].name).toBe('name 10');
  });

  test.concurrent('a list that says otherwise than GetModel is counted and not believed for an hour', async () => {
    await using app = await open();
    const { sandbox } = app;
    await learnTotal(app);
    const wrong = (from: number) => ({
      Models: ids(from, 60).map((id) => ({ ModelId: id, ModelName: 'from a list' })),
      TotalCount: 60,
    });
    sandbox.faults.add({
      operation: 'ListModels',
      times: 1,
      fault: { kind: 'wrongShape', body: wrong(0) },
    });
    const sent = await sentBy(app, async () => {
      const { data, errors } = await byIds(app, ids(10, 60));
      expect(errors).toEqual([]);
      expect(JSON.stringify(data)).not.toContain('from a list');
    });
    expect([count(sent, 'ListModels'), count(sent, 'GetModel')]).toEqual([1, 50]);
    expect(app.events.filter(({ type }) => type === 'list_mismatch')).toMatchObject([
      { type: 'list_mismatch', models: 2 },
    ]);

    // Nothing of the page is left in the cache, not even models that no request had asked for.
    const others = await byIds(app, ids(0, 10));
    expect(JSON.stringify(others.data)).not.toContain('from a list');
    app.passes(3_500_000);
    await learnTotal(app);
    const later = await sentBy(app, () => byIds(app, ids(10, 60), { 'cache-control': 'no-cache' }));
    expect(later).toEqual(Array(50).fill('GetModel'));
    app.passes(100_000);
    await learnTotal(app);
    const after = await sentBy(app, () => byIds(app, ids(10, 60), { 'cache-control': 'no-cache' }));
    expect(after).toEqual(['ListModels', 'GetModel', 'GetModel']);
  });

  test.concurrent('a list that shows models that GetModel refuses is not believed, and asks once for each id', async () => {
    await using app = await open();
    await learnTotal(app);
    const fault: Fault = { kind: 'error', status: 403, code: 'NoPermission' };
    app.sandbox.faults.add({ operation: 'GetModel', modelId: PROOFS[1] ?? '', fault });
    const sent = await sentBy(app, async () => {
      const { data, errors } = await byIds(app, ids(10, 60));
      expect(data.modelsByIds.slice(0, 3)).toMatchObject([{ id: modelId(10) }, null, {}]);
      expect(errors.map(({ path, extensions: { code } }) => [path, code])).toEqual([
        [['modelsByIds', 1], 'FORBIDDEN'],
      ]);
    });
    expect([count(sent, 'ListModels'), count(sent, 'GetModel')]).toEqual([1, 50]);
    expect(app.events).toContainEqual(
      expect.objectContaining({ type: 'list_mismatch', models: 1 }),
    );
  });

  test.concurrent('a list that shows models that do not exist is not believed, and asks once for each id', async () => {
    await using app = await open();
    await learnTotal(app);
    const fault: Fault = { kind: 'error', status: 404, code: '201900002' };
    for (const id of PROOFS) app.sandbox.faults.add({ operation: 'GetModel', modelId: id, fault });
    const sent = await sentBy(app, async () => {
      const { data, errors } = await byIds(app, ids(10, 60));
      expect(errors).toEqual([]);
      expect(data.modelsByIds.slice(0, 3)).toMatchObject([null, null, { id: modelId(12) }]);
    });
    expect([count(sent, 'ListModels'), count(sent, 'GetModel')]).toEqual([1, 50]);
  });

  test.concurrent('is neither proved nor believed where the proofs fail', async () => {
    await using app = await open();
    await learnTotal(app);
    const fault: Fault = { kind: 'wrongShape', body: {} };
    for (const id of PROOFS) {
      app.sandbox.faults.add({ operation: 'GetModel', modelId: id, times: 1, fault });
    }
    const sent = await sentBy(app, async () => {
      const { errors } = await byIds(app, ids(10, 60));
      expect(errors.map(({ path }) => path)).toEqual([
        ['modelsByIds', 0],
        ['modelsByIds', 1],
      ]);
    });
    expect([count(sent, 'ListModels'), count(sent, 'GetModel')]).toEqual([1, 50]);
    expect(app.events.some(({ type }) => type === 'list_mismatch')).toBe(false);
  });

  test.concurrent('in the cache does not bring back models that were deleted since', async () => {
    await using app = await open();
    await learnTotal(app, 20);
    await byIds(app, ids(20, 60));
    const kept = numberedModels(60, withVersions).slice(30);
    app.sandbox.setModels(kept);
    await byIds(app, ids(0, 30), { 'cache-control': 'no-cache' });
    // Past the memory of absences, while pages are still fresh.
    app.passes(6000);
    const { data } = await byIds(app, ids(0, 30));
    expect(data.modelsByIds).toEqual(Array(30).fill(null));
  });
});

test.concurrent('stale models are served when a page and its proofs fail', async () => {
  await using app = await open({ CACHE_REVALIDATE_SECONDS: '0' });
  await learnTotal(app);
  await byIds(app, ids(10, 60));
  app.passes(40_000);
  app.sandbox.faults.add({ fault: { kind: 'error', status: 503, code: 'ServiceUnavailable' } });
  const { data, errors } = await byIds(app, ids(10, 60));
  expect(errors).toEqual([]);
  expect(data.modelsByIds[0].name).toBe('name 10');
});

test.concurrent('two operations at once share pages and proofs', async () => {
  await using app = await open();
  await learnTotal(app);
  const sent = await sentBy(app, () =>
    Promise.all([byIds(app, ids(10, 60)), byIds(app, ids(10, 60))]),
  );
  expect([count(sent, 'ListModels'), count(sent, 'GetModel')]).toEqual([1, 2]);
});

interface Registry {
  readonly own: number;
  readonly provided: number;
  readonly pageSizeMax: keyof Apps;
  readonly isProviderKnown: boolean;
  readonly cached: readonly number[];
  readonly wanted: readonly number[];
}

/** One for each cap on pages. */
type Apps = Record<'10' | '37' | '100', TestApp>;

/** Own models and those of a provider, of which some are both; beyond both there is nothing. */
const registries = fc.record<Registry>({
  own: fc.nat(130),
  provided: fc.nat(130),
  pageSizeMax: fc.constantFrom<keyof Apps>('10', '37', '100'),
  isProviderKnown: fc.boolean(),
  cached: fc.uniqueArray(fc.nat(280), { maxLength: 30 }),
  wanted: fc.array(fc.nat(280), { minLength: 1, maxLength: 100 }),
});

function modelsOf({ own, provided }: Registry): SandboxModel[] {
  return numberedModels(own + provided, (index) => ({
    ...withVersions(),
    listedWithoutProvider: index < own,
    model: { Provider: index >= own || index % 7 === 0 ? 'pai' : '', Accessibility: 'PUBLIC' },
  }));
}

test('for any registry and cache, lists cost at most one call more than reads one by one, with equal answers', async () => {
  await using oneByOne = await withApp({
    env: { UPSTREAM_LIST_BATCHING: 'off', UPSTREAM_RATE_PER_SECOND: '10000' },
  });
  await using ten = await withApp({ sandbox: { pageSizeMax: 10 } });
  await using some = await withApp({ sandbox: { pageSizeMax: 37 } });
  await using hundred = await withApp();
  const apps: Apps = { 10: ten, 37: some, 100: hundred };
  await fc.assert(
    fc.asyncProperty(registries, async (registry) => {
      const app = apps[registry.pageSizeMax];
      // A registry changes only once all that was known of the last one is forgotten.
      app.passes(4_000_000);
      app.sandbox.setModels(modelsOf(registry));
      oneByOne.sandbox.setModels(modelsOf(registry));
      await learnTotal(app);
      if (registry.isProviderKnown) {
        await app.query('{ models(first: 1, filter: { provider: "pai" }) { totalCount } }');
      }
      await byIds(app, registry.cached.map(modelId));
      const wanted = registry.wanted.map(modelId);
      const answers: GraphqlAnswer[] = [];
      const sent = await sentBy(app, async () => answers.push(await byIds(app, wanted)));
      expect(sent.length).toBeLessThanOrEqual(new Set(wanted).size + 1);
      expect(answers[0]?.extensions.upstream.calls).toBe(sent.length);
      const expected = await byIds(oneByOne, wanted, { 'cache-control': 'no-cache' });
      expect(answers[0]?.data).toEqual(expected.data);
      expect(answers[0]?.errors).toEqual(expected.errors);
    }),
    { numRuns: 40 },
  );
});
