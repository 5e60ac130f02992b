// Two apps on one Redis: one quota, one cache, and no failure when Redis fails.
import { expect, test, vi } from 'vitest';
import { startSandbox } from '../../sandbox/sandbox.js';
import type { App } from '../../src/app.js';
import type { Event } from '../../src/domain/events.js';
import type { Clock } from '../../src/lib/time.js';
import { modelId, numberedModels, range } from '../graphql/numbered-registry.js';
import { describeWith, eventually } from '../support/programs.js';
import { type RedisProcess, startRedis, untilTrue } from '../support/redis-process.js';
import { busiestSecond, startSandboxProcess } from '../support/sandbox-process.js';
import { postGraphql, sampleIds, startTestApp } from '../support/with-app.js';

vi.setConfig({ maxConcurrency: 3 });

const ONE = 'query ($id: ID!) { model(id: $id) { id name meta { source ageSeconds } } }';
const MANY = 'query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id meta { source } } }';

/** A busy machine is slow, and that is not tested here. */
const PATIENT = { REDIS_CACHE_TIMEOUT_MS: '20000', REDIS_QUOTA_TIMEOUT_MS: '20000' };

/** A Redis that hangs is given up soon. */
const BRIEF = { REDIS_CACHE_TIMEOUT_MS: '300', REDIS_QUOTA_TIMEOUT_MS: '300' };

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const ask = ({ url }: App, id: string, headers?: Record<string, string>) =>
  postGraphql(url, { query: ONE, variables: { id } }, headers);
const readiness = async ({ url }: App) => {
  const response = await fetch(`${url}/readyz`);
  const { parts } = (await response.json()) as { parts: Record<string, string> };
  return { status: response.status, redis: parts.redis };
};
const untilRedisIs = (app: App, state: string) =>
  eventually(async () => ((await readiness(app)).redis === state ? true : undefined));

