// Access and its limits: every route and method of a running server, with good, bad and no credentials.
import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, test, vi } from 'vitest';
import { SANDBOX_PROVIDER } from '../../sandbox/sandbox.js';
import {
  AUDIENCE,
  claims,
  createKey,
  ISSUER,
  keySet,
  type SigningKey,
  startKeyServer,
} from '../auth/issuer.js';
import { modelId, numberedModels, range } from '../graphql/numbered-registry.js';
import { type RawRequest, rawRequest } from '../http/raw-request.js';
import { aFile } from '../support/a-file.js';
import { apiKeys, byKey, byToken, jwtEnv, keyOf, keysEnv } from '../support/callers.js';
import { eventually } from '../support/programs.js';
import { type TestApp, withApp } from '../support/with-app.js';

vi.setConfig({ maxConcurrency: 6 });

const ONE = `{ model(id: "${modelId(0)}") { id } }`;
const JSON_BODY = { 'content-type': 'application/json' };
const DENIED = {
  errors: [{ message: 'This needs a valid credential.', extensions: { code: 'UNAUTHENTICATED' } }],
};
const models = numberedModels(400);

/** Two clients by key, and any by token. */
async function open(
  auth: 'api-key' | 'jwt' | 'api-key,jwt',
  env: Record<string, string> = {},
  isClockStill = false,
) {
  const keys = await aFile(apiKeys({ left: null, right: null }));
  const app = await withApp({
    ...{ sandbox: { models }, isClockStill },
    env: (sandbox) => ({
      ...(auth.includes('jwt') && jwtEnv(sandbox)),
      ...(auth.includes('api-key') && keysEnv(keys)),
      ...{ AUTH: auth, ...env },
    }),
  });
  return {
    ...app,
    keys,
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await keys[Symbol.asyncDispose]();
    },
  };
}

const graphql = (headers: RawRequest['headers'] = {}): RawRequest => ({
  method: 'POST',
  target: '/graphql',
  headers: { ...JSON_BODY, ...headers },
  body: [JSON.stringify({ query: ONE })],
});
const statusOf = async ({ url }: TestApp, request: RawRequest) =>
  (await rawRequest(url, request)).status;

const GUARDED: readonly RawRequest[] = [
  graphql(),
  {
    target: `/graphql?query=${encodeURIComponent(ONE)}`,
    headers: { 'apollo-require-preflight': '1' },
  },
  { target: '/schema.graphql' },
  { method: 'HEAD', target: '/schema.graphql' },
  { target: '/subgraph.graphql' },
  { target: '/metrics' },
  { method: 'HEAD', target: '/metrics' },
];

describe.concurrent('without a credential', () => {
  test('every route that tells something is 401 with a GraphQL body, and nothing is read', async () => {
    await using app = await open('api-key,jwt');
    for (const request of GUARDED) {
      const { status, headers, body } = await rawRequest(app.url, request);
      expect([request.method, request.target, status]).toEqual([
        ...[request.method, request.target, 401],
      ]);
      expect(headers['www-authenticate']).toBe(
        'ApiKey realm="pai-model-graph", Bearer realm="pai-model-graph"',
      );
      expect(headers['cache-control']).toBe('no-store');
      if (request.method !== 'HEAD') expect(JSON.parse(body)).toEqual(DENIED);
    }
    expect(app.sandbox.requests).toEqual([]);
  });

  test('the probes answer, and a wrong credential does not hinder them', async () => {
    await using app = await open('api-key');
    for (const headers of [{}, byKey('nobody')]) {
      for (const target of ['/healthz', '/readyz']) {
        for (const method of ['GET', 'HEAD']) {
          expect(await statusOf(app, { method, target, headers })).toBe(200);
        }
      }
    }
    const { body } = await rawRequest(app.url, { target: '/readyz' });
    expect(JSON.parse(body).parts).toMatchObject({
      ...{ auth: 'api-key', identity: 'service', cacheIsolation: 'per workspaces' },
    });
  });

  test('the playground opens: a browser sends no header with an address', async () => {
    await using app = await open('api-key');
    expect(await statusOf(app, { target: '/' })).toBe(200);
  });

  test('METRICS_PORT answers: any client that reaches the port may read', async () => {
    await using app = await open('api-key', { METRICS_PORT: '0' });
    expect((await fetch(`${app.app.metricsUrl}/metrics`)).status).toBe(200);
    expect(await statusOf(app, { target: '/metrics' })).toBe(404);
  });

  test('a preflight passes, so that a page may send the header', async () => {
    await using app = await open('api-key', { CORS_ORIGINS: 'https://app.example.com' });
    const { status, headers } = await rawRequest(app.url, {
      method: 'OPTIONS',
      target: '/graphql',
      headers: {
        origin: 'https://app.example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-api-key,content-type',
      },
    });
    expect(status).toBe(204);
    expect(headers['access-control-allow-headers']).toBe('x-api-key,content-type');
  });
});

