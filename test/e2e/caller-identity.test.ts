// PAI_IDENTITY=caller: each caller is seen by PAI as themselves, with keys that STS gives for their token.
import { describe, expect, test, vi } from 'vitest';
import { type SandboxModel, startSandbox } from '../../sandbox/sandbox.js';
import type { Event } from '../../src/domain/events.js';
import { range } from '../graphql/numbered-registry.js';
import { aRoleMap, byToken, callerEnv, rolesOf, workspaceOf } from '../support/callers.js';
import { eventually } from '../support/programs.js';
import { postGraphql, startTestApp, type TestApp, withApp } from '../support/with-app.js';

vi.setConfig({ maxConcurrency: 6 });

const TENANTS = ['left', 'right'] as const;
const models: SandboxModel[] = TENANTS.flatMap((tenant) =>
  range(0, 3).map((index) => ({
    listedWithoutProvider: true,
    model: {
      ...{ ModelId: `model-${tenant}-${index}`, ModelName: `${index} of ${tenant}` },
      ...{ WorkspaceId: workspaceOf(tenant), GmtCreateTime: `2024-01-0${index + 1}T00:00:00Z` },
    },
    versions: [],
  })),
);

interface Options {
  readonly env?: Record<string, string>;
  readonly accountOf?: (tenant: string) => string;
}

async function open({ env = {}, accountOf }: Options = {}) {
  const roles = rolesOf(TENANTS, accountOf);
  const roleMap = await aRoleMap(roles);
  const app = await withApp({
    sandbox: { models, roles: Object.values(roles) },
    env: (sandbox) => ({ ...callerEnv(sandbox, roleMap), ...env }),
  });
  return {
    ...app,
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await roleMap[Symbol.asyncDispose]();
    },
  };
}

const person = ({ sandbox }: TestApp, tenant: string, sub = `of-${tenant}`, seconds = 3600) =>
  byToken(sandbox.mintToken({ sub, tenant, expiresInSeconds: seconds }));
const one = (app: TestApp, id: string, headers: Record<string, string>) =>
  app.query('query ($id: ID!) { model(id: $id) { name meta { source } } }', { id }, headers);
const exchanges = ({ sandbox }: TestApp) =>
  sandbox.requests.filter(({ operation }) => operation === 'AssumeRoleWithOIDC');
const codes = ({ errors }: Awaited<ReturnType<typeof one>>) =>
  errors.map(({ extensions }) => extensions.code);

test('the attempts of an operation, at STS and at PAI, are told with its request id', async () => {
  await using app = await open();
  const headers = { ...person(app, 'left'), 'X-Request-Id': 'caller-7' };
  await one(app, 'model-left-0', headers);
  const attempts = app.events.flatMap((event) =>
    event.type === 'token_exchange' || event.type === 'upstream_attempt'
      ? [[event.type, event.requestId]]
      : [],
  );
  expect(attempts).toEqual([
    ['token_exchange', 'caller-7'],
    ['upstream_attempt', 'caller-7'],
  ]);
});

test('a connection to STS that was reset while it was idle costs no operation', async () => {
  await using app = await open();
  const first = await one(app, 'model-left-0', person(app, 'left', 'first'));
  expect(first.errors).toEqual([]);
  app.sandbox.faults.add({
    ...{ operation: 'AssumeRoleWithOIDC', onReuse: true, beforeAuth: true },
    fault: { kind: 'reset' },
  });
  // After the repeat over a new connection there is still the one of the token service itself.
  app.sandbox.faults.add({
    ...{ operation: 'AssumeRoleWithOIDC', times: 1, beforeAuth: true },
    fault: { kind: 'html' },
  });
  const second = await one(app, 'model-left-1', person(app, 'left', 'second'));
  expect(second.errors).toEqual([]);
  expect(exchanges(app)).toHaveLength(4);
});

