// Keys of the credential chain: the roles under which replicas share answers, and the signs of missing keys.
import { describe, expect, test } from 'vitest';
import { startSandbox } from '../../sandbox/sandbox.js';
import type { Event } from '../../src/domain/events.js';
import { modelId, numberedModels, range } from '../graphql/numbered-registry.js';
import { CHAIN_ENV, startCredentialsUri, temporaryKeys } from '../support/credentials-uri.js';
import { describeWith, eventually } from '../support/programs.js';
import { startRedis } from '../support/redis-process.js';
import { postGraphql, startTestApp, withApp } from '../support/with-app.js';

const ROLE = { ALIBABA_CLOUD_ROLE_ARN: 'acs:ram::1000000000000001:role/reader' };
const EXCHANGED = { ...ROLE, ALIBABA_CLOUD_OIDC_TOKEN_FILE: '/none' };
const MODELS = 20;
const MANY = {
  query: 'query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id name } }',
  variables: { ids: range(0, MODELS).map(modelId) },
};
/** The tries of a check that holds while Redis answers in its 50 ms, which a busy machine may prevent. */
const ATTEMPTS = 8;

describeWith('redis-server', 'two replicas with temporary keys of their own', (executable) => {
  type Env = Readonly<Record<string, string>>;

  /** The calls that both together need for the same twenty models, and the keys that they had; null: Redis was late. */
  async function attempt(envs: readonly [Env, Env]) {
    const keys = temporaryKeys(2);
    await using redis = await startRedis(executable);
    await using _uri = await startCredentialsUri(keys);
    await using sandbox = await disposable(startSandbox({ models: numberedModels(MODELS), keys }));
    const events: Event[] = [];
    const settings = { ...CHAIN_ENV, PAI_ENDPOINT: sandbox.url, REDIS_URL: redis.url };
    const common = { ...settings, UPSTREAM_LIST_BATCHING: 'off' };
    await using first = await disposable(startTestApp({ ...common, ...envs[0] }, events));
    await using second = await disposable(startTestApp({ ...common, ...envs[1] }, events));
    const isLate = () => events.some(({ type }) => type === 'redis_error');
    await eventually(() => (isLate() || upsOf(events) === 2 ? true : undefined));
    const stored = async () => (await redis.client.keys('*:cache:*')).length;
    expect((await postGraphql(first.url, MANY)).errors).toEqual([]);
    await eventually(async () => (isLate() || (await stored()) === MODELS ? true : undefined));
    expect((await postGraphql(second.url, MANY)).errors).toEqual([]);
    if (isLate()) return null;
    const calls = sandbox.requests.length;
    return { calls, keys: new Set(sandbox.requests.map(({ keyId }) => keyId)).size };
  }

  async function callsOf(envs: readonly [Env, Env]) {
    for (let attempts = 0; attempts < ATTEMPTS; attempts += 1) {
      const found = await attempt(envs);
      if (found !== null) return found;
    }
    throw new Error(`Redis did not answer in time in any of ${ATTEMPTS} attempts.`);
  }

  const upsOf = (events: readonly Event[]) =>
    events.filter((event) => event.type === 'redis' && event.state.kind === 'up').length;

  test('share a cache where both are of one role that the settings say', async () => {
    expect(await callsOf([ROLE, ROLE])).toEqual({ calls: MODELS, keys: 1 });
  });

  test.each<[string, readonly [Env, Env]]>([
    ['the role is not said', [{}, {}]],
    [
      'their roles differ',
      [ROLE, { ALIBABA_CLOUD_ROLE_ARN: 'acs:ram::1000000000000001:role/other' }],
    ],
    ['a namespace sets them apart', [ROLE, { ...ROLE, CACHE_NAMESPACE: 'team-b' }]],
    ['a token was to be exchanged and the URI has answered instead', [EXCHANGED, EXCHANGED]],
  ])('share nothing where %s', async (_, envs) => {
    expect(await callsOf(envs)).toEqual({ calls: 2 * MODELS, keys: 2 });
  });
});

describe('without credentials', () => {
  const stateOf = async (url: string) => {
    const ready = await fetch(`${url}/readyz`);
    const { parts } = (await ready.json()) as { parts: Record<string, string> };
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const [, up] = /^pai_graph_credentials_up (\d)$/m.exec(metrics) ?? [];
    return [ready.status, parts.credentials, up];
  };

  test('each read is an error, and log, metric and readiness say why until keys arrive', async () => {
    const keys = temporaryKeys(1);
    await using uri = await startCredentialsUri(null);
    await using app = await withApp({ env: CHAIN_ENV, sandbox: { keys } });
    expect(await stateOf(app.url)).toEqual([200, 'unknown', undefined]);
    const query = '{ model(id: "model-rbvg5wzljzks92") { id } }';
    for (let index = 0; index < 2; index += 1) {
      const { errors } = await app.query(query);
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_REJECTED']);
    }
    expect(await stateOf(app.url)).toEqual([200, 'failing', '0']);
    uri.say(keys);
    expect((await app.query(query)).errors).toEqual([]);
    expect(await stateOf(app.url)).toEqual([200, 'ok', '1']);
    expect(app.events.filter(({ type }) => type === 'credentials')).toEqual([
      { type: 'credentials', state: 'down', reason: 'No link of the credential chain gave keys.' },
      { type: 'credentials', state: 'up' },
    ]);
  });

  test('fixed keys are ready from the start and need no series', async () => {
    await using app = await withApp();
    expect(await stateOf(app.url)).toEqual([200, 'ok', undefined]);
  });
});

test('a cached answer fetches no keys from the chain', async () => {
  const keys = temporaryKeys(1);
  await using uri = await startCredentialsUri(keys);
  await using app = await withApp({ env: CHAIN_ENV, sandbox: { keys } });
  const query = '{ model(id: "model-rbvg5wzljzks92") { id } }';
  for (let index = 0; index < 20; index += 1) await app.query(query);
  expect([uri.fetches(), app.sandbox.requests.length]).toEqual([1, 1]);
});

async function disposable<T extends { close(): Promise<void> }>(opening: Promise<T>) {
  const opened = await opening;
  return { ...opened, [Symbol.asyncDispose]: () => opened.close() };
}
