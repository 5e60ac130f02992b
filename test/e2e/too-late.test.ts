// An operation whose calls cannot all start before its deadline is refused before its first call, and no other is.
import { expect, test } from 'vitest';
import { modelId, numberedModels, range } from '../graphql/numbered-registry.js';
import { type TestApp, withApp } from '../support/with-app.js';

const BY_IDS = 'query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id } }';
const open = (env: Record<string, string> = {}) =>
  withApp({
    env: {
      UPSTREAM_RATE_PER_SECOND: '10',
      REQUEST_TIMEOUT_MS: '3000',
      UPSTREAM_LIST_BATCHING: 'off',
      RESPONSE_CACHE: 'off',
      ...env,
    },
    sandbox: { models: numberedModels(200) },
  });
const read = (app: TestApp, start: number, end: number) =>
  app.query(BY_IDS, { ids: range(start, end).map(modelId) });

test('an operation that needs more seconds of quota than it has makes no call', async () => {
  await using app = await open();
  const { status, data, errors, headers } = await read(app, 0, 50);
  expect([status, data]).toEqual([429, undefined]);
  expect(errors).toMatchObject([
    { extensions: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) } },
  ]);
  expect(headers.get('retry-after')).toMatch(/^[45]$/);
  expect(app.sandbox.requests).toEqual([]);
});

test('an operation that fits is answered, and cached models need no quota', async () => {
  await using app = await open();
  expect((await read(app, 0, 10)).errors).toEqual([]);
  app.passes(1100);
  expect((await read(app, 0, 20)).errors).toEqual([]);
  const { errors, extensions } = await read(app, 0, 20);
  expect([errors, extensions.upstream.calls]).toEqual([[], 0]);
});

test('an operation that joins calls under way is not refused for them', async () => {
  await using app = await open();
  const first = read(app, 0, 25);
  await expect.poll(() => app.sandbox.requests.length).toBeGreaterThan(0);
  const [one, other] = await Promise.all([read(app, 0, 25), first]);
  expect([one.errors, other.errors]).toEqual([[], []]);
  expect(app.sandbox.requests).toHaveLength(25);
});

test('a stale answer stands in for a call that would start too late', async () => {
  await using app = await open();
  for (const start of [0, 10, 20, 30]) {
    await read(app, start, start + 10);
    app.passes(1100);
  }
  app.passes(100_000);
  const { data, errors, extensions } = await read(app, 0, 40);
  expect(errors).toEqual([]);
  expect(data.modelsByIds.filter(Boolean)).toHaveLength(40);
  expect(extensions.upstream.stale).toBeGreaterThan(0);
});
