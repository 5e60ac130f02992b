// The price of random operations, compared with the calls that their runs make against the sandbox.
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { aFile } from '../support/a-file.js';
import { apiKeys, byKey, keysEnv } from '../support/callers.js';
import { explainAndRun } from '../support/explain-and-run.js';
import { inputs } from '../support/inputs.js';
import {
  randomOperations,
  registryModels,
  registryWorkspaces,
} from '../support/random-operation.js';
import { type TestApp, withApp } from '../support/with-app.js';

vi.setConfig({ maxConcurrency: 2 });

/** Only prices are tested here, also those of operations that are too large to run. */
const WITHOUT_LIMITS = {
  UPSTREAM_RATE_PER_SECOND: '10000',
  LIMIT_ROWS: '1000000',
  LIMIT_ALIASES: '10000',
  LIMIT_DEPTH: '100',
  LIMIT_FIELDS: '1000000',
  LIMIT_DIRECTIVES: '10000',
  LIMIT_IDS: '100000',
};
const NO_CACHE = { 'cache-control': 'no-cache' };

async function checkPrice(app: TestApp, query: string, headers: Record<string, string>) {
  const { explain, ran } = await explainAndRun(app, query, headers);
  const { errors, sent } = ran;
  expect(errors.map(({ message }) => message)).not.toContain('Internal server error');
  expect(explain.expected).toBeLessThanOrEqual(explain.worstCase);
  if (!explain.allowed) {
    const limit = explain.budget;
    expect(errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX', limit } }]);
    expect(sent).toEqual([]);
    return null;
  }
  expect(sent.length).toBeLessThanOrEqual(explain.worstCase);
  return { explain, sent };
}

describe.each([
  { UPSTREAM_LIST_BATCHING: 'off', pageSizeMax: 100 },
  { UPSTREAM_LIST_BATCHING: 'on', pageSizeMax: 100 },
  { UPSTREAM_LIST_BATCHING: 'off', pageSizeMax: 10 },
  { UPSTREAM_LIST_BATCHING: 'on', pageSizeMax: 25 },
])('with %o', ({ UPSTREAM_LIST_BATCHING, pageSizeMax }) => {
  test.concurrent('an operation costs the expected calls, and never more than its worst case', async () => {
    await using app = await withApp({
      env: { ...WITHOUT_LIMITS, UPSTREAM_LIST_BATCHING },
      sandbox: { models: registryModels(), workspaces: registryWorkspaces(), pageSizeMax },
    });
    const check = async (query: string, isTame: boolean, headers: Record<string, string>) => {
      const priced = await checkPrice(app, query, headers);
      if (priced === null || !isTame || UPSTREAM_LIST_BATCHING === 'on') return;
      const { explain, sent } = priced;
      // Where nothing can come on top.
      if (explain.worstCase === totalOf(explain.calls)) expect(sent.length).toBe(explain.expected);
    };
    await fc.assert(
      fc.asyncProperty(randomOperations, fc.boolean(), async ({ query, isTame }, isForgotten) => {
        if (isForgotten) app.passes(700_000);
        await check(query, isTame, {});
        await check(query, isTame, NO_CACHE);
      }),
      { numRuns: inputs(10, 50) },
    );
  });
});

test.each([{ UPSTREAM_LIST_BATCHING: 'off' }, { UPSTREAM_LIST_BATCHING: 'on' }])(
  'an operation of a caller of some workspaces never costs more than its worst case, with %o',
  async (env) => {
    const keys = await aFile(apiKeys({ one: ['ws-0'], two: ['ws-0', 'ws-1'] }));
    await using app = await withApp({
      env: { ...WITHOUT_LIMITS, ...keysEnv(keys), ...env },
      sandbox: {
        models: registryModels(),
        workspaces: registryWorkspaces(),
        pageSizeMax: 25,
      },
    });
    await fc.assert(
      fc.asyncProperty(
        randomOperations,
        fc.constantFrom('one', 'two'),
        fc.boolean(),
        async ({ query }, client, isForgotten) => {
          if (isForgotten) app.passes(700_000);
          await checkPrice(app, query, byKey(client));
          await checkPrice(app, query, { ...byKey(client), ...NO_CACHE });
        },
      ),
      { numRuns: inputs(8, 40) },
    );
  },
);

function totalOf(calls: readonly { count: number }[]): number {
  return calls.reduce((total, { count }) => total + count, 0);
}
