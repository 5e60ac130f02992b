// The upstream fails in every way: a transient fault is healed with one more call, a permanent one is
// reported at once, and an outage is neither multiplied nor waited for.
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { modelId, numberedModels, range } from '../graphql/numbered-registry.js';
import { useOnlyCredentialsUri } from '../support/credentials-uri.js';
import { FINAL, TRANSIENT } from '../support/every-fault.js';
import { eventually } from '../support/programs.js';
import { type TestApp, type TestAppOptions, withApp } from '../support/with-app.js';

const ONE = 'query ($id: ID!) { model(id: $id) { id meta { source ageSeconds } } }';

// Most tests wait for the clock, not for the processor.
vi.setConfig({ maxConcurrency: 12 });

const open = ({ env = {}, sandbox = {} }: TestAppOptions = {}) =>
  withApp({ env, sandbox: { models: numberedModels(151), ...sandbox } });

const ask = (app: TestApp, id: string, headers?: Record<string, string>) =>
  app.query(ONE, { id }, headers);

const callsFor = ({ sandbox }: TestApp, id: string) =>
  sandbox.requests.filter(({ path }) => path.endsWith(`/${id}`));

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const IDS = range(0, 150).map(modelId);
const [FIRST = '', SECOND = ''] = IDS;
/** `hang` and the like take so long; a busy machine answers everything else sooner. */
const ATTEMPT_MS = 800;

describe.concurrent('a single transient fault', () => {
  test.each(TRANSIENT)(
    '$name heals with exactly one more call, eight times in a row',
    async ({ fault, slow }) => {
      await using app = await open({
        env: slow ? { UPSTREAM_TIMEOUT_MS: String(ATTEMPT_MS) } : {},
      });
      for (const id of IDS.slice(0, 8)) {
        app.sandbox.faults.add({ modelId: id, times: 1, fault });
        const { data, errors, extensions } = await ask(app, id);
        expect(errors).toEqual([]);
        expect(data.model).toMatchObject({ id, meta: { source: 'LIVE' } });
        expect(extensions.upstream).toMatchObject({ calls: 1, retries: 1 });
        expect(callsFor(app, id)).toHaveLength(2);
      }
      expect(app.sandbox.requests).toHaveLength(16);
    },
  );

  test('is signed anew: another nonce and another signature', async () => {
    await using app = await open();
    app.sandbox.faults.add({ times: 1, fault: { kind: 'reset' } });
    await ask(app, FIRST);
    const [one, two] = app.sandbox.requests.map(({ headers }) => headers);
    expect(two?.['x-acs-signature-nonce']).not.toBe(one?.['x-acs-signature-nonce']);
    expect(two?.authorization).not.toBe(one?.authorization);
  });
});