describeWith('redis-server', 'replicas', (executable) => {
  /** A sandbox, a Redis, and as many apps; every app and event in order. */
  async function open(count: number, env: Record<string, string> = {}, clock: Partial<Clock> = {}) {
    const redis = await startRedis(executable);
    const sandbox = await startSandbox({ models: numberedModels(200) });
    const events: Event[] = [];
    const settings = { PAI_ENDPOINT: sandbox.url, REDIS_URL: redis.url, ...PATIENT, ...env };
    const apps = await Promise.all(
      range(0, count).map(() => startTestApp(settings, events, clock)),
    );
    const [app, other] = apps;
    if (app === undefined) throw new Error('No app.');
    await Promise.all(apps.map((one) => untilRedisIs(one, 'ok')));
    return {
      ...{ redis, sandbox, events, app, other: other ?? app },
      async [Symbol.asyncDispose]() {
        await Promise.all(apps.map((one) => one.close()));
        await sandbox.close();
        await redis[Symbol.asyncDispose]();
      },
    };
  }

  const storedNames = async ({ client }: RedisProcess, pattern: string, count: number) =>
    untilTrue(async () => (await client.keys(pattern)).length >= count);

  test.concurrent('keep one quota: no second with more starts, and 60 asks lose nothing', async () => {
    await using redis = await startRedis(executable);
    await using sandbox = await startSandboxProcess();
    const env = {
      PAI_ENDPOINT: sandbox.url,
      REDIS_URL: redis.url,
      UPSTREAM_RATE_PER_SECOND: '20',
      ...PATIENT,
    };
    const apps = await Promise.all([startTestApp(env), startTestApp(env)]);
    await Promise.all(apps.map((app) => untilRedisIs(app, 'ok')));
    const wanted = sampleIds(60);
    const answers = await Promise.all(
      wanted.map((id, index) => ask(index % 2 === 0 ? apps[0] : apps[1], id)),
    );
    await Promise.all(apps.map((app) => app.close()));
    expect(answers.map(({ data }) => data.model?.id)).toEqual(wanted);
    const requests = await sandbox.requests();
    expect(requests).toHaveLength(60);
    expect(busiestSecond(requests)).toBeLessThanOrEqual(20);
  });

  test.concurrent('pause together when PAI throttles one of them', async () => {
    await using all = await open(2);
    all.sandbox.faults.add({ times: 1, fault: { kind: 'throttle', retryAfterMs: 900 } });
    const first = ask(all.app, modelId(0));
    await storedNames(all.redis, '*:pause', 1);
    await Promise.all([first, ask(all.other, modelId(1))]);
    const [throttled, ...rest] = all.sandbox.requests;
    expect(rest).toHaveLength(2);
    for (const { startedAt } of rest) {
      expect(startedAt - (throttled?.startedAt ?? 0)).toBeGreaterThanOrEqual(890);
    }
  });

  test.concurrent('read each other’s cache: a model that one has read costs the other nothing', async () => {
    await using all = await open(2);
    await ask(all.app, modelId(0));
    const list = { query: '{ models(first: 5) { nodes { id meta { source } } } }' };
    await postGraphql(all.app.url, list);
    for (const kind of ['model', 'model_page']) {
      await storedNames(all.redis, `*:cache:${kind}/*`, 1);
    }
    const again = await ask(all.other, modelId(0));
    expect(again.data.model.meta.source).toBe('CACHE');
    const listed = await postGraphql(all.other.url, list);
    for (const { meta } of listed.data.models.nodes) expect(meta.source).toBe('CACHE');
    for (const { extensions } of [again, listed]) {
      expect(extensions.upstream).toMatchObject({ calls: 0, cached: 1 });
    }
    expect(all.sandbox.requests).toHaveLength(2);
  });

  test.concurrent('look into Redis before they call for a model that is stale in their memory', async () => {
    const startedAt = Date.now();
    let passedMs = 0;
    const clock = { now: () => startedAt + passedMs, monotonic: () => passedMs };
    const env = { CACHE_TTL_SECONDS: '1', CACHE_REVALIDATE_SECONDS: '60' };
    await using all = await open(2, env, clock);
    await ask(all.app, modelId(0));
    passedMs += 1100;
    await all.redis.client.flushall();
    await ask(all.other, modelId(0), { 'cache-control': 'no-cache' });
    await storedNames(all.redis, '*:cache:*', 1);
    const { data } = await ask(all.app, modelId(0));
    expect(data.model.meta).toMatchObject({ source: 'CACHE', ageSeconds: 0 });
    expect(all.sandbox.requests).toHaveLength(2);
  });

  test.concurrent('ask Redis once for 100 references', async () => {
    await using all = await open(2);
    const ids = range(0, 100).map(modelId);
    const first = await postGraphql(all.app.url, { query: MANY, variables: { ids } });
    expect(first.errors).toEqual([]);
    await storedNames(all.redis, '*:cache:*', 100);
    await all.redis.client.config('RESETSTAT');
    const query =
      'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Model { name meta { source } } } }';
    const of = ids.map((id) => ({ __typename: 'Model', id }));
    const { data, extensions } = await postGraphql(all.other.url, { query, variables: { of } });
    const stats = await all.redis.client.info('commandstats');
    expect(data._entities).toHaveLength(100);
    expect(extensions.upstream).toMatchObject({ calls: 0, cached: 100 });
    expect(stats).toMatch(/cmdstat_mget:calls=1,/);
    expect(stats).not.toMatch(/cmdstat_get:/);
  });

  test.concurrent('fail no request when Redis is killed, and use it again when it is back', async () => {
    await using all = await open(2, { UPSTREAM_RATE_PER_SECOND: '500' });
    let isOver = false;
    let asked = 0;
    const failures: unknown[] = [];
    const client = async (app: App, offset: number) => {
      for (let index = offset; !isOver; index += 1) {
        const { errors, data } = await ask(app, modelId(index % 200));
        asked += 1;
        if (errors.length > 0 || data.model === null) failures.push(errors);
      }
    };
    const clients = [0, 50, 100, 150].map((offset) =>
      client(offset < 100 ? all.app : all.other, offset),
    );
    await pause(500);
    await all.redis.kill();
    await untilRedisIs(all.app, 'down: ECONNREFUSED');
    expect((await readiness(all.app)).status).toBe(200);
    await pause(700);
    await all.redis.restart();
    await untilRedisIs(all.app, 'ok');
    await untilRedisIs(all.other, 'ok');
    await pause(300);
    isOver = true;
    await Promise.all(clients);
    expect(failures).toEqual([]);
    expect(asked).toBeGreaterThan(20);

    await ask(all.app, modelId(0), { 'cache-control': 'no-cache' });
    await eventually(async () => ((await all.redis.client.dbsize()) > 0 ? true : undefined));
  });

  test.concurrent('wait for a Redis that hangs once, not each time', async () => {
    await using all = await open(1, {
      REDIS_CACHE_TIMEOUT_MS: '50',
      REDIS_QUOTA_TIMEOUT_MS: '3000',
    });
    await ask(all.app, modelId(0));
    all.redis.hang();
    const startedAt = performance.now();
    for (const index of range(1, 9)) {
      expect((await ask(all.app, modelId(index))).errors).toEqual([]);
    }
    // Eight misses, each with a turn in the quota, would wait for 24 s.
    expect(performance.now() - startedAt).toBeLessThan(12_000);
    expect((await readiness(all.app)).redis).toMatch(/^(degraded|down): TIMEOUT$/);
    all.redis.goOn();
    await untilRedisIs(all.app, 'ok');
  });

  test.concurrent('bring nothing back that was forbidden while Redis was unreachable', async () => {
    await using all = await open(1, BRIEF);
    const { app, sandbox, redis } = all;
    const id = modelId(0);
    await ask(app, id);
    await storedNames(redis, '*:cache:*', 1);
    redis.hang();
    await ask(app, modelId(1));
    await untilRedisIs(app, 'down: TIMEOUT');
    sandbox.faults.add({
      modelId: id,
      fault: { kind: 'error', status: 403, code: 'NoPermission' },
    });
    await ask(app, id, { 'cache-control': 'no-cache' });
    redis.goOn();
    await untilRedisIs(app, 'ok');
    await pause(100);
    const { data, errors } = await ask(app, id);
    expect(data.model).toBeNull();
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
  });

  test.concurrent('bring nothing back that was deleted while Redis was unreachable', async () => {
    await using all = await open(1, { ...BRIEF, CACHE_MISSING_SECONDS: '1' });
    const { app, sandbox, redis } = all;
    const id = modelId(0);
    await ask(app, id);
    await storedNames(redis, '*:cache:*', 1);
    redis.hang();
    await ask(app, modelId(1));
    await untilRedisIs(app, 'down: TIMEOUT');
    sandbox.setModels([]);
    expect((await ask(app, id, { 'cache-control': 'no-cache' })).data.model).toBeNull();
    redis.goOn();
    await untilRedisIs(app, 'ok');
    await pause(1100);
    expect((await ask(app, id)).data.model).toBeNull();
  });

  test.concurrent('delete a forbidden model in Redis, too', async () => {
    await using all = await open(2);
    const id = modelId(0);
    await ask(all.app, id);
    await storedNames(all.redis, '*:cache:*', 1);
    all.sandbox.faults.add({ fault: { kind: 'error', status: 403, code: 'NoPermission' } });
    await ask(all.app, id, { 'cache-control': 'no-cache' });
    await eventually(async () =>
      (await all.redis.client.keys('*:cache:*')).length === 0 ? true : undefined,
    );
    const { errors } = await ask(all.other, id);
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
  });

  test.concurrent('replicas of different keys share nothing', async () => {
    await using redis = await startRedis(executable);
    const keys = ['left', 'right'].map((id) => ({ id, secret: `secret-of-${id}` }));
    const sandbox = await startSandbox({ models: numberedModels(3), keys });
    const apps = await Promise.all(
      keys.map(({ id, secret }) =>
        startTestApp({
          PAI_ENDPOINT: sandbox.url,
          REDIS_URL: redis.url,
          ALIBABA_CLOUD_ACCESS_KEY_ID: id,
          ALIBABA_CLOUD_ACCESS_KEY_SECRET: secret,
        }),
      ),
    );
    for (const app of apps) {
      await untilRedisIs(app, 'ok');
      expect((await ask(app, modelId(0))).data.model.meta.source).toBe('LIVE');
      await pause(100);
    }
    expect(sandbox.requests.map(({ keyId }) => keyId)).toEqual(['left', 'right']);
    await Promise.all(apps.map((app) => app.close()));
    await sandbox.close();
  });

  test.concurrent('store no credential and no token', async () => {
    const secrets = ['the-key-id', 'the-key-secret', 'the-security-token'];
    const [id = '', secret = '', securityToken = ''] = secrets;
    await using redis = await startRedis(executable);
    const key = { id, secret, securityToken };
    const sandbox = await startSandbox({ models: numberedModels(3), keys: [key] });
    const app = await startTestApp({
      PAI_ENDPOINT: sandbox.url,
      REDIS_URL: redis.url,
      ALIBABA_CLOUD_ACCESS_KEY_ID: id,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: secret,
      ALIBABA_CLOUD_SECURITY_TOKEN: securityToken,
    });
    await untilRedisIs(app, 'ok');
    const { errors } = await postGraphql(app.url, {
      query: `{ model(id: "${modelId(0)}") { name } models { nodes { name } } }`,
    });
    expect(errors).toEqual([]);
    const stored = await eventually(async () => {
      const names = await redis.client.keys('*');
      const kept = names.filter((name) => !name.includes(':quota:'));
      const all = [...names, ...(kept.length > 0 ? await redis.client.mget(kept) : [])];
      return all.length >= 6 ? all : undefined;
    });
    const text = stored.join('\n');
    expect(text).toContain('name 0');
    for (const word of secrets) expect(text).not.toContain(word);
    await app.close();
    await sandbox.close();
  });

  test.concurrent('say nothing of Redis where there is none', async () => {
    const sandbox = await startSandbox();
    const app = await startTestApp({ PAI_ENDPOINT: sandbox.url });
    expect(await readiness(app)).toEqual({ status: 200, redis: 'off' });
    await app.close();
    await sandbox.close();
  });
});
