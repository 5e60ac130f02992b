// The facets of a list: what they count, for whom, and at which cost.
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { SandboxModel } from '../../sandbox/sandbox.js';
import { DEFAULT_PAGES } from '../../src/graphql/pagination/page-arguments.js';
import { createSchema } from '../../src/graphql/schema.js';
import { pagesAsked, withoutErrors } from '../graphql/list-answers.js';
import { modelId, numberedModels, range } from '../graphql/numbered-registry.js';
import { aFile } from '../support/a-file.js';
import { apiKeys, byKey, keysEnv } from '../support/callers.js';
import { explainAndRun } from '../support/explain-and-run.js';
import { inputs } from '../support/inputs.js';
import { type TestApp, withApp } from '../support/with-app.js';

vi.setConfig({ maxConcurrency: 4 });

const FIELDS =
  '[TASK, DOMAIN, ORIGIN, PROVIDER, TYPE, LABEL_KEY, FRAMEWORK, ACCESSIBILITY]' as const;
const ALL = '{ scanned isComplete facets { field values { value count } } }';

interface Facets {
  readonly scanned: number;
  readonly isComplete: boolean;
  readonly facets: readonly {
    readonly field: string;
    readonly values: readonly { readonly value: string; readonly count: number }[];
  }[];
}

const open = (count: number, pageSizeMax = 100, env: Record<string, string> = {}) =>
  withApp({
    env: { UPSTREAM_RATE_PER_SECOND: '10000', ...env },
    sandbox: { models: numberedModels(count), pageSizeMax },
  });

/** The even half of numbered models, and the odd one. */
const halves = (count: number) => [
  {
    field: 'DOMAIN',
    values: [
      { value: 'even', count: Math.ceil(count / 2) },
      { value: 'odd', count: Math.floor(count / 2) },
    ],
  },
];

const domains = (args = '') => `facets(fields: [DOMAIN]${args}) ${ALL}`;
const facetsOf = async (app: TestApp, args = '', headers = {}): Promise<Facets> =>
  withoutErrors(await app.query(`{ models(first: 0) { ${domains(args)} } }`, {}, headers)).models
    .facets;