describe.concurrent('the wait that PAI asks for', () => {
  test('is kept by the call that was throttled', async () => {
    await using app = await open();
    app.sandbox.faults.add({ times: 1, fault: { kind: 'throttle', retryAfterMs: 300 } });
    const { extensions } = await ask(app, FIRST);
    const [one, two] = app.sandbox.requests;
    expect((two?.startedAt ?? 0) - (one?.startedAt ?? 0)).toBeGreaterThanOrEqual(300);
    expect(extensions.upstream.retries).toBe(1);
  });

  test('is kept in seconds, too, where only Retry-After says it', async () => {
    await using app = await open();
    const headers = { 'retry-after': '1' };
    app.sandbox.faults.add({
      times: 1,
      fault: { kind: 'error', status: 503, code: 'ServiceUnavailable', headers },
    });
    await ask(app, FIRST);
    const [one, two] = app.sandbox.requests;
    expect((two?.startedAt ?? 0) - (one?.startedAt ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  test('pauses the operation for all callers, and no other operation', async () => {
    await using app = await open();
    app.sandbox.faults.add({
      operation: 'GetModel',
      times: 1,
      fault: { kind: 'throttle', retryAfterMs: 800 },
    });
    const first = ask(app, FIRST);
    await eventually(() => app.sandbox.requests.find(({ status }) => status === 429));
    const [, , list] = await Promise.all([
      first,
      ask(app, SECOND),
      app.query('{ models(first: 1) { nodes { id } } }'),
    ]);
    expect(list.errors).toEqual([]);
    const [throttled, ...rest] = app.sandbox.requests;
    const sinceThrottled = (operation: string) =>
      rest
        .filter((request) => request.operation === operation)
        .map(({ startedAt }) => startedAt - (throttled?.startedAt ?? 0));
    expect(sinceThrottled('GetModel')).toHaveLength(2);
    expect(Math.min(...sinceThrottled('GetModel'))).toBeGreaterThanOrEqual(800);
    expect(Math.max(...sinceThrottled('ListModels'))).toBeLessThan(800);
  });

  test('fails at once with RATE_LIMITED where it is longer than the deadline', async () => {
    await using app = await open();
    app.sandbox.faults.add({ fault: { kind: 'throttle', retryAfterMs: 60_000 } });
    const startedAt = Date.now();
    const { data, errors } = await ask(app, FIRST);
    const later = await ask(app, SECOND);
    expect(Date.now() - startedAt).toBeLessThan(2000);
    expect(data.model).toBeNull();
    expect(errors[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 60_000 });
    expect(later.errors[0]?.extensions.code).toBe('RATE_LIMITED');
    const { retryAfterMs } = later.errors[0]?.extensions ?? {};
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    expect(app.sandbox.requests).toHaveLength(1);
  });
});

test.concurrent('a permanent fault is reported at once, with its code', async () => {
  await using app = await open();
  for (const [index, { name, fault, code }] of FINAL.entries()) {
    const id = modelId(index);
    app.sandbox.faults.add({ modelId: id, fault });
    const { data, errors, extensions } = await ask(app, id);
    expect(data.model, name).toBeNull();
    const codes = errors.map((error) => error.extensions.code);
    expect(codes, name).toEqual(code === null ? [] : [code]);
    expect(extensions.upstream, name).toMatchObject({ calls: 1, retries: 0 });
    expect(callsFor(app, id), name).toHaveLength(1);
  }
});

describe.concurrent('bounds', () => {
  // Five at a time: more would spend the budget of retries, or open the breaker.
  test.each(
    [0, 5, 10].map((start) => TRANSIENT.filter(({ slow }) => !slow).slice(start, start + 5)),
  )('$0.name, $1.name, $2.name … without an end are tried three times at most', async (...rows) => {
    await using app = await open();
    for (const [index, { name, fault, code }] of rows.entries()) {
      const id = modelId(index);
      app.sandbox.faults.add({ modelId: id, fault });
      const { errors, extensions } = await ask(app, id);
      expect(
        errors.map((error) => error.extensions.code),
        name,
      ).toEqual([code]);
      expect(extensions.upstream, name).toMatchObject({ calls: 1, retries: 2 });
      expect(callsFor(app, id), name).toHaveLength(3);
    }
  });

  const LATE_MS = 3_000;
  const withinDeadline = async (app: TestApp) => {
    const startedAt = Date.now();
    const answer = await ask(app, FIRST);
    const elapsed = Date.now() - startedAt;
    expect(elapsed).toBeLessThan(1000 + LATE_MS);
    return answer;
  };

  test('time-outs end with the operation’s deadline', async () => {
    await using app = await open({
      env: { UPSTREAM_TIMEOUT_MS: '400', REQUEST_TIMEOUT_MS: '1000' },
    });
    app.sandbox.faults.add({ fault: { kind: 'hang' } });
    const { errors } = await withinDeadline(app);
    expect(errors[0]?.extensions.code).toBe('UPSTREAM_TIMEOUT');
  });

  test('one long attempt ends with the operation’s deadline, and is cancelled', async () => {
    await using app = await open({ env: { REQUEST_TIMEOUT_MS: '1000' } });
    app.sandbox.faults.add({ fault: { kind: 'trickle', everyMs: 50 } });
    const { errors } = await withinDeadline(app);
    expect(errors[0]?.extensions.code).toBe('UPSTREAM_TIMEOUT');
    await eventually(() => (app.sandbox.inFlight() === 0 ? true : undefined));
    expect(app.sandbox.requests).toHaveLength(1);
  });

  test('throttling ends with the operation’s deadline', async () => {
    await using app = await open({ env: { REQUEST_TIMEOUT_MS: '1000' } });
    app.sandbox.faults.add({ fault: { kind: 'throttle', retryAfterMs: 450 } });
    const { errors } = await withinDeadline(app);
    // Whether it ends in a wait or after an answer is a matter of milliseconds.
    expect(['RATE_LIMITED', 'UPSTREAM_TIMEOUT']).toContain(errors[0]?.extensions.code);
    expect(app.sandbox.requests.length).toBeLessThanOrEqual(3);
  });

  test('a wait for a slot ends with the operation’s deadline', async () => {
    await using app = await open({
      env: { REQUEST_TIMEOUT_MS: '1000', UPSTREAM_CONCURRENCY: '1' },
    });
    app.sandbox.faults.add({ fault: { kind: 'hang' } });
    const waiting = ask(app, SECOND);
    const { errors } = await withinDeadline(app);
    expect(errors[0]?.extensions.code).toBe('UPSTREAM_TIMEOUT');
    await waiting;
  });
});

describe.concurrent('an outage', () => {
  test('an outage of 150 callers costs fewer calls than callers, serves stale, and ends by itself', async () => {
    await using app = await open({
      env: { CACHE_TTL_SECONDS: '1', CACHE_REVALIDATE_SECONDS: '0' },
    });
    const known = modelId(150);
    const ids = IDS;
    await ask(app, known);
    await pause(1100);
    app.sandbox.reset();
    app.sandbox.faults.add({ fault: { kind: 'error', status: 503, code: 'ServiceUnavailable' } });
    const answers = await Promise.all(ids.map((id) => ask(app, id)));
    expect(answers).toHaveLength(150);
    expect(new Set(answers.map(({ errors }) => errors[0]?.extensions.code))).toEqual(
      new Set(['UPSTREAM_UNAVAILABLE']),
    );
    const calls = app.sandbox.requests.length;
    expect(calls).toBeLessThan(ids.length);
    const sum = (name: string) =>
      answers.reduce((total, { extensions }) => total + extensions.upstream[name], 0);
    expect(sum('calls') + sum('retries')).toBe(calls);
    expect(sum('retries')).toBeLessThanOrEqual(10);

    const stale = await ask(app, known);
    expect(stale.errors).toEqual([]);
    expect(stale.data.model.meta.source).toBe('STALE');
    expect(stale.extensions.upstream).toMatchObject({ calls: 0, stale: 1 });
    expect(app.sandbox.requests).toHaveLength(calls);

    app.sandbox.faults.clear();
    const healedAt = Date.now();
    for (;;) {
      const { data } = await ask(app, FIRST);
      if (data.model !== null) break;
      expect(Date.now() - healedAt).toBeLessThan(15_000);
      await pause(100);
    }
    const states = app.events.flatMap((event) => (event.type === 'breaker' ? [event.state] : []));
    // On a slow machine a first probe may come before the fault has gone.
    expect([states[0], ...states.slice(-2)]).toEqual(['open', 'half_open', 'closed']);
  }, 30_000);

  test('an outage that goes on is probed with one call at a time, which is not retried', async () => {
    await using app = await open();
    app.sandbox.faults.add({ fault: { kind: 'reset' } });
    await Promise.all(IDS.slice(0, 60).map((id) => ask(app, id)));
    await pause(5100);
    app.sandbox.reset();
    app.sandbox.faults.add({ delayMs: 300, fault: { kind: 'reset' } });
    await Promise.all(IDS.slice(60, 110).map((id) => ask(app, id)));
    expect(app.sandbox.requests).toHaveLength(1);
  }, 30_000);

  test('an outage of refusals, of one caller’s making, never opens the breaker', async () => {
    await using app = await open();
    app.sandbox.faults.add({ fault: { kind: 'error', status: 403, code: 'NoPermission' } });
    await Promise.all(IDS.slice(0, 40).map((id) => ask(app, id)));
    app.sandbox.faults.clear();
    expect((await ask(app, FIRST)).data.model.id).toBe(FIRST);
  });
});

describe.concurrent('callers who ask the same at the same time', () => {
  test('are 100 and make one call', async () => {
    // Time for all to come in, and then for the answer, also on a busy machine.
    await using app = await open({ env: { UPSTREAM_TIMEOUT_MS: '12000' } });
    app.sandbox.faults.add({ delayMs: 4500 });
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(app, FIRST)));
    expect(answers.map(({ data }) => data.model.id)).toEqual(Array(100).fill(FIRST));
    expect(app.sandbox.requests).toHaveLength(1);
    const sum = (name: string) =>
      answers.reduce((total, { extensions }) => total + extensions.upstream[name], 0);
    expect({ calls: sum('calls'), coalesced: sum('coalesced') }).toEqual({
      calls: 1,
      coalesced: 99,
    });
  });

  const leavable = (app: TestApp, id: string) => {
    const controller = new AbortController();
    const done = fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: ONE, variables: { id } }),
      signal: controller.signal,
    }).then(
      () => 'answered',
      () => 'left',
    );
    return { leave: () => controller.abort(), done };
  };
  const underWay = (app: TestApp) =>
    eventually(() => (app.sandbox.inFlight() > 0 ? true : undefined));

  test('are not disturbed when one of them leaves, even the first', async () => {
    await using app = await open();
    app.sandbox.faults.add({ delayMs: 1000 });
    const first = leavable(app, FIRST);
    await underWay(app);
    const others = [ask(app, FIRST), ask(app, FIRST)];
    await pause(300);
    first.leave();
    for (const { data } of await Promise.all(others)) expect(data.model.id).toBe(FIRST);
    expect(await first.done).toBe('left');
    expect(app.sandbox.requests).toHaveLength(1);
  });

  test('cancel their call when all of them leave, and the next one asks anew', async () => {
    await using app = await open();
    app.sandbox.faults.add({ times: 1, fault: { kind: 'hang' } });
    const callers = [leavable(app, FIRST), leavable(app, FIRST)];
    await underWay(app);
    await pause(300);
    for (const { leave } of callers) leave();
    await eventually(() => (app.sandbox.inFlight() === 0 ? true : undefined));
    await eventually(() =>
      app.events.find(
        (event) => event.type === 'upstream_attempt' && event.outcome === 'CANCELLED',
      ),
    );
    const { data, extensions } = await ask(app, FIRST);
    expect(data.model.id).toBe(FIRST);
    expect(extensions.upstream).toMatchObject({ calls: 1, coalesced: 0 });
    expect(app.sandbox.requests).toHaveLength(2);
  });

  test('cancel the retries, too', async () => {
    await using app = await open();
    app.sandbox.faults.add({ fault: { kind: 'throttle', retryAfterMs: 500 } });
    const caller = leavable(app, FIRST);
    await eventually(() => app.sandbox.requests.find(({ status }) => status === 429));
    caller.leave();
    await pause(1000);
    expect(app.sandbox.requests).toHaveLength(1);
  });

  test('share a failure that is not remembered', async () => {
    await using app = await open();
    app.sandbox.faults.add({ times: 1, delayMs: 300, fault: { kind: 'wrongShape', body: {} } });
    const both = await Promise.all([ask(app, FIRST), ask(app, FIRST)]);
    for (const { errors } of both) expect(errors[0]?.extensions.code).toBe('UPSTREAM_INVALID');
    expect((await ask(app, FIRST)).data.model.meta.source).toBe('LIVE');
  });

  test('each have their own deadline', async () => {
    await using app = await open({ env: { REQUEST_TIMEOUT_MS: '1500' } });
    app.sandbox.faults.add({ times: 1, delayMs: 2000 });
    const first = ask(app, FIRST);
    await underWay(app);
    await pause(800);
    const second = ask(app, FIRST);
    expect((await first).errors[0]?.extensions.code).toBe('UPSTREAM_TIMEOUT');
    expect((await second).data.model?.id).toBe(FIRST);
    expect(app.sandbox.requests).toHaveLength(1);
  });
});

