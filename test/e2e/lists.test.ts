// Lists of models over sockets: their rows, their costs, and their refusals.
import { describe, expect, test } from 'vitest';
import {
  cursorOf,
  keysOf,
  listModels,
  MODELS,
  PAGE_INFO,
  pagesAsked,
  withoutErrors,
} from '../graphql/list-answers.js';
import { modelId, numberedModels, range } from '../graphql/numbered-registry.js';
import { eventually } from '../support/programs.js';
import { DOCUMENTED_ID, type TestApp, withApp } from '../support/with-app.js';

const withModels = (count: number, pageSizeMax = 100, env: Record<string, string> = {}) =>
  withApp({ env, sandbox: { models: numberedModels(count), pageSizeMax } });

const ids = (start: number, end: number) => range(start, end).map(modelId);

describe('a page of a list', () => {
  test.each([
    ['no argument', '', ['1/20'], 20],
    ['first', '(first: 7)', ['1/7'], 7],
    ['the largest first', '(first: 100)', ['1/100'], 100],
    ['last, which looks for the end', '(last: 20)', ['1/100', '10/25'], 20],
  ])('costs the pages that cover it, asked for with %s', async (_, args, pages, rows) => {
    await using app = await withModels(250);
    const { data, extensions } = await app.query(`{ models${args} { nodes { id } } }`);
    expect(data.models.nodes).toHaveLength(rows);
    expect(pagesAsked(app)).toEqual(pages);
    expect(extensions.upstream.calls).toBe(pages.length);
  });

  test.each([
    ['of its size begins at a multiple of it', 19, 20, ['2/20']],
    ['lies on no multiple: the smallest page that holds it', 26, 20, ['2/24']],
    ['begins right after the start', 0, 20, ['1/21']],
    ['lies across every size up to the largest: two pages', 49, 80, ['2/44', '3/44']],
    ['is one row', 41, 1, ['43/1']],
  ])('costs the fewest pages when it %s', async (_, position, first, pages) => {
    await using app = await withModels(250);
    const after = await cursorOf(app, position);
    app.sandbox.reset();
    const { nodes } = withoutErrors(
      await app.query(`{ models(first: ${first}, after: "${after}") { nodes { id } } }`),
    ).models;
    expect(nodes).toEqual(ids(position + 1, position + 1 + first).map((id) => ({ id })));
    expect(pagesAsked(app)).toEqual(pages);
  });

  test('is put together from pages of at most UPSTREAM_PAGE_SIZE_MAX', async () => {
    await using app = await withModels(250, 100, { UPSTREAM_PAGE_SIZE_MAX: '20' });
    expect(keysOf(await listModels(app, { first: 50 }))).toEqual(ids(0, 50));
    expect(pagesAsked(app)).toEqual(['1/17', '2/17', '3/17']);
  });

  test('skips no row when PAI cuts its pages in silence, and learns it once', async () => {
    await using app = await withModels(250, 50);
    const page = await listModels(app, { first: 100 });
    expect(keysOf(page)).toEqual(ids(0, 100));
    expect(pagesAsked(app)).toEqual(['1/100', '2/50']);
    app.sandbox.reset();
    const next = await listModels(app, { first: 100, after: page.pageInfo.endCursor });
    expect(keysOf(next)).toEqual(ids(100, 200));
    expect(pagesAsked(app)).toEqual(['3/50', '4/50']);
  });

  test('is one call for 20 models with their latest versions and those versions’ models', async () => {
    await using app = await withApp();
    const { data, errors, extensions } = await app.query(`{ models(first: 20) { nodes {
      name
      latestVersion { metricResults { metrics { name value } } model { name latestVersion { id } } }
    } } }`);
    expect(errors).toEqual([]);
    const { nodes } = data.models;
    expect(nodes).toHaveLength(20);
    const versioned = nodes.filter((node: { latestVersion: unknown }) => node.latestVersion);
    expect(versioned.length).toBeGreaterThan(10);
    for (const { name, latestVersion } of versioned) expect(latestVersion.model.name).toBe(name);
    expect(extensions.upstream).toMatchObject({ calls: 1, byOperation: { ListModels: 1 } });
  });
});