describe.concurrent('an API key', () => {
  test('opens every route', async () => {
    await using app = await open('api-key');
    for (const request of GUARDED) {
      expect(
        await statusOf(app, { ...request, headers: { ...request.headers, ...byKey('left') } }),
      ).toBe(200);
    }
  });

  test('an API key that is wrong, empty, twice or in another header is 401', async () => {
    await using app = await open('api-key');
    const wrong: RawRequest['headers'][] = [
      ...[byKey('nobody'), { 'x-api-key': '' }, { 'x-api-key': 'é'.repeat(10) }],
      { 'x-api-key': [keyOf('left'), keyOf('left')] },
      { 'x-api-key': [keyOf('left'), keyOf('right')] },
      { 'x-api-key': `${keyOf('left')}, ${keyOf('left')}` },
      { 'x-api-key': keyOf('left').toUpperCase() },
      { authorization: `ApiKey ${keyOf('left')}` },
      { authorization: `Bearer ${keyOf('left')}` },
      { cookie: `x-api-key=${keyOf('left')}` },
    ];
    for (const headers of wrong) {
      const { status, body } = await rawRequest(app.url, graphql(headers));
      expect([headers, status]).toEqual([headers, 401]);
      expect(JSON.parse(body)).toEqual(DENIED);
    }
    expect(
      await statusOf(app, { target: `/graphql?query={__typename}&key=${keyOf('left')}` }),
    ).toBe(401);
  });

  test('is looked up anew when the file changes, while the server runs', async () => {
    await using app = await open('api-key');
    await app.keys.replace(apiKeys({ newcomer: null }));
    await eventually(async () =>
      (await statusOf(app, graphql(byKey('newcomer')))) === 200 ? true : undefined,
    );
    expect(await statusOf(app, graphql(byKey('left')))).toBe(401);
    await app.keys.replace('{ broken');
    await eventually(() => app.events.find(({ type }) => type === 'auth_problem'));
    expect(await statusOf(app, graphql(byKey('newcomer')))).toBe(200);
    const told = JSON.stringify(app.events.filter(({ type }) => type === 'auth_problem'));
    expect(told).not.toContain('broken');
  });

  test('makes the answer depend on it, for every cache on the way', async () => {
    await using app = await open('api-key', { CORS_ORIGINS: 'https://app.example.com' });
    const { headers } = await rawRequest(app.url, {
      target: `/graphql?query=${encodeURIComponent(ONE)}`,
      headers: { ...byKey('left'), 'apollo-require-preflight': '1' },
    });
    expect(headers['cache-control']).toMatch(/^private, max-age=\d+$/);
    expect(String(headers.vary)).toContain('Authorization, X-API-Key, Accept, Accept-Encoding');
    expect(String(headers.vary)).toContain('Origin');
  });
});