describe('temporary keys', () => {
  const key = (id: string) => ({ id, secret: `secret of ${id}`, securityToken: `token of ${id}` });
  const KEYS = ['STS.one', 'STS.two', 'STS.three'].map(key);
  let fetches = 0;
  let isHanging = false;
  const server = createServer((_req, res) => {
    const found = KEYS[fetches % KEYS.length];
    fetches += 1;
    if (isHanging || found === undefined) return;
    res.end(
      JSON.stringify({
        AccessKeyId: found.id,
        AccessKeySecret: found.secret,
        SecurityToken: found.securityToken,
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      }),
    );
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    useOnlyCredentialsUri(server);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });

  const openWithChain = (env: Record<string, string> = {}) =>
    open({
      env: { ALIBABA_CLOUD_ACCESS_KEY_ID: '', ALIBABA_CLOUD_ACCESS_KEY_SECRET: '', ...env },
      sandbox: { keys: KEYS },
    });
  const EXPIRED = { kind: 'error', status: 400, code: 'InvalidSecurityToken.Expired' } as const;
  const REPLACED = { kind: 'error', status: 404, code: 'InvalidAccessKeyId.NotFound' } as const;

  test.each([
    ['have expired', EXPIRED],
    ['were replaced', REPLACED],
  ])(
    'temporary keys that %s are renewed once, and the same read goes on with the new ones',
    async (_, fault) => {
      fetches = 0;
      await using app = await openWithChain();
      app.sandbox.faults.add({ times: 1, beforeAuth: true, fault });
      const { data, errors, extensions } = await ask(app, FIRST);
      expect(errors).toEqual([]);
      expect(data.model.id).toBe(FIRST);
      expect(extensions.upstream).toMatchObject({ calls: 1, retries: 1 });
      expect(app.sandbox.requests.map(({ keyId }) => keyId)).toEqual(['STS.one', 'STS.two']);
      expect(fetches).toBe(2);
    },
  );

  test('temporary keys that are refused again are given up', async () => {
    fetches = 0;
    await using app = await openWithChain();
    app.sandbox.faults.add({ beforeAuth: true, fault: EXPIRED });
    const { errors } = await ask(app, FIRST);
    expect(errors.map((error) => error.extensions.code)).toEqual(['UPSTREAM_REJECTED']);
    expect(app.sandbox.requests).toHaveLength(2);
  });

  test('temporary keys that do not come end with the operation’s deadline', async () => {
    isHanging = true;
    await using app = await openWithChain({ REQUEST_TIMEOUT_MS: '1000' });
    const startedAt = Date.now();
    const answers = await Promise.all([
      ask(app, FIRST),
      app.query('{ models(first: 1) { nodes { id } } }'),
    ]);
    isHanging = false;
    expect(Date.now() - startedAt).toBeLessThan(3000);
    for (const { errors } of answers) {
      expect(errors[0]?.extensions.code).toBe('UPSTREAM_TIMEOUT');
    }
  });
});
