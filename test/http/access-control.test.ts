// The names under which a request is counted, and the rights of an address that has spent its share.
import { describe, expect, test } from 'vitest';
import type { Authenticate } from '../../src/auth/authenticator.js';
import { createClientAddress } from '../../src/auth/client-address.js';
import { createOperationLimiter } from '../../src/auth/operation-limiter.js';
import type { Caller } from '../../src/domain/caller.js';
import { createAccessControl } from '../../src/http/access-control.js';
import { createListener } from '../../src/http/listener.js';
import type { Route } from '../../src/http/route.js';
import { openServer } from './open-server.js';
import { type RawRequest, rawRequest } from './raw-request.js';

const caller = (name: string | null): Caller => ({
  ...{ name, lane: 'a lane', view: { kind: 'all' }, own: null },
});

/** A key is its own name; a token says how it is verified. */
function authenticator(verified: string[]): Authenticate {
  const denied = { kind: 'denied', status: 401, challenge: 'Test', client: null } as const;
  const allowed = (name: string | null) =>
    ({ kind: 'authenticated', caller: caller(name) }) as const;
  return async ({ headers: { 'x-api-key': key, authorization }, verificationLimit }) => {
    if (authorization !== undefined) {
      const token = String(authorization);
      if (token === 'known') return allowed('known');
      const exceeded = verificationLimit();
      if (exceeded !== null) return { kind: 'rate_limited', exceeded };
      verified.push(token);
      if (token === 'unverifiable') return { kind: 'unavailable', retryAfterMs: 2000 };
      return token === 'good' ? allowed('good') : denied;
    }
    if (String(key) === 'roleless') return { ...denied, status: 403, client: 'roleless' };
    return String(key) === 'wrong' ? denied : allowed(key === undefined ? null : String(key));
  };
}

type Sent = NonNullable<RawRequest['headers']>;

async function open(perSecond: number, trustedProxies: readonly string[] = []) {
  const verified: string[] = [];
  const refusals: string[] = [];
  const accessControl = createAccessControl({
    authenticate: authenticator(verified),
    addressOf: createClientAddress(trustedProxies),
    limiter: createOperationLimiter({ perSecond, redis: null, monotonic: () => 0 }),
  });
  const route: Route = {
    methods: ['GET'],
    async handle(request, found) {
      await accessControl.count(request, found);
      request.res.writeHead(200).end(found.name);
    },
  };
  const listener = createListener({
    routes: new Map([['/', route]]),
    corsOrigins: [],
    loopbackOnly: false,
    report: (event) => {
      if (event.type === 'refusal') refusals.push(event.code);
    },
    accessControl,
  });
  const http = await openServer({ listener });
  const ask = (headers: Sent) => rawRequest(http.url, { target: '/', headers });
  return {
    ...{ verified, refusals, ask },
    statuses: async (count: number, headers: Sent) => {
      const found: number[] = [];
      for (let index = 0; index < count; index += 1) found.push((await ask(headers)).status);
      return found;
    },
    async [Symbol.asyncDispose]() {
      await http.drain(1000);
    },
  };
}

