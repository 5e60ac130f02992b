// Lists walked page by page over sockets: every row once, in order, for any sizes and any cap of PAI.
import { describe, expect, test } from 'vitest';
import type { SandboxOptions } from '../../sandbox/sandbox.js';
import {
  type Arguments,
  type ConnectionAnswer,
  keysOf,
  listModels,
  listVersions,
} from '../graphql/list-answers.js';
import {
  modelId,
  numberedModels,
  numberedVersions,
  range,
  versionName,
} from '../graphql/numbered-registry.js';
import { type TestApp, withApp } from '../support/with-app.js';

type List = (args: Arguments) => Promise<ConnectionAnswer>;

/** Forwards with the sizes in turn; the number of pages is bounded, so that no walk is endless. */
async function walk(list: List, ...sizes: number[]): Promise<string[]> {
  const seen: string[] = [];
  let after: string | null = null;
  for (let page = 0; page < 200; page += 1) {
    const answer = await list({ first: sizes[page % sizes.length], after });
    expect(answer.pageInfo.hasPreviousPage).toBe(page > 0);
    seen.push(...keysOf(answer));
    after = answer.pageInfo.endCursor;
    if (!answer.pageInfo.hasNextPage) return seen;
  }
  throw new Error('The walk has no end.');
}

async function walkBack(list: List, ...sizes: number[]): Promise<string[]> {
  let seen: string[] = [];
  let before: string | null = null;
  for (let page = 0; page < 200; page += 1) {
    const answer = await list({ last: sizes[page % sizes.length], before });
    expect(answer.pageInfo.hasNextPage).toBe(page > 0);
    seen = [...keysOf(answer), ...seen];
    before = answer.pageInfo.startCursor;
    if (!answer.pageInfo.hasPreviousPage) return seen;
  }
  throw new Error('The walk has no end.');
}

/** Many small pages in a second are beside the point here: no call waits for quota. */
const openQuick = (sandbox: SandboxOptions) =>
  withApp({ env: { UPSTREAM_RATE_PER_SECOND: '10000' }, sandbox });

const TOTAL = 123;
const ALL = range(0, TOTAL).map(modelId);
const SIZES = [[7], [20], [50], [100], [1, 7, 20, 50, 100], [100, 3, 50, 7]];

describe.each([100, 50, 20])('a list of models, on pages that PAI cuts at %i', (pageSizeMax) => {
  const open = () => openQuick({ models: numberedModels(TOTAL), pageSizeMax });
  const listOf = (app: TestApp) => (args: Arguments) => listModels(app, args);

  test.each(SIZES.map((sizes) => [sizes]))(
    'gives every row once, in order, by %j',
    async (sizes) => {
      await using app = await open();
      expect(await walk(listOf(app), ...sizes)).toEqual(ALL);
    },
  );

  test.each([[[7]], [[100]], [[1, 7, 20, 50, 100]]])(
    'gives every row once, in order, backwards by %j',
    async (sizes) => {
      await using app = await open();
      expect(await walkBack(listOf(app), ...sizes)).toEqual(ALL);
    },
  );
});

describe('a walk', () => {
  test.each([1, 20, 50, 100])('costs one call a page of %i', async (size) => {
    await using app = await openQuick({ models: numberedModels(100) });
    expect(await walk((args) => listModels(app, args), size)).toHaveLength(100);
    expect(app.sandbox.requests).toHaveLength(100 / size);
  });

  test('costs one call more where its last page is short: that might be one that was cut', async () => {
    await using app = await openQuick({ models: numberedModels(100) });
    expect(await walk((args) => listModels(app, args), 7)).toHaveLength(100);
    expect(app.sandbox.requests).toHaveLength(15 + 1);
  });

  test.each([50, 20])('by 1 gives every row once, on pages cut at %i', async (pageSizeMax) => {
    await using app = await openQuick({ models: numberedModels(53), pageSizeMax });
    expect(await walk((args) => listModels(app, args), 1)).toEqual(ALL.slice(0, 53));
  });

  test('goes on from the cursor of any edge, and with null from the start', async () => {
    await using app = await openQuick({ models: numberedModels(30) });
    const { edges } = await listModels(app, { first: 20 });
    for (const position of [0, 7, 19]) {
      const after = edges[position]?.cursor;
      const next = await listModels(app, { first: 5, after });
      expect(keysOf(next)).toEqual(range(position + 1, position + 6).map(modelId));
    }
    expect(keysOf(await listModels(app, { first: 2, after: null }))).toEqual(ALL.slice(0, 2));
  });
});

describe('the versions of a model', () => {
  const NAMES = range(0, TOTAL).map(versionName);
  const open = (pageSizeMax: number) =>
    openQuick({
      models: numberedModels(1, () => ({ versions: numberedVersions(TOTAL) })),
      pageSizeMax,
    });

  test.each([
    [100, [7]],
    [100, [50, 1, 20]],
    [20, [100]],
    [50, [41, 7]],
  ])('are walked in both directions, on pages cut at %i, by %j', async (cap, sizes) => {
    await using app = await open(cap);
    const list = (args: Arguments) => listVersions(app, modelId(0), args);
    expect(await walk(list, ...sizes)).toEqual(NAMES);
    expect(await walkBack(list, ...sizes)).toEqual(NAMES);
  });

  test('are walked newest first', async () => {
    await using app = await open(100);
    const orderBy = { field: 'CREATED_AT', direction: 'DESC' };
    const list = (args: Arguments) => listVersions(app, modelId(0), { ...args, orderBy });
    expect(await walk(list, 50)).toEqual(NAMES.toReversed());
  });
});