describe('a list with few selected fields', () => {
  test.each([
    ['totalCount', '{ models { totalCount } }', ['1/1']],
    ['totalCount of nothing', '{ models(first: 0) { totalCount } }', ['1/1']],
    ['totalCount twice', '{ a: models { totalCount } b: models(last: 5) { totalCount } }', ['1/1']],
    ['totalCount beside rows', '{ models(first: 7) { totalCount nodes { id } } }', ['1/7']],
    [
      'totalCount under another alias than rows',
      '{ a: models { totalCount } b: models(first: 7) { nodes { id } } }',
      ['1/7'],
    ],
    [
      'totalCount of a fragment',
      '{ models { ...F } } fragment F on ModelConnection { totalCount }',
      ['1/1'],
    ],
    ['__typename', '{ models { __typename } }', []],
    ['no row', '{ models(first: 0) { nodes { id } edges { cursor } } }', []],
    ['what is left out', '{ models { __typename nodes @skip(if: true) { id } } }', []],
    ['pageInfo', '{ models { pageInfo { hasNextPage } } }', ['1/20']],
    ['pageInfo of nothing', '{ models(first: 0) { pageInfo { hasNextPage } } }', ['1/1']],
  ])('costs only the calls that it needs: %s', async (_, query, pages) => {
    await using app = await withModels(53);
    withoutErrors(await app.query(query));
    expect(pagesAsked(app)).toEqual(pages);
  });

  test('counts another filter on its own', async () => {
    await using app = await withModels(53);
    const { data } = await app.query(`{
      even: models(filter: { domain: "even" }) { totalCount }
      odd: models(filter: { domain: "odd" }) { totalCount }
    }`);
    expect(data).toEqual({ even: { totalCount: 27 }, odd: { totalCount: 26 } });
    expect(pagesAsked(app)).toEqual(['1/1', '1/1']);
  });
});