describe.concurrent('two tenants', () => {
  test('see their own, each in a cache of their own, and PAI decides', async () => {
    await using app = await open();
    for (const source of ['LIVE', 'CACHE']) {
      for (const tenant of TENANTS) {
        const { data } = await one(app, `model-${tenant}-0`, person(app, tenant));
        expect(data.model).toEqual({ name: `0 of ${tenant}`, meta: { source } });
      }
    }
    const stranger = await one(app, 'model-right-0', person(app, 'left'));
    expect(stranger.data.model).toBeNull();
    expect(codes(stranger)).toEqual(['FORBIDDEN']);
    for (const tenant of TENANTS) {
      const list = await app.query(
        '{ models { totalCount nodes { name } } }',
        {},
        {
          ...person(app, tenant),
        },
      );
      expect(list.data.models).toEqual({
        totalCount: 3,
        nodes: range(0, 3).map((index) => ({ name: `${index} of ${tenant}` })),
      });
    }
  });

  test('two tenants of whom no request carries the service’s keys', async () => {
    await using app = await open();
    for (const tenant of TENANTS) await one(app, `model-${tenant}-0`, person(app, tenant));
    const keyIds = app.sandbox.requests.map(({ keyId }) => keyId);
    expect(keyIds).not.toContain('sandbox');
    expect(new Set(keyIds.filter((id) => id?.startsWith('STS.'))).size).toBe(2);
  });

  test('spend the quota of the account of their role', async () => {
    for (const [accountOf, isShared] of [
      [() => '1', true],
      [(tenant: string) => (tenant === 'left' ? '1' : '2'), false],
    ] as const) {
      await using app = await open({ accountOf, env: { UPSTREAM_RATE_PER_SECOND: '1' } });
      const waits = await Promise.all(
        TENANTS.map(async (tenant) => {
          const answer = await one(app, `model-${tenant}-0`, person(app, tenant));
          expect(answer.errors).toEqual([]);
          return answer.extensions.upstream.waitMs;
        }),
      );
      expect(Math.min(...waits)).toBeLessThan(500);
      if (isShared) expect(Math.max(...waits)).toBeGreaterThan(700);
      else expect(Math.max(...waits)).toBeLessThan(500);
    }
  });

  test('two tenants of one subject in two roles share nothing', async () => {
    await using app = await open();
    const left = await one(app, 'model-left-0', person(app, 'left', 'ann'));
    const right = await one(app, 'model-left-0', person(app, 'right', 'ann'));
    expect(left.data.model.name).toBe('0 of left');
    expect(codes(right)).toEqual(['FORBIDDEN']);
  });
});

describe.concurrent('a person', () => {
  test('without a role is 403, told how to ask and not why, and STS is not asked', async () => {
    await using app = await open();
    const strangers = [
      app.sandbox.mintToken({ sub: 'ann' }),
      app.sandbox.mintToken({ sub: 'ann', tenant: 'nobody' }),
      app.sandbox.mintToken({ sub: 'ann', claims: { tenant: { left: true } } }),
      app.sandbox.mintToken({ sub: 'ann', claims: { tenant: [['left']] } }),
    ];
    for (const token of strangers) {
      const answer = await one(app, 'model-left-0', byToken(token));
      expect(answer.status).toBe(403);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="pai-model-graph"');
      expect(answer.errors).toEqual([
        { message: 'Forbidden: this credential has no access.', extensions: { code: 'FORBIDDEN' } },
      ]);
    }
    expect(app.sandbox.requests).toEqual([]);
  });

  test('is FORBIDDEN where STS refuses the role, and learns neither the role nor the reason', async () => {
    await using app = await open();
    app.sandbox.faults.add({
      operation: 'AssumeRoleWithOIDC',
      fault: { kind: 'error', status: 403, code: 'NoPermission', message: 'arn-and-host' },
    });
    const answer = await one(app, 'model-left-0', person(app, 'left'));
    expect(codes(answer)).toEqual(['FORBIDDEN']);
    expect(JSON.stringify(answer.errors)).not.toMatch(/arn|role\/|STS\./);
  });

  test('is let in until their token ends, and no longer', async () => {
    await using app = await open();
    const headers = person(app, 'left', 'ann', 300);
    expect((await one(app, 'model-left-0', headers)).status).toBe(200);
    app.passes(310_000);
    expect((await one(app, 'model-left-0', headers)).status).toBe(401);
  });

  test('a person with a new token is the same person: same view, same keys', async () => {
    await using app = await open();
    for (const seconds of [300, 400, 500]) {
      await one(app, 'model-left-0', person(app, 'left', 'ann', seconds));
    }
    expect(exchanges(app)).toHaveLength(1);
    expect(app.sandbox.requests).toHaveLength(2);
  });
});