describe('the facets of a list', () => {
  test.concurrent('take one call for 60 models', async () => {
    await using app = await open(60);
    const expected = { scanned: 60, isComplete: true, facets: halves(60) };
    expect(await facetsOf(app)).toEqual(expected);
    expect(pagesAsked(app)).toEqual(['1/100']);
    expect(await facetsOf(app)).toEqual(expected);
    expect(pagesAsked(app)).toHaveLength(1);
  });

  test.concurrent('take no call beside the rows and the total of the list', async () => {
    await using app = await open(60);
    for (const selection of ['nodes { id }', 'totalCount', 'pageInfo { hasNextPage } totalCount']) {
      for (const args of ['first: 24', 'first: 0', 'last: 5']) {
        app.sandbox.reset();
        app.passes(700_000);
        const { models } = withoutErrors(
          await app.query(`{ models(${args}) { ${selection} ${domains()} } }`),
        );
        expect(models.facets).toMatchObject({ scanned: 60, isComplete: true });
        expect([selection, args, pagesAsked(app)]).toEqual([selection, args, ['1/100']]);
      }
    }
  });

  test.concurrent('take as many pages as the list has, or as many as are asked for', async () => {
    await using app = await open(450);
    expect(await facetsOf(app, ', maxPages: 2')).toEqual({
      ...{ scanned: 200, isComplete: false, facets: halves(200) },
    });
    expect(pagesAsked(app)).toEqual(['1/100', '2/100']);
    expect(await facetsOf(app)).toEqual({ scanned: 450, isComplete: true, facets: halves(450) });
    expect(pagesAsked(app).toSorted()).toEqual(['1/100', '2/100', '3/100', '4/100', '5/100']);
  });

  test.concurrent('read no page twice in one operation', async () => {
    await using app = await open(300);
    const query = `{ a: models(first: 100) { nodes { id } ${domains()} b: facets(fields: [TASK]) ${ALL} }
      c: models(first: 100) { pageInfo { hasNextPage } ${domains(', maxPages: 5')} } }`;
    const { data, extensions } = await app.query(query, {}, { 'cache-control': 'no-cache' });
    expect([data.a.facets.scanned, data.a.b.scanned, data.c.facets.scanned]).toEqual([
      300, 300, 300,
    ]);
    expect(extensions.upstream.calls).toBe(3);
  });

  test.concurrent('are those of the whole list, whichever of its pages is selected', async () => {
    await using app = await open(60);
    const { models } = withoutErrors(
      await app.query(`{ models(first: 2) { nodes { id } pageInfo { endCursor } } }`),
    );
    const after = models.pageInfo.endCursor;
    const query = `{ models(first: 2, after: "${after}", filter: { domain: "odd" }) { totalCount ${domains()} } }`;
    const refused = await app.query(query);
    expect(refused.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    const filtered = withoutErrors(await app.query(query.replace(`, after: "${after}"`, '')));
    expect(filtered.models).toEqual({
      totalCount: 30,
      facets: {
        ...{ scanned: 30, isComplete: true },
        facets: [{ field: 'DOMAIN', values: [{ value: 'odd', count: 30 }] }],
      },
    });
  });

  test.concurrent('are counted from smaller pages where PAI cuts them', async () => {
    await using app = await open(60, 20);
    expect(await facetsOf(app)).toEqual({ scanned: 60, isComplete: true, facets: halves(60) });
    expect(pagesAsked(app)).toEqual(['1/100', '2/20', '3/20']);
    expect(await facetsOf(app, ', maxPages: 2')).toMatchObject({ scanned: 40, isComplete: false });
  });

  test.concurrent('are zero of an empty list', async () => {
    await using app = await open(0);
    expect(await facetsOf(app)).toEqual({
      ...{ scanned: 0, isComplete: true, facets: [{ field: 'DOMAIN', values: [] }] },
    });
  });

  test.concurrent('are as fresh as the oldest of their pages', async () => {
    await using app = await open(150);
    await facetsOf(app, ', maxPages: 1');
    app.passes(10_000);
    const { headers, extensions } = await app.query(`{ models(first: 0) { ${domains()} } }`);
    expect(extensions.upstream).toMatchObject({ calls: 1, cached: 1 });
    const [, seconds] = /^private, max-age=(\d+)$/.exec(headers.get('cache-control') ?? '') ?? [];
    expect(Number(seconds)).toBeGreaterThan(0);
    expect(Number(seconds)).toBeLessThanOrEqual(20);
  });
});

describe('the arguments of facets', () => {
  const many = `fields: [${Array(101).fill('TASK')}]`;
  test.concurrent.each([
    ['no field', 'fields: []', 'fields: must not be empty.'],
    ['101 fields', many, 'fields: at most 100 items are allowed, got 101.'],
    ['0 pages', 'fields: [TASK], maxPages: 0', 'maxPages must be from 1 to 100, got 0.'],
    ['-1 pages', 'fields: [TASK], maxPages: -1', 'maxPages must be from 1 to 100, got -1.'],
    ['101 pages', 'fields: [TASK], maxPages: 101', 'maxPages must be from 1 to 100, got 101.'],
  ])('with %s are refused without a call', async (_, args, message) => {
    await using app = await open(3);
    const { data, errors } = await app.query(`{ models(first: 0) { facets(${args}) ${ALL} } }`);
    expect(data).toEqual({ models: { facets: null } });
    expect(errors).toMatchObject([{ message, path: ['models', 'facets'] }]);
    expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(app.sandbox.requests).toEqual([]);
  });

  test.concurrent('null pages are the default of the schema, and a field that is named twice is counted once', async () => {
    await using app = await open(DEFAULT_PAGES * 10 + 1, 10);
    const facets = createSchema({ relayNode: true }).getType('ModelConnection');
    const field = facets && 'getFields' in facets ? facets.getFields().facets : undefined;
    const maxPages =
      field && 'args' in field ? field.args.find(({ name }) => name === 'maxPages') : undefined;
    expect(maxPages?.defaultValue).toBe(DEFAULT_PAGES);
    expect(await facetsOf(app, ', maxPages: null')).toMatchObject({ scanned: 100 });
    const { models } = withoutErrors(
      await app.query(`{ models(first: 0) { facets(fields: [DOMAIN, DOMAIN]) ${ALL} } }`),
    );
    expect(models.facets.facets).toEqual(halves(100));
  });
});

describe('the price of facets', () => {
  const price = async (app: TestApp, selection: string) =>
    (await app.query(`{ models${selection} }`, {}, { 'x-upstream-explain': 'true' })).extensions
      .explain;

  test.concurrent('is the number of pages, less those that the list reads', async () => {
    await using app = await open(300);
    expect(await price(app, `(first: 0) { ${domains()} }`)).toMatchObject({ price: 10 });
    expect(await price(app, `(first: 0) { ${domains(', maxPages: 3')} }`)).toMatchObject({
      ...{ price: 3, expected: 3, worstCase: 6 },
    });
    const nodes = (first: number) => `(first: ${first}) { totalCount nodes { id } ${domains()} }`;
    expect(await price(app, nodes(20))).toMatchObject({ price: 10 });
    expect(await price(app, nodes(100))).toMatchObject({ price: 10 });
    expect(await price(app, `(first: 0) { totalCount ${domains()} }`)).toMatchObject({ price: 10 });
    const twice = `(first: 0) { a: ${domains()} b: ${domains(', maxPages: 7')} }`;
    expect(await price(app, twice)).toMatchObject({ price: 10 });
    await facetsOf(app);
    expect(await price(app, nodes(100))).toMatchObject({ price: 10, expected: 7 });
  });

  test.concurrent('is limited as that of any field', async () => {
    await using app = await open(300, 100, { UPSTREAM_CALLS_PER_OPERATION: '9' });
    const { errors } = await app.query(`{ models(first: 0) { ${domains()} } }`);
    expect(errors).toMatchObject([
      { extensions: { code: 'QUERY_TOO_COMPLEX', limit: 9, measured: 10 } },
    ]);
    expect(await facetsOf(app, ', maxPages: 9')).toMatchObject({ scanned: 300 });
  });

  test.concurrent('is never exceeded beyond its worst case while PAI’s cap changes', async () => {
    let caps: number[] = [];
    const pageSizeMax = () => (caps.length > 1 ? caps.shift() : caps[0]) ?? 100;
    await using app = await withApp({
      env: { UPSTREAM_RATE_PER_SECOND: '10000' },
      sandbox: { models: numberedModels(250), pageSizeMax },
    });
    const scene = fc.record({
      caps: fc.array(fc.constantFrom(1, 2, 10, 30, 100, 150), { minLength: 1, maxLength: 4 }),
      first: fc.constantFrom(0, 1, 20, 100),
      maxPages: fc.integer({ min: 1, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(scene, async ({ first, maxPages, ...rest }) => {
        app.passes(700_000);
        caps = [...rest.caps];
        const pages = `, maxPages: ${maxPages}`;
        const query = `{ models(first: ${first}) { nodes { id } a: ${domains(pages)} b: ${domains()} } }`;
        const { explain, ran } = await explainAndRun(app, query, {});
        expect(ran.errors).toEqual([]);
        expect(ran.sent.length).toBeLessThanOrEqual(explain.worstCase);
      }),
      { numRuns: inputs(20, 60) },
    );
  });
});

describe('facets whose pages end early', () => {
  test.concurrent('are what the budget sufficed for, without an error, and are not kept', async () => {
    await using app = await open(450);
    const query = `{ models(first: 0) { ${domains()} } }`;
    const budgets: [string, number][] = [
      ['0', 0],
      ['1', 100],
      // The first is in the cache.
      ['2', 300],
    ];
    for (const [budget, scanned] of budgets) {
      const { status, data, errors, headers } = await app.query(
        query,
        {},
        { 'x-upstream-budget': budget },
      );
      expect([status, errors]).toEqual([200, []]);
      expect(data.models.facets).toMatchObject({ scanned, isComplete: false });
      expect(headers.get('cache-control')).toBe('private, max-age=0');
    }
    const { data, headers } = await app.query(query);
    expect(data.models.facets).toMatchObject({ scanned: 450, isComplete: true });
    expect(headers.get('cache-control')).not.toBe('private, max-age=0');
  });

  test.concurrent('are counted from what the rows of the list leave of the budget', async () => {
    await using app = await open(450);
    const query = `{ models(first: 2) { nodes { id } ${domains()} } }`;
    const { data, errors } = await app.query(query, {}, { 'x-upstream-budget': '3' });
    expect(errors).toEqual([]);
    expect(data.models.nodes).toHaveLength(2);
    expect(data.models.facets).toMatchObject({ scanned: 300, isComplete: false });
  });

  test.concurrent('are an error where a page fails, beside the data of the list', async () => {
    await using app = await open(450);
    const query = `{ models(first: 2) { nodes { id } ${domains()} } }`;
    app.sandbox.faults.add({
      ...{ operation: 'ListModels', skip: 3 },
      fault: { kind: 'error', status: 403, code: 'NoPermission' },
    });
    const { data, errors } = await app.query(query);
    expect(data.models).toEqual({ nodes: [{ id: modelId(0) }, { id: modelId(1) }], facets: null });
    expect(errors).toMatchObject([
      { path: ['models', 'facets'], extensions: { code: 'FORBIDDEN' } },
    ]);
    app.sandbox.faults.clear();
    expect(await facetsOf(app)).toMatchObject({ scanned: 450 });
  });

  test.concurrent('are an error at the deadline of the operation', async () => {
    await using app = await open(450, 100, { REQUEST_TIMEOUT_MS: '1500' });
    app.sandbox.faults.add({ operation: 'ListModels', skip: 2, fault: { kind: 'hang' } });
    const { data, errors } = await app.query(`{ models(first: 2) { nodes { id } ${domains()} } }`);
    expect(data.models).toMatchObject({ nodes: [{}, {}], facets: null });
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_TIMEOUT' } }]);
  });

  test.concurrent('are incomplete where PAI sends a model without an id', async () => {
    const models = numberedModels(3, (index) => (index === 1 ? { model: { ModelId: '?!' } } : {}));
    await using app = await withApp({ sandbox: { models } });
    expect(await facetsOf(app)).toMatchObject({ scanned: 2, isComplete: false });
  });
});

const FEW = ['', 'a', 'A', 'b', 'é b', '中文', ' a'];
const text = fc.option(fc.constantFrom(...FEW), { nil: undefined });
const wireModel = fc.record({
  ...{ Task: text, Domain: text, Origin: text, ModelType: text, Provider: text },
  Accessibility: fc.constantFrom('PUBLIC', 'private', 'Other', '', undefined),
  Labels: fc.array(fc.record({ Key: fc.constantFrom(...FEW), Value: fc.constantFrom('x', '') }), {
    maxLength: 3,
  }),
  LatestVersion: fc.option(fc.record({ VersionName: fc.constant('0.1.0'), FrameworkType: text }), {
    nil: undefined,
  }),
  WorkspaceId: fc.constantFrom('ws-1', 'ws-2', 'ws-3', undefined),
});
type WireModel = NonNullable<typeof wireModel extends fc.Arbitrary<infer T> ? T : never>;

const toRegistry = (models: readonly WireModel[]): SandboxModel[] =>
  models.map((model, index) => ({
    listedWithoutProvider: true,
    versions: [],
    model: {
      ModelId: modelId(index),
      ...Object.fromEntries(Object.entries(model).filter(([, value]) => value !== undefined)),
    },
  }));

/** Counted by hand, from what PAI sends. */
const VALUES: Readonly<Record<string, (model: WireModel) => (string | undefined)[]>> = {
  TASK: ({ Task }) => [Task],
  DOMAIN: ({ Domain }) => [Domain],
  ORIGIN: ({ Origin }) => [Origin],
  PROVIDER: ({ Provider }) => [Provider],
  TYPE: ({ ModelType }) => [ModelType],
  LABEL_KEY: ({ Labels }) => Labels.map(({ Key }) => Key),
  FRAMEWORK: ({ LatestVersion }) => [LatestVersion?.FrameworkType],
  ACCESSIBILITY: ({ Accessibility }) => [
    Accessibility && (Accessibility === 'Other' ? 'UNRECOGNIZED' : Accessibility.toUpperCase()),
  ],
};

function countsByHand(models: readonly WireModel[], field: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const model of models) {
    for (const value of new Set(VALUES[field]?.(model))) {
      if (value) counts[value] = (counts[value] ?? 0) + 1;
    }
  }
  if (field !== 'FRAMEWORK') return counts;
  const joined: Record<string, number> = {};
  for (const [spelling, count] of Object.entries(counts)) {
    const same = Object.keys(counts).filter((it) => it.toLowerCase() === spelling.toLowerCase());
    const [name = ''] = same.sort(
      (one, other) => (counts[other] ?? 0) - (counts[one] ?? 0) || (one < other ? -1 : 1),
    );
    joined[name] = (joined[name] ?? 0) + count;
  }
  return joined;
}

function expectCounts({ facets }: Facets, models: readonly WireModel[]): void {
  expect(facets.map(({ field }) => field)).toEqual(Object.keys(VALUES));
  for (const { field, values } of facets) {
    const sorted = values.toSorted(
      (one, other) => other.count - one.count || (one.value < other.value ? -1 : 1),
    );
    expect(values).toEqual(sorted);
    const counts = Object.fromEntries(values.map(({ value, count }) => [value, count]));
    expect([field, counts]).toEqual([field, countsByHand(models, field)]);
  }
}

const FILTERS: Readonly<Record<string, string>> = {
  TASK: 'task',
  DOMAIN: 'domain',
  ORIGIN: 'origin',
  TYPE: 'type',
};

const BY_FILTER = `query ($filter: ModelFilter) {
  models(filter: $filter, first: 0) { totalCount facets(fields: ${FIELDS}, maxPages: 100) ${ALL} }
}`;

async function expectFiltersToAgree(
  app: TestApp,
  { facets }: Facets,
  filter: Record<string, unknown>,
  headers = {},
): Promise<void> {
  for (const { field, values } of facets) {
    const name = FILTERS[field];
    if (name === undefined) continue;
    for (const { value, count } of values) {
      const narrowed = { filter: { ...filter, [name]: value } };
      const { models } = withoutErrors(await app.query(BY_FILTER, narrowed, headers));
      expect([field, value, models.totalCount]).toEqual([field, value, count]);
      expect(models.facets).toMatchObject({ scanned: count, isComplete: true });
    }
  }
}

const scene = fc.record({
  models: fc.array(wireModel, { maxLength: 60 }),
  pageSizeMax: fc.constantFrom(100, 20, 7),
});

test('facets over all pages are the counts by hand, and a value as a filter gives its count, for any registry', async () => {
  let cap = 100;
  await using app = await withApp({
    env: { UPSTREAM_RATE_PER_SECOND: '10000' },
    sandbox: { models: [], pageSizeMax: () => cap },
  });
  await fc.assert(
    fc.asyncProperty(scene, async ({ models, pageSizeMax }) => {
      app.passes(700_000);
      cap = pageSizeMax;
      app.sandbox.setModels(toRegistry(models));
      const answer = withoutErrors(await app.query(BY_FILTER, {})).models;
      expect(answer.facets).toMatchObject({ scanned: models.length, isComplete: true });
      expectCounts(answer.facets, models);
      await expectFiltersToAgree(app, answer.facets, {});
    }),
    { numRuns: inputs(10, 60) },
  );
});

test('facets of callers of some workspaces count only the models that they see', async () => {
  await using keys = await aFile(
    apiKeys({ one: ['ws-1'], two: ['ws-1', 'ws-2'], none: [], all: null }),
  );
  await using app = await withApp({
    env: { UPSTREAM_RATE_PER_SECOND: '10000', ...keysEnv(keys) },
    sandbox: { models: [], pageSizeMax: 20 },
  });
  /** The workspaces of a caller, and the filters that it may use. */
  const callers: [string, readonly (string | undefined)[], readonly (string | undefined)[]][] = [
    ['one', ['ws-1'], [undefined, 'ws-1', 'ws-2']],
    ['two', ['ws-1', 'ws-2'], ['ws-1', 'ws-2', 'ws-3']],
    ['none', [], [undefined, 'ws-1']],
    ['all', ['ws-1', 'ws-2', 'ws-3', undefined], [undefined, 'ws-3']],
  ];
  await fc.assert(
    fc.asyncProperty(scene, async ({ models }) => {
      app.passes(700_000);
      app.sandbox.setModels(toRegistry(models));
      for (const [client, workspaces, filters] of callers) {
        for (const workspaceId of filters) {
          const seen = models.filter(
            ({ WorkspaceId }) =>
              workspaces.includes(WorkspaceId) &&
              (workspaceId === undefined || workspaceId === WorkspaceId),
          );
          const filter = { workspaceId };
          const answer = await app.query(BY_FILTER, { filter }, byKey(client));
          const { facets } = withoutErrors(answer).models;
          expect(facets).toMatchObject({ scanned: seen.length, isComplete: true });
          expectCounts(facets, seen);
        }
      }
    }),
    { numRuns: inputs(6, 40) },
  );
});

test('a caller of some workspaces pays nothing for facets of a list that it does not see', async () => {
  await using keys = await aFile(apiKeys({ one: ['ws-1'] }));
  await using app = await withApp({ env: keysEnv(keys), sandbox: { models: numberedModels(5) } });
  const query = `{ models(filter: { workspaceId: "ws-2" }) { nodes { id } ${domains()} } }`;
  const { explain, ran } = await explainAndRun(app, query, byKey('one'));
  expect(explain).toMatchObject({ price: 0, expected: 0 });
  expect(ran.data.models.facets).toMatchObject({ scanned: 0, isComplete: true });
  expect(ran.sent).toEqual([]);
});

test('facets stay the same in the cache and in a compiled operation', async () => {
  await using app = await open(250);
  const query = `query ($n: Int) { models(first: 3) { nodes { id } facets(fields: ${FIELDS}, maxPages: $n) ${ALL} } }`;
  const first = withoutErrors(await app.query(query, { n: 3 }));
  for (const time of range(0, 10)) {
    const again = await app.query(query, { n: 3 + (time % 2) });
    expect(withoutErrors(again)).toEqual(first);
    expect(again.extensions.upstream.calls).toBe(0);
  }
  expect(withoutErrors(await app.query(query, { n: 1 })).models.facets).toMatchObject({
    ...{ scanned: 100, isComplete: false },
  });
});

test('values that facets count count towards the response, selected or not', async () => {
  const labels = (model: number) =>
    range(0, 100).map((index) => ({ Key: `k${model}-${index}`, Value: 'v' }));
  const models = numberedModels(100, (index) => ({ model: { Labels: labels(index) } }));
  await using app = await withApp({ sandbox: { models } });
  const aliases = (count: number) =>
    range(0, count).map((index) => `a${index}: facets(fields: [LABEL_KEY]) { scanned }`);
  const few = await app.query(`{ models(first: 1) { ${aliases(5)} } }`);
  expect(withoutErrors(few).models.a4.scanned).toBe(100);
  const { data, errors } = await app.query(`{ models(first: 1) { ${aliases(49)} } }`);
  expect(data).toBeNull();
  expect(errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX', limit: 16 } }]);
});