describe('the ends of a list', () => {
  test.each([20, 100])('are where they are when it has exactly %i rows', async (size) => {
    await using app = await withModels(size);
    const page = await listModels(app, { first: size });
    expect(page.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    const { endCursor, startCursor } = page.pageInfo;
    const beyond = await listModels(app, { first: size, after: endCursor });
    expect(beyond).toMatchObject({ nodes: [], totalCount: size });
    expect(beyond.pageInfo).toEqual(flags(false, true));
    const above = await listModels(app, { last: size, before: startCursor });
    expect(above).toMatchObject({ nodes: [], totalCount: size });
    expect(above.pageInfo).toEqual(flags(true, false));
  });

  test.each([{}, { first: 20 }, { last: 20 }, { first: 0 }, { last: 0 }])(
    'are nowhere when it is empty (%j)',
    async (args) => {
      await using app = await withModels(0);
      const { edges, nodes, pageInfo, totalCount } = await listModels(app, args);
      expect({ edges, nodes, totalCount }).toEqual({ edges: [], nodes: [], totalCount: 0 });
      expect(pageInfo).toEqual(flags(false, false));
    },
  );

  test('are told of no rows, from the start, from the end, and in between', async () => {
    await using app = await withModels(53);
    const after = await cursorOf(app, 9);
    const infoOf = async (args: object) => (await listModels(app, args)).pageInfo;
    expect(await infoOf({ first: 0 })).toEqual(flags(true, false));
    expect(await infoOf({ last: 0 })).toEqual(flags(false, true));
    expect(await infoOf({ first: 0, after })).toEqual(flags(true, true));
    expect(await infoOf({ last: 0, before: after })).toEqual(flags(true, true));
    expect(await infoOf({ first: 5, after, before: after })).toMatchObject(flags(true, true));
  });

  test('are the whole list when it is shorter than asked, from either side', async () => {
    await using app = await withModels(53);
    for (const args of [{ first: 100 }, { last: 100 }]) {
      const page = await listModels(app, args);
      expect(keysOf(page)).toEqual(ids(0, 53));
      expect(page.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    }
  });

  test('move up when models are deleted: a cursor beyond them reads nothing, or the last', async () => {
    await using app = await withModels(90);
    const cursor = await cursorOf(app, 80);
    app.sandbox.setModels(numberedModels(30));
    expect(await listModels(app, { first: 10, after: cursor })).toMatchObject({
      nodes: [],
      totalCount: 30,
      pageInfo: flags(false, true),
    });
    const before = await listModels(app, { last: 10, before: cursor });
    expect(keysOf(before)).toEqual(ids(20, 30));
    expect(before.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  test('are nowhere when all models are deleted, for any cursor', async () => {
    await using app = await withModels(90);
    const cursor = await cursorOf(app, 80);
    app.sandbox.setModels([]);
    for (const args of [
      { first: 10, after: cursor },
      { last: 10, before: cursor },
    ]) {
      const { nodes, pageInfo } = await listModels(app, args);
      expect(nodes).toEqual([]);
      expect(pageInfo).toEqual(flags(false, false));
    }
  });
});

describe('a list whose total PAI does not say', () => {
  test.each([
    ['full', 2, true, ['1/2']],
    ['short, and so is what follows', 3, false, ['1/3', '3/1']],
  ])('goes on when its page is %s', async (_, first, hasNextPage, pages) => {
    await using app = await withModels(0);
    const rows = { Models: [{ ModelId: 'model-a' }, { ModelId: 'model-b' }] };
    app.sandbox.faults.add(
      { times: 1, fault: { kind: 'wrongShape', body: rows } },
      { fault: { kind: 'wrongShape', body: { Models: [] } } },
    );
    const page = await listModels(app, { first });
    expect(keysOf(page)).toEqual(['model-a', 'model-b']);
    expect(page).toMatchObject({ totalCount: null, pageInfo: { hasNextPage } });
    expect(pagesAsked(app)).toEqual(pages);
  });

  test('is empty when PAI sends neither models nor more than a total of 0', async () => {
    await using app = await withModels(0);
    app.sandbox.faults.add({ fault: { kind: 'wrongShape', body: { TotalCount: 0 } } });
    const { nodes, totalCount } = await listModels(app);
    expect([nodes, totalCount]).toEqual([[], 0]);
  });
});

describe('several windows of one list in one operation', () => {
  const QUERY = `{
    head: models(first: 20) { nodes { id } }
    again: models(first: 20) { nodes { id } pageInfo { hasNextPage } }
    tail: models(last: 60) { nodes { id } }
    most: models(first: 90) { nodes { id } ${PAGE_INFO} }
    count: models { totalCount }
  }`;

  test.each([100, 50, 20])('are each right and share their pages (pages of %i)', async (cap) => {
    await using app = await withModels(110, cap);
    const data = withoutErrors(await app.query(QUERY));
    const shown = Object.values<{ nodes?: { id: string }[] }>(data).map(({ nodes }) =>
      nodes?.map(({ id }) => id),
    );
    expect(shown).toEqual([ids(0, 20), ids(0, 20), ids(50, 110), ids(0, 90), undefined]);
    expect(data.count.totalCount).toBe(110);
    const pages = pagesAsked(app);
    expect(new Set(pages).size).toBe(pages.length);
  });

  test('share the page that both want', async () => {
    await using app = await withModels(53);
    const data = withoutErrors(
      await app.query('{ a: models { nodes { id } } b: models(first: 20) { edges { cursor } } }'),
    );
    expect([data.a.nodes.length, data.b.edges.length]).toEqual([20, 20]);
    expect(pagesAsked(app)).toEqual(['1/20']);
  });
});

describe('a list that changes while it is read', () => {
  /** Changes the registry when the first of two pages was sent and the second is still awaited. */
  async function readAcross(change: (app: TestApp) => void) {
    await using app = await withModels(200);
    const after = await cursorOf(app, 49);
    app.sandbox.reset();
    app.sandbox.faults.add({ operation: 'ListModels', skip: 1, delayMs: 150 });
    const reading = listModels(app, { first: 80, after });
    await eventually(() => app.sandbox.requests[1]);
    change(app);
    return reading;
  }

  test('shows a model that drifted to the next page once', async () => {
    const page = await readAcross(({ sandbox }) => {
      const older = { ModelId: 'model-older', GmtCreateTime: '2020-01-01T00:00:00Z' };
      sandbox.setModels([
        { model: older, versions: [], listedWithoutProvider: true },
        ...numberedModels(200),
      ]);
    });
    expect(keysOf(page)).toEqual(ids(50, 129));
    expect(page.totalCount).toBe(201);
  });

  test('leaves out models that vanished, without an error', async () => {
    const page = await readAcross(({ sandbox }) => sandbox.setModels(numberedModels(100)));
    expect(keysOf(page)).toEqual(ids(50, 100));
    expect(page.pageInfo.hasNextPage).toBe(false);
  });

  // The id `..` became a part of the path of the next call.
  test.each([7, '..'])(
    'is walked across an item of the id %j, which has a place but is not shown',
    async (ModelId) => {
      await using app = await withApp({
        sandbox: {
          models: numberedModels(5, (index) => (index === 2 ? { model: { ModelId } } : {})),
        },
      });
      const seen: string[] = [];
      let after: string | null = null;
      for (let steps = 0; steps < 6; steps += 1) {
        const page = await listModels(app, { first: 1, after });
        seen.push(...keysOf(page));
        after = page.pageInfo.endCursor;
        if (!page.pageInfo.hasNextPage) break;
      }
      expect(seen).toEqual([0, 1, 3, 4].map(modelId));
      const drift = { operation: 'ListModels', field: 'Models', kind: 'dropped_item' };
      expect(app.events.filter(({ type }) => type === 'drift')).toMatchObject([
        { type: 'drift', ...drift },
      ]);
    },
  );
});

describe('a page that fails', () => {
  const FORBIDDEN = { kind: 'error', status: 403, code: 'Forbidden.RAM' } as const;

  test('is an error at its list, and its siblings stand', async () => {
    await using app = await withApp();
    app.sandbox.faults.add({ operation: 'ListModels', fault: FORBIDDEN });
    const { status, data, errors } = await app.query(
      `{ models { nodes { id } totalCount } model(id: "${DOCUMENTED_ID}") { id } }`,
    );
    expect(status).toBe(200);
    expect(data).toEqual({ models: null, model: { id: DOCUMENTED_ID } });
    expect(errors).toMatchObject([{ path: ['models'], extensions: { code: 'FORBIDDEN' } }]);
  });

  test('takes the rows of the page before with it: a list is whole or an error', async () => {
    await using app = await withModels(250);
    const after = await cursorOf(app, 49);
    app.sandbox.faults.add({ operation: 'ListModels', skip: 1, fault: FORBIDDEN });
    const { data, errors } = await app.query(MODELS, { first: 80, after });
    expect(data).toEqual({ models: null });
    expect(errors).toMatchObject([{ path: ['models'], extensions: { code: 'FORBIDDEN' } }]);
  });

  test('leaves another window and the total of the same list alone', async () => {
    await using app = await withModels(53);
    const after = await cursorOf(app, 39);
    app.sandbox.reset();
    app.sandbox.faults.add({ operation: 'ListModels', times: 1, fault: FORBIDDEN });
    const { data, errors } = await app.query(`{
      a: models(first: 7) { nodes { id } }
      b: models(first: 3, after: "${after}") { nodes { id } }
      c: models { totalCount }
    }`);
    // The order of the two on the wire is not defined.
    const [failed] = errors.map(({ path }) => path?.[0]);
    expect(errors).toHaveLength(1);
    expect(['a', 'b']).toContain(failed);
    expect(data.c).toEqual({ totalCount: 53 });
    expect(failed === 'a' ? data.b.nodes : data.a.nodes).not.toEqual([]);
  });
});

describe('filters and orders', () => {
  test('reach PAI in their exact forms', async () => {
    await using app = await withModels(3);
    const filter = {
      workspaceId: 234567,
      name: '情感 分析',
      query: 'a b',
      label: 'SD 1.5',
      provider: 'pai',
      domain: 'nlp',
      task: 'asr',
      origin: 'ModelScope',
      type: 'Checkpoint',
      tags: [{ key: 'team', value: 'nlp' }, { key: 'stage' }],
      collections: ['AI4D', 'QuickStart'],
      conditions: [{ column: 'ParameterSize', operator: 'LessThan', value: '3000' }],
    };
    const orderBy = { field: 'CREATED_AT', direction: 'DESC' };
    await listModels(app, { first: 5, filter, orderBy });
    expect(app.sandbox.requests.map(({ query }) => query)).toEqual([
      {
        ...{ WorkspaceId: '234567', ModelName: '"情感 分析"', Query: 'a b', Label: 'SD 1.5' },
        ...{ Provider: 'pai', Domain: 'nlp', Task: 'asr', Origin: 'ModelScope' },
        ...{ ModelType: 'Checkpoint', Collections: 'AI4D,QuickStart' },
        Tag: '[{"Key":"team","Value":"nlp"},{"Key":"stage"}]',
        Conditions: '[{"Column":"ParameterSize","Operator":"LessThan","Value":"3000"}]',
        ...{ SortBy: 'GmtCreateTime', Order: 'DESC', PageNumber: '1', PageSize: '5' },
      },
    ]);
  });

  test('filters and orders that are not given are not sent', async () => {
    await using app = await withModels(3);
    await listModels(app, {
      filter: { name: null, tags: [], domain: undefined, query: '', nameContains: '', label: '' },
    });
    expect(app.sandbox.requests.map(({ query }) => query)).toEqual([
      { PageNumber: '1', PageSize: '20' },
    ]);
  });

  test('choose and order the rows', async () => {
    await using app = await withModels(6);
    const orderBy = { field: 'CREATED_AT', direction: 'DESC' };
    const odd = await listModels(app, { filter: { domain: 'odd' }, orderBy });
    expect(keysOf(odd)).toEqual([5, 3, 1].map(modelId));
    const exact = await listModels(app, { filter: { name: 'name 1' } });
    expect(keysOf(exact)).toEqual([modelId(1)]);
    const fuzzy = await listModels(app, { filter: { nameContains: 'NAME' } });
    expect(fuzzy.totalCount).toBe(6);
  });
});

describe('a wrong argument', () => {
  const refused: [string, string, RegExp][] = [
    ['a negative first', 'first: -1', /^first must be from 0 to 100, got -1/],
    ['a large first', 'first: 101', /^first must/],
    ['a negative last', 'last: -1', /^last must/],
    ['a large last', 'last: 101', /^last must/],
    ['first and last', 'first: 1, last: 1', /^first and last exclude/],
    ['an unreadable after', 'after: "x"', /^after: /],
    ['an unreadable before', 'before: ""', /^before: /],
    [
      'two names',
      'filter: { name: "a", nameContains: "b" }',
      /^filter\.name and filter\.nameContains exclude/,
    ],
    ['a quote in a name', 'filter: { name: "a\\"b" }', /^filter\.name: /],
    ['a control character', 'filter: { query: "a\\u0000b" }', /^filter\.query: /],
    ['a comma in a collection', 'filter: { collections: ["a,b"] }', /^filter\.collections: /],
  ];

  test.each(refused)('is refused for any selection: %s', async (_, args, message) => {
    await using app = await withModels(3);
    for (const selection of ['__typename', 'totalCount', 'nodes { id }']) {
      const { status, data, errors } = await app.query(`{ models(${args}) { ${selection} } }`);
      expect([status, data]).toEqual([200, { models: null }]);
      expect(errors).toMatchObject([{ path: ['models'], extensions: { code: 'BAD_USER_INPUT' } }]);
      expect(errors[0]?.message).toMatch(message);
    }
    expect(app.sandbox.requests).toEqual([]);
  });

  test('is a cursor of another filter or order, even if only totalCount is selected', async () => {
    await using app = await withModels(53);
    const cursor = await cursorOf(app, 9);
    app.sandbox.reset();
    for (const args of [
      `filter: { domain: "odd" }, after: "${cursor}"`,
      `orderBy: { field: CREATED_AT, direction: DESC }, before: "${cursor}"`,
    ]) {
      const { errors } = await app.query(`{ models(${args}) { totalCount } }`);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
      expect(errors[0]?.message).toMatch(/^(after|before): .*another filter or order/);
    }
    expect(app.sandbox.requests).toEqual([]);
  });

  // A gateway answered 431 to each, and one caller opened the breaker for all.
  test('a wrong argument that is too long harms no other caller, however often it comes', async () => {
    await using app = await withModels(3);
    const tooLong = [
      { query: 'a'.repeat(20_000) },
      { tags: Array.from({ length: 100 }, () => ({ key: 'a'.repeat(500) })) },
    ];
    for (let call = 0; call < 22; call += 1) {
      const { data, errors } = await app.query(MODELS, { filter: tooLong[call % 2] });
      expect(data).toEqual({ models: null });
      expect(errors).toMatchObject([{ path: ['models'], extensions: { code: 'BAD_USER_INPUT' } }]);
    }
    expect(app.sandbox.requests).toEqual([]);
    expect(keysOf(await listModels(app, {}))).toEqual(ids(0, 3));
    expect(app.events.filter(({ type }) => type === 'breaker')).toEqual([]);
  });

  test('leaves its siblings alone', async () => {
    await using app = await withModels(3);
    const { data } = await app.query(
      '{ bad: models(first: 101) { totalCount } good: models { totalCount } }',
    );
    expect(data).toEqual({ bad: null, good: { totalCount: 3 } });
  });
});

function flags(hasNextPage: boolean, hasPreviousPage: boolean) {
  return { hasNextPage, hasPreviousPage, startCursor: null, endCursor: null };
}