describe.concurrent('a token', () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const sandboxClaims = (changes = {}) => ({
    ...{ iss: SANDBOX_PROVIDER.issuer, aud: SANDBOX_PROVIDER.audience, sub: 'ann' },
    ...{ exp: Math.floor(Date.now() / 1000) + 600, ...changes },
  });

  test('a token of the issuer opens every route', async () => {
    await using app = await open('jwt');
    const headers = byToken(app.sandbox.mintToken({ sub: 'ann' }));
    for (const request of GUARDED) {
      expect(await statusOf(app, { ...request, headers: { ...request.headers, ...headers } })).toBe(
        200,
      );
    }
  });

  test('a token that is expired, unsigned, foreign, forged or for others is 401, each with the same answer', async () => {
    await using app = await open('jwt');
    const { sandbox } = app;
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const header = { alg: 'ES256', kid: 'sandbox-1' };
    const foreign = await new SignJWT(sandboxClaims()).setProtectedHeader(header).sign(privateKey);
    const jwks = await (await fetch(`${sandbox.url}/_sandbox/jwks`)).text();
    const [, , signature] = sandbox.mintToken({ sub: 'ann' }).split('.');
    const confused = await new SignJWT(sandboxClaims())
      .setProtectedHeader({ alg: 'HS256', kid: 'sandbox-1' })
      .sign(new TextEncoder().encode(jwks));
    const good = sandbox.mintToken({ sub: 'ann' });
    const wrong: Record<string, RawRequest['headers']> = {
      expired: byToken(sandbox.mintToken({ sub: 'ann', expiresInSeconds: -60 })),
      none: byToken(`${part({ alg: 'none' })}.${part(sandboxClaims())}.`),
      'none with a signature': byToken(
        `${part({ alg: 'NONE' })}.${part(sandboxClaims())}.${signature}`,
      ),
      foreign: byToken(foreign),
      'a signature of the public key': byToken(confused),
      'other claims': byToken(
        `${part(header)}.${part(sandboxClaims({ sub: 'bob' }))}.${signature}`,
      ),
      'another audience': byToken(sandbox.mintToken({ sub: 'ann', claims: { aud: 'others' } })),
      'another issuer': byToken(sandbox.mintToken({ sub: 'ann', claims: { iss: 'https://x' } })),
      'no subject': byToken(sandbox.mintToken({ sub: 'ann', claims: { sub: '' } })),
      'no end': byToken(sandbox.mintToken({ sub: 'ann', claims: { exp: null } })),
      'not yet': byToken(sandbox.mintToken({ sub: 'ann', claims: { nbf: 9e9 } })),
      twice: { authorization: [`Bearer ${good}`, `Bearer ${good}`] },
      'without its scheme': { authorization: good },
      'as a key': { 'x-api-key': good },
    };
    for (const [name, headers] of Object.entries(wrong)) {
      const { status, headers: answered, body } = await rawRequest(app.url, graphql(headers));
      expect([name, status]).toEqual([name, 401]);
      expect(JSON.parse(body)).toEqual(DENIED);
      expect(answered['www-authenticate']).toBe('Bearer realm="pai-model-graph"');
    }
    expect(sandbox.requests).toEqual([]);
  });

  test('ends while the server runs', async () => {
    await using app = await open('jwt');
    const headers = byToken(app.sandbox.mintToken({ sub: 'ann', expiresInSeconds: 60 }));
    expect(await statusOf(app, graphql(headers))).toBe(200);
    app.passes(70_000);
    expect(await statusOf(app, graphql(headers))).toBe(401);
  });
});

test.concurrent('with both ways either will do, and none that is presented may be wrong', async () => {
  await using app = await open('api-key,jwt');
  const token = byToken(app.sandbox.mintToken({ sub: 'ann' }));
  const expired = byToken(app.sandbox.mintToken({ sub: 'ann', expiresInSeconds: -60 }));
  const cases: [RawRequest['headers'], number][] = [
    [byKey('left'), 200],
    [token, 200],
    [{ ...byKey('left'), ...token }, 200],
    [{ ...byKey('left'), ...expired }, 401],
    [{ ...byKey('nobody'), ...token }, 401],
  ];
  for (const [headers, status] of cases) {
    expect(await statusOf(app, graphql(headers))).toBe(status);
  }
});

test.concurrent('turns for the quota are a client’s: many operations of one are one lane', async () => {
  await using app = await open('api-key', {
    ...{ UPSTREAM_CONCURRENCY: '2', UPSTREAM_RATE_PER_SECOND: '1000' },
  });
  app.sandbox.faults.add({ delayMs: 30 });
  const ask = (index: number, client: string) =>
    app.query(`{ model(id: "${modelId(index)}") { id } }`, {}, byKey(client));
  const greedy = range(0, 80).map((index) => ask(index, 'left'));
  await eventually(() => (app.sandbox.requests.length >= 6 ? true : undefined));
  const before = app.sandbox.requests.length;
  expect((await ask(200, 'right')).errors).toEqual([]);
  const place = app.sandbox.requests.findIndex(({ path }) => path.endsWith(modelId(200)));
  // In turn it is the next; where each operation had a lane of its own, it would be the last.
  expect(place - before).toBeLessThanOrEqual(16);
  await Promise.all(greedy);
});

