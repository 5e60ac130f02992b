import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { openApiKeys } from '../../src/auth/api-keys.js';
import {
  type AuthMethod,
  createAuthenticator,
  type Headers,
  type MethodResult,
  serviceCaller,
} from '../../src/auth/authenticator.js';
import { openJwt } from '../../src/auth/jwt.js';
import { aFile } from '../support/a-file.js';
import { AUDIENCE, bearer, createKey, ISSUER, keySet, NOW } from './issuer.js';

const CHALLENGES = {
  'api-key': 'ApiKey realm="pai-model-graph"',
  jwt: 'Bearer realm="pai-model-graph"',
};

async function openBoth() {
  const signer = await createKey();
  const sha256 = createHash('sha256').update('the-key').digest('hex');
  const keysFile = await aFile(JSON.stringify([{ client: 'batch', sha256 }]));
  const jwksFile = await aFile(keySet(signer));
  const onProblem = () => {};
  const apiKeys = await openApiKeys({ path: keysFile.path, isPublic: false, onProblem });
  const jwt = await openJwt({
    ...{
      jwks: jwksFile.path,
      issuer: ISSUER,
      audience: AUDIENCE,
      workspacesClaim: null,
      maxBytes: 1024 * 1024,
    },
    ...{ onProblem, now: () => NOW * 1000, monotonic: () => performance.now() },
  });
  return {
    ...{ apiKeys, jwt, token: await signer.sign() },
    async [Symbol.asyncDispose]() {
      apiKeys.close();
      jwt.close();
      await keysFile[Symbol.asyncDispose]();
      await jwksFile[Symbol.asyncDispose]();
    },
  };
}

function authenticate(methods: readonly AuthMethod[], headers: Headers) {
  return createAuthenticator(methods, serviceCaller)({ headers, verificationLimit: () => null });
}

async function ask(methods: readonly AuthMethod[], headers: Headers) {
  const verdict = await authenticate(methods, headers);
  return verdict.kind === 'authenticated' ? verdict.caller.name : verdict;
}

const VALID: MethodResult = {
  kind: 'valid',
  principal: { client: 'a', view: { kind: 'all' }, token: null },
};

function method(result: MethodResult): AuthMethod {
  return {
    challenge: 'Test',
    authenticate: async () => result,
    status: () => 'ok',
    close() {},
  };
}

describe('the identity of a caller', () => {
  test('is anonymous where no method is on, with any headers', async () => {
    const open = {
      kind: 'authenticated',
      caller: { name: null, lane: expect.any(String), view: { kind: 'all' }, own: null },
    };
    expect(await authenticate([], {})).toEqual(open);
    expect(await authenticate([], { ...bearer('x'), 'x-api-key': 'x' })).toEqual(open);
  });

  test('is that of the credential that is presented', async () => {
    await using both = await openBoth();
    const methods = [both.apiKeys, both.jwt];
    expect(await ask(methods, { 'x-api-key': 'the-key' })).toBe('api-key:batch');
    expect(await ask(methods, bearer(both.token))).toBe('jwt:user-1');
  });

  test('is that of the first method, where several credentials are good', async () => {
    await using both = await openBoth();
    const headers = { ...bearer(both.token), 'x-api-key': 'the-key' };
    expect(await ask([both.apiKeys, both.jwt], headers)).toBe('api-key:batch');
    expect(await ask([both.jwt, both.apiKeys], headers)).toBe('jwt:user-1');
  });

  test('is denied without a credential, or with any that is wrong, and the answer tells only the challenges', async () => {
    await using both = await openBoth();
    const challenge = `${CHALLENGES['api-key']}, ${CHALLENGES.jwt}`;
    const denial = { kind: 'denied', status: 401, challenge, client: null };
    for (const headers of [
      {},
      { 'x-api-key': 'wrong' },
      bearer('wrong'),
      { ...bearer(both.token), 'x-api-key': 'wrong' },
      { ...bearer('wrong'), 'x-api-key': 'the-key' },
    ]) {
      expect(await ask([both.apiKeys, both.jwt], headers)).toEqual(denial);
    }
  });

  test('depends on the methods that are on alone', async () => {
    await using both = await openBoth();
    const headers = { ...bearer(both.token), 'x-api-key': 'wrong' };
    expect(await ask([both.jwt], headers)).toBe('jwt:user-1');
    expect(await ask([both.apiKeys], bearer(both.token))).toMatchObject({
      status: 401,
      challenge: CHALLENGES['api-key'],
    });
  });

  test('is unavailable while a credential cannot be verified, and denied if another is wrong', async () => {
    const unavailable = { kind: 'unavailable', retryAfterMs: 2000 } as const;
    const exceeded = { limit: 1, measured: 2, retryAfterMs: 3 };
    const limited = { kind: 'rate_limited', exceeded } as const;
    for (const result of [unavailable, limited]) {
      expect(await authenticate([method(result)], {})).toEqual(result);
      expect(await authenticate([method(VALID), method(result)], {})).toEqual(result);
      const withWrong = [method({ kind: 'invalid' }), method(result)];
      expect(await authenticate(withWrong, {})).toMatchObject({ kind: 'denied' });
      expect(await authenticate(withWrong.reverse(), {})).toMatchObject({ kind: 'denied' });
    }
    expect(await authenticate([method({ kind: 'absent' }), method(VALID)], {})).toMatchObject({
      kind: 'authenticated',
    });
  });
});

test('over the wire, a credential that comes twice is denied', async () => {
  await using both = await openBoth();
  const server = createServer(async (req, res) => {
    const outcome = await ask([both.apiKeys, both.jwt], req.headersDistinct);
    res.end(typeof outcome === 'object' && outcome?.kind === 'denied' ? '401' : outcome);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const send = async (...lines: string[]) => {
    const socket = connect(port, '127.0.0.1');
    const head = ['GET / HTTP/1.1', 'Host: localhost', 'Connection: close', ...lines];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    return (await text(socket)).split('\r\n\r\n')[1];
  };
  const [key, token] = ['X-API-Key: the-key', `Authorization: Bearer ${both.token}`];
  expect(await send(key)).toBe('api-key:batch');
  expect(await send(token)).toBe('jwt:user-1');
  expect(await send(key, key)).toBe('401');
  expect(await send(key, 'x-api-key: wrong')).toBe('401');
  // Of this header node itself keeps only the first.
  expect(await send(token, 'Authorization: Bearer wrong')).toBe('401');
  await new Promise((resolve) => server.close(resolve));
});