describe('access control', () => {
  test.each([
    ['wrong', 401, 'UNAUTHENTICATED', 'This needs a valid credential.'],
    ['roleless', 403, 'FORBIDDEN', 'Forbidden: this credential has no access.'],
  ])(
    'answers the key %s with a GraphQL error and the way to authenticate',
    async (key, status, code, message) => {
      await using accessControl = await open(2);
      const answer = await accessControl.ask({ 'x-api-key': key });
      expect(answer.status).toBe(status);
      expect(answer.headers).toMatchObject({
        'www-authenticate': 'Test',
        'cache-control': 'no-store',
      });
      expect(JSON.parse(answer.body)).toEqual({ errors: [{ message, extensions: { code } }] });
    },
  );

  test('counts a caller by name alone, and one without a name by the address', async () => {
    await using accessControl = await open(2);
    expect(await accessControl.statuses(3, { 'x-api-key': 'left' })).toEqual([200, 200, 429]);
    expect(await accessControl.statuses(3, { 'x-api-key': 'right' })).toEqual([200, 200, 429]);
    expect(await accessControl.statuses(3, {})).toEqual([200, 200, 429]);
    expect(await accessControl.statuses(1, { 'x-api-key': 'third' })).toEqual([200]);
  });

  test('counts wrong credentials at the address, and lets all who are known in from there', async () => {
    await using accessControl = await open(2);
    expect(await accessControl.statuses(4, { 'x-api-key': 'wrong' })).toEqual([401, 401, 429, 429]);
    expect(await accessControl.statuses(1, { 'x-api-key': 'left' })).toEqual([200]);
    expect(await accessControl.statuses(1, { authorization: 'known' })).toEqual([200]);
  });

  test('verifies no token from an address that has spent its share', async () => {
    await using accessControl = await open(2);
    expect(await accessControl.statuses(4, { authorization: 'forged' })).toEqual([
      401, 401, 429, 429,
    ]);
    expect(accessControl.verified).toEqual(['forged', 'forged']);
    const { status, headers, body } = await accessControl.ask({ authorization: 'good' });
    expect([status, headers['retry-after']]).toEqual([429, '1']);
    expect(JSON.parse(body).errors[0].extensions).toMatchObject({
      ...{ code: 'RATE_LIMITED', limit: 2, measured: 2 },
    });
    expect(accessControl.verified).toHaveLength(2);
  });

  test('counts no request that cannot be verified now, and says when to return', async () => {
    await using accessControl = await open(2);
    expect(await accessControl.statuses(4, { authorization: 'unverifiable' })).toEqual([
      503, 503, 503, 503,
    ]);
    const { headers, body } = await accessControl.ask({ authorization: 'unverifiable' });
    expect([headers['retry-after'], headers['cache-control']]).toEqual(['2', 'no-store']);
    expect(JSON.parse(body)).toEqual({
      errors: [
        {
          message: 'Tokens cannot be verified now; try again later.',
          extensions: { code: 'UPSTREAM_UNAVAILABLE', retryAfterMs: 2000 },
        },
      ],
    });
    expect(new Set(accessControl.refusals)).toEqual(new Set(['UPSTREAM_UNAVAILABLE']));
    expect(await accessControl.statuses(1, { authorization: 'good' })).toEqual([200]);
  });

  test('counts a caller to whom nothing is open by name', async () => {
    await using accessControl = await open(2);
    expect(await accessControl.statuses(3, { 'x-api-key': 'roleless' })).toEqual([403, 403, 429]);
    expect(await accessControl.statuses(1, { 'x-api-key': 'wrong' })).toEqual([401]);
  });

  test('tells clients behind a trusted proxy apart, however often the header is sent', async () => {
    await using accessControl = await open(1, ['127.0.0.1', '10.0.0.0/8']);
    const from = (...forwarded: string[]) => ({
      'x-api-key': 'wrong',
      'x-forwarded-for': forwarded,
    });
    expect(await accessControl.statuses(2, from('203.0.113.7'))).toEqual([401, 429]);
    expect(await accessControl.statuses(1, from('203.0.113.8'))).toEqual([401]);
    expect(await accessControl.statuses(1, from('203.0.113.8', '203.0.113.7, 10.0.0.2'))).toEqual([
      429,
    ]);
    // The client's own words stand before those that the proxy appends.
    expect(await accessControl.statuses(1, from('198.51.100.1, 203.0.113.7'))).toEqual([429]);
  });

  test('believes no header of a peer that is not trusted', async () => {
    await using accessControl = await open(1, ['10.0.0.0/8']);
    const from = (forwarded: string) => ({ 'x-api-key': 'wrong', 'x-forwarded-for': forwarded });
    expect(await accessControl.statuses(1, from('203.0.113.7'))).toEqual([401]);
    expect(await accessControl.statuses(1, from('203.0.113.8'))).toEqual([429]);
  });
});