describe.concurrent('OPERATIONS_PER_SECOND', () => {
  const LIMIT = { OPERATIONS_PER_SECOND: '5' };
  type Sent = RawRequest['headers'];
  const openLimited = (auth: Parameters<typeof open>[0], env = {}) =>
    open(auth, { ...LIMIT, ...env }, true);
  const send = (app: TestApp, headers: Sent, from?: string) =>
    rawRequest(app.url, { ...graphql(headers), from });
  const all = (app: TestApp, count: number, headers: Sent, from?: string) =>
    Promise.all(range(0, count).map(() => send(app, headers, from)));
  const statuses = (answers: readonly { status: number }[]) =>
    answers.map(({ status }) => status).sort();

  test('refuses operations over it with 429, when to return, the limit and the measured number', async () => {
    await using app = await openLimited('api-key');
    const answers = await all(app, 7, byKey('left'));
    expect(statuses(answers)).toEqual([200, 200, 200, 200, 200, 429, 429]);
    const refused = answers.filter(({ status }) => status === 429);
    const measured = refused.map(({ headers, body }) => {
      const { errors } = JSON.parse(body);
      expect(errors).toHaveLength(1);
      const { code, limit, measured: found, retryAfterMs } = errors[0].extensions;
      expect([headers['retry-after'], code, limit]).toEqual(['1', 'RATE_LIMITED', 5]);
      expect(errors[0].message).toContain(`${found} operations`);
      expect(retryAfterMs).toBe(1000);
      return found;
    });
    expect(measured.sort()).toEqual([6, 7]);
    app.passes(1000);
    expect((await send(app, byKey('left'))).status).toBe(200);
  });

  test('counts a caller apart from others at its address', async () => {
    await using app = await openLimited('api-key');
    expect(statuses(await all(app, 6, byKey('left')))).toEqual([200, 200, 200, 200, 200, 429]);
    expect(statuses(await all(app, 6, byKey('right')))).toEqual([200, 200, 200, 200, 200, 429]);
  });

  test('counts at the address where callers have no name', async () => {
    await using app = await withApp({
      ...{ sandbox: { models }, isClockStill: true },
      env: { AUTH: 'none', ...LIMIT },
    });
    expect(statuses(await all(app, 7, {}))).toEqual([200, 200, 200, 200, 200, 429, 429]);
  });

  test.skipIf(process.platform !== 'linux')(
    'counts a caller from all addresses together',
    async () => {
      await using app = await openLimited('api-key');
      const first = await all(app, 3, byKey('left'), '127.0.0.2');
      const second = await all(app, 4, byKey('left'), '127.0.0.3');
      expect(statuses([...first, ...second])).toEqual([200, 200, 200, 200, 200, 429, 429]);
      expect((await send(app, byKey('right'), '127.0.0.3')).status).toBe(200);
    },
  );

  test('turns no honest caller away for wrong keys from its address, but no new token is verified', async () => {
    await using app = await openLimited('api-key,jwt');
    const token = byToken(app.sandbox.mintToken({ sub: 'ann' }));
    expect((await send(app, token)).status).toBe(200);
    const tries = await all(app, 500, byKey('nobody'));
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(tries.filter(({ status }) => status === 429)).toHaveLength(495);
    expect(statuses(await all(app, 4, byKey('left')))).toEqual([200, 200, 200, 200]);
    expect(statuses(await all(app, 4, token))).toEqual([200, 200, 200, 200]);
    const unseen = byToken(app.sandbox.mintToken({ sub: 'bob' }));
    expect((await send(app, unseen)).status).toBe(429);
    app.passes(1000);
    expect((await send(app, unseen)).status).toBe(200);
    const refusals = app.events.filter(({ type }) => type === 'refusal');
    expect(refusals).toHaveLength(501);
  });

  test('counts clients that try keys behind a trusted proxy by the address that the proxy gives', async () => {
    await using app = await openLimited('api-key', { TRUSTED_PROXIES: '127.0.0.0/8, ::1' });
    const from = (client: string) => ({ ...byKey('nobody'), 'x-forwarded-for': client });
    const tries = await all(app, 6, from('203.0.113.7'));
    expect(statuses(tries)).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await send(app, from('198.51.100.1, 203.0.113.7'))).status).toBe(429);
    expect((await send(app, from('203.0.113.8'))).status).toBe(401);
  });

  test('leaves the probes alone', async () => {
    await using app = await openLimited('api-key');
    const probes = range(0, 20).map(() => rawRequest(app.url, { target: '/healthz' }));
    for (const { status } of await Promise.all(probes)) expect(status).toBe(200);
    expect((await send(app, byKey('left'))).status).toBe(200);
  });
});

