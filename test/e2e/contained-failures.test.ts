// A failure of one model, one caller or one connection costs no other read.
import { describe, expect, test } from 'vitest';
import { modelId, numberedModels, range } from '../graphql/numbered-registry.js';
import { aFile } from '../support/a-file.js';
import { apiKeys, byKey, keysEnv } from '../support/callers.js';
import { type TestApp, withApp } from '../support/with-app.js';

const ONE = 'query ($id: ID!) { model(id: $id) { id } }';

/** Its clock is still, so that no window of the breaker or the budgets ends on a slow machine. */
const open = (env: Record<string, string> = {}) =>
  withApp({
    sandbox: { models: numberedModels(80) },
    env: { UPSTREAM_RATE_PER_SECOND: '1000', UPSTREAM_CONCURRENCY: '32', ...env },
    isClockStill: true,
  });

const ask = (app: TestApp, id: string, headers?: Record<string, string>) =>
  app.query(ONE, { id }, headers);
const askAll = (app: TestApp, from: number, to: number) =>
  Promise.all(range(from, to).map((index) => ask(app, modelId(index))));
const breakerStates = ({ events }: TestApp) =>
  events.flatMap((event) => (event.type === 'breaker' ? [event.state] : []));

// Bug: 20 of 32 reads failed, since the retry budget is ten.
test('kept connections that were reset while idle cost no read, no retry budget and no breaker', async () => {
  await using app = await open();
  app.sandbox.faults.add({ delayMs: 1000 });
  expect((await askAll(app, 0, 32)).flatMap(({ errors }) => errors)).toEqual([]);
  app.sandbox.reset();
  app.sandbox.faults.add({ onReuse: true, fault: { kind: 'reset' } });
  const before = app.events.length;
  const answers = await askAll(app, 32, 64);
  expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
  for (const { extensions } of answers) expect(extensions.upstream.calls).toBe(1);
  const retries = answers.reduce((sum, { extensions }) => sum + extensions.upstream.retries, 0);
  // More than the budget is.
  expect(retries).toBeGreaterThan(10);
  expect(app.sandbox.requests).toHaveLength(32 + retries);
  const nonces = app.sandbox.requests.map(({ headers }) => headers['x-acs-signature-nonce']);
  expect(new Set(nonces).size).toBe(nonces.length);
  const causes = app.events
    .slice(before)
    .flatMap((event) => (event.type === 'upstream_attempt' ? (event.cause ?? []) : []));
  expect(causes).toEqual(Array(retries).fill('RESET'));
  expect(breakerStates(app)).toEqual([]);
});

describe('the breaker', () => {
  // Bug: twenty reads of one model whose answer was not JSON opened it for all callers.
  test('is not opened by one model, however often it is read', async () => {
    await using app = await open();
    app.sandbox.faults.add({ modelId: modelId(0), fault: { kind: 'garbage' } });
    for (let read = 0; read < 30; read += 1) {
      const { errors } = await ask(app, modelId(0));
      expect(errors[0]?.extensions.code).toBe('UPSTREAM_UNAVAILABLE');
    }
    expect((await ask(app, modelId(1))).errors).toEqual([]);
    expect(breakerStates(app)).toEqual([]);
  });

  test('the breaker that one caller has opened refuses that caller alone, and an answer closes it', async () => {
    await using keys = await aFile(apiKeys({ eve: null, ann: null }));
    await using app = await open(keysEnv(keys));
    const broken = range(0, 60).map(modelId);
    for (const id of broken) app.sandbox.faults.add({ modelId: id, fault: { kind: 'garbage' } });
    await Promise.all(broken.map((id) => ask(app, id, byKey('eve'))));
    expect(breakerStates(app)).toEqual(['open']);
    const calls = app.sandbox.requests.length;
    expect((await ask(app, modelId(0), byKey('eve'))).errors).toHaveLength(1);
    expect(app.sandbox.requests).toHaveLength(calls);
    expect((await ask(app, modelId(70), byKey('ann'))).errors).toEqual([]);
    expect(breakerStates(app)).toEqual(['open', 'closed']);
  });
});