test.concurrent('a hundred first requests of one person are one exchange', async () => {
  await using app = await open();
  app.sandbox.faults.add({ operation: 'AssumeRoleWithOIDC', delayMs: 100 });
  const headers = person(app, 'left');
  const answers = await Promise.all(
    range(0, 100).map((index) => one(app, `model-left-${index % 3}`, headers)),
  );
  for (const { data, errors } of answers) {
    expect(errors).toEqual([]);
    expect(data.model.name).toContain('of left');
  }
  expect(exchanges(app)).toHaveLength(1);
  expect(app.sandbox.requests).toHaveLength(4);
});

describe.concurrent('when STS fails', () => {
  test('a person without keys gets UPSTREAM_UNAVAILABLE, and others are served', async () => {
    await using app = await open();
    const right = person(app, 'right');
    await one(app, 'model-right-0', right);
    app.sandbox.faults.add({ operation: 'AssumeRoleWithOIDC', fault: { kind: 'reset' } });
    const left = person(app, 'left');
    const failures = await Promise.all(range(0, 60).map(() => one(app, 'model-left-0', left)));
    for (const failure of failures) expect(codes(failure)).toEqual(['UPSTREAM_UNAVAILABLE']);
    // Nor did those failures open PAI's breaker.
    expect((await one(app, 'model-right-1', right)).data.model.name).toBe('1 of right');
    const ready = await (await fetch(`${app.url}/readyz`)).json();
    expect(ready).toMatchObject({
      status: 'ready',
      parts: { identity: 'caller', credentials: 'failing', cacheIsolation: 'per caller' },
    });
    app.sandbox.faults.clear();
    await eventually(async () =>
      (await one(app, 'model-left-0', left)).errors.length === 0 ? true : undefined,
    );
  });

  test('a hot operation asks it once, and its time counts from the arrival of the request', async () => {
    await using app = await open({ env: { RESPONSE_CACHE: 'off' } });
    const headers = person(app, 'left', 'ann', 3 * 3600);
    for (let time = 0; time < 8; time += 1) await one(app, 'model-left-0', headers);
    app.passes(2 * 3600 * 1000);
    const before = exchanges(app).length;
    app.sandbox.faults.add({
      operation: 'AssumeRoleWithOIDC',
      delayMs: 300,
      fault: { kind: 'error', status: 400, code: 'InvalidVersion' },
    });
    app.events.length = 0;
    const failure = await one(app, 'model-left-0', headers);
    expect(codes(failure)).toEqual(['UPSTREAM_REJECTED']);
    expect(exchanges(app)).toHaveLength(before + 1);
    const [operation] = app.events.filter(({ type }) => type === 'operation');
    expect(operation).toMatchObject({ outcome: 'UPSTREAM_REJECTED' });
    expect(operation?.type === 'operation' && operation.durationMs).toBeGreaterThanOrEqual(300);
  });

  test('no answer and no event tells its host, a token or a key', async () => {
    const roles = rolesOf(TENANTS);
    const sandbox = await startSandbox({ models, roles: Object.values(roles) });
    await using roleMap = await aRoleMap(roles);
    const events: Event[] = [];
    const app = await startTestApp(
      {
        ...callerEnv(sandbox, roleMap),
        ...{ PAI_ENDPOINT: sandbox.url, PAI_STS_ENDPOINT: 'http://127.0.0.1:9' },
      },
      events,
    );
    const token = sandbox.mintToken({ sub: 'ann', tenant: 'left' });
    const { errors } = await postGraphql(
      app.url,
      { query: '{ model(id: "model-left-0") { name } }' },
      byToken(token),
    );
    expect(errors[0]?.extensions.code).toBe('UPSTREAM_UNAVAILABLE');
    const told = JSON.stringify([errors, events]);
    for (const secret of [token, token.split('.')[2] ?? '', '127.0.0.1:9', 'role/']) {
      expect(told).not.toContain(secret);
    }
    await app.close();
    await sandbox.close();
  });
});