describe.concurrent('a server of keys', () => {
  const MINUTE = 60_000;

  async function openWithKeyServer(...keys: SigningKey[]) {
    const server = await startKeyServer(...keys);
    const env = { JWT_JWKS: server.url, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE };
    const app = await open('api-key,jwt', { ...env, OPERATIONS_PER_SECOND: '50' }, true);
    const exp = Math.floor(Date.now() / 1000) + 3600;
    return {
      ...{ ...app, server },
      token: async (key: SigningKey, sub = 'ann') => byToken(await key.sign(claims({ sub, exp }))),
      jwks: async () => {
        const { status, body } = await rawRequest(app.url, { target: '/readyz' });
        return [status, JSON.parse(body).parts.jwks];
      },
      async [Symbol.asyncDispose]() {
        await app[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  }

  test('a server of keys that cannot be read makes tokens 503, counts for no caller and no address, and shows in readiness', async () => {
    const key = await createKey();
    await using app = await openWithKeyServer(key);
    app.server.say({ status: 500, body: 'the secret of the key server' });
    const headers = await app.token(key);
    expect(await app.jwks()).toEqual([200, 'unknown']);
    for (let index = 0; index < 60; index += 1) {
      expect(await statusOf(app, graphql(headers))).toBe(503);
    }
    const { headers: answered, body } = await rawRequest(app.url, graphql(headers));
    expect(JSON.parse(body).errors).toEqual([
      {
        message: 'Tokens cannot be verified now; try again later.',
        extensions: { code: 'UPSTREAM_UNAVAILABLE', retryAfterMs: 2000 },
      },
    ]);
    expect([answered['retry-after'], answered['cache-control']]).toEqual(['2', 'no-store']);
    expect(answered['www-authenticate']).toBeUndefined();
    expect(await app.jwks()).toEqual([200, 'failing']);
    expect(app.server.asked()).toBe(1);
    const problems = app.events.filter(({ type }) => type === 'auth_problem');
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems)).not.toContain('secret');
    expect(await statusOf(app, graphql(byKey('left')))).toBe(200);
    expect(await statusOf(app, graphql(byKey('nobody')))).toBe(401);
    app.server.say({ body: keySet(key) });
    app.passes(2000);
    expect(await statusOf(app, graphql(headers))).toBe(200);
    expect(await app.jwks()).toEqual([200, 'ok']);
  });

  test('a server of keys that hangs delays neither API keys nor verified tokens', async () => {
    const [key, unknown] = await Promise.all([createKey('one'), createKey('unknown')]);
    await using app = await openWithKeyServer(key);
    const headers = await app.token(key);
    expect(await statusOf(app, graphql(headers))).toBe(200);
    app.passes(MINUTE);
    app.server.say(null);
    const hanging = rawRequest(app.url, graphql(await app.token(unknown)));
    await eventually(() => (app.server.asked() === 2 ? true : undefined));
    let isOver = false;
    const over = hanging.then(({ status }) => {
      isOver = true;
      return status;
    });
    expect(await statusOf(app, graphql(headers))).toBe(200);
    expect(await statusOf(app, graphql(byKey('left')))).toBe(200);
    expect(isOver).toBe(false);
    expect(await over).toBe(503);
  });

  test('a server of keys that withdraws a key ends its tokens, and a new key is accepted', async () => {
    const [gone, stays] = await Promise.all([createKey('gone'), createKey('stays')]);
    await using app = await openWithKeyServer(gone);
    const [old, next] = await Promise.all([app.token(gone), app.token(stays)]);
    expect(await statusOf(app, graphql(old))).toBe(200);
    expect(await statusOf(app, graphql(next))).toBe(401);
    app.server.say({ body: keySet(stays) });
    app.passes(MINUTE);
    expect(await statusOf(app, graphql(next))).toBe(200);
    expect(await statusOf(app, graphql(old))).toBe(401);
    expect(app.server.asked()).toBe(2);
  });
});
