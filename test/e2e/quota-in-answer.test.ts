// The quota that an answer tells of, by which a client can pace itself.
import { expect, test } from 'vitest';
import { modelId, numberedModels } from '../graphql/numbered-registry.js';
import { withApp } from '../support/with-app.js';

const PER_SECOND = 100;
const open = () =>
  withApp({
    sandbox: { models: numberedModels(20) },
    env: { UPSTREAM_RATE_PER_SECOND: `${PER_SECOND}`, UPSTREAM_LIST_BATCHING: 'off' },
  });
const byIds = (count: number) =>
  `{ modelsByIds(ids: ${JSON.stringify(Array.from({ length: count }, (_, index) => modelId(index)))}) { name } }`;

test('an answer tells the quota of the operation that has the fewest calls left', async () => {
  await using app = await open();
  const { extensions } = await app.query(
    `{ models(first: 1) { nodes { id } } a: ${byIds(20).slice(2)}`,
  );
  expect(extensions.upstream.byOperation).toEqual({ ListModels: 1, GetModel: 20 });
  const { quota } = extensions.upstream;
  expect(quota.perSecond).toBe(PER_SECOND);
  // On a slow machine, some calls may be over a second old.
  expect(quota.available).toBeGreaterThanOrEqual(PER_SECOND - 20);
  const { upstream } = (await app.query('{ models(first: 2) { nodes { id } } }')).extensions;
  expect(upstream.quota.available).toBeGreaterThanOrEqual(PER_SECOND - 2);
});

test('an answer has no quota where no call was made, also from the response cache', async () => {
  await using app = await open();
  const quotas: unknown[] = [];
  for (let time = 0; time < 4; time += 1) {
    quotas.push((await app.query(byIds(2))).extensions.upstream.quota);
  }
  expect(quotas).toEqual([
    { perSecond: PER_SECOND, available: expect.any(Number) },
    null,
    null,
    null,
  ]);
  expect((await app.query('{ __typename }')).extensions.upstream.quota).toBeNull();
});

test('no call is available while PAI throttles', async () => {
  await using app = await open();
  app.sandbox.faults.add({
    operation: 'GetModel',
    fault: { kind: 'throttle', retryAfterMs: 60_000 },
  });
  const { errors, extensions } = await app.query(byIds(1));
  expect(errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
  expect(extensions.upstream.quota).toEqual({ perSecond: PER_SECOND, available: 0 });
});
