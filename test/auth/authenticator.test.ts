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
  type Verdict,
  type Verified,
} from '../../src/auth/authenticator.js';
import { openJwt } from '../../src/auth/jwt.js';
import { ANONYMOUS, type Principal } from '../../src/auth/principal.js';
import { aFile } from './a-file.js';
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
  const apiKeys = await openApiKeys({ path: keysFile.path, onProblem });
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

const asItIs = (identity: Principal): Verdict<Principal> => ({ kind: 'authenticated', identity });

async function judge(methods: readonly AuthMethod[], headers: Headers) {
  const authenticator = createAuthenticator(methods, asItIs);
  return authenticator.recall(headers) ?? (await authenticator.verify(headers));
}

async function ask(methods: readonly AuthMethod[], headers: Headers) {
  const verdict = await judge(methods, headers);
  return verdict.kind === 'authenticated' ? verdict.identity.client : verdict;
}

/** A method that gives the first result at once, and the second when it verifies. */
function method(recalled: ReturnType<AuthMethod['recall']>, verified?: Verified): AuthMethod {
  return {
    challenge: 'Test',
    recall: () => recalled,
    ...(verified !== undefined && { verify: async () => verified }),
    status: () => 'ok',
  };
}

describe('the identity of a caller', () => {
  test('is anonymous where no method is on, with any headers', async () => {
    const open = { kind: 'authenticated', identity: ANONYMOUS };
    expect(await judge([], {})).toEqual(open);
    expect(await judge([], { ...bearer('x'), 'x-api-key': 'x' })).toEqual(open);
    expect(ANONYMOUS).toEqual({ client: 'anonymous', workspaces: null, token: null });
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

  test('is known at once where every credential is, and where one is wrong', async () => {
    await using both = await openBoth();
    const authenticator = createAuthenticator([both.apiKeys, both.jwt], asItIs);
    const token = bearer(both.token);
    expect(authenticator.recall({ 'x-api-key': 'the-key' })).toMatchObject({
      kind: 'authenticated',
    });
    expect(authenticator.recall(token)).toBeNull();
    expect(authenticator.recall({ ...token, 'x-api-key': 'wrong' })).toMatchObject({
      kind: 'denied',
    });
    await authenticator.verify(token);
    expect(authenticator.recall(token)).toMatchObject({ kind: 'authenticated' });
  });

  test('is unavailable while a credential cannot be judged, and denied if another is wrong', async () => {
    const unjudged = method('unverified', 'unavailable');
    const key = method(ANONYMOUS);
    const unavailable = { kind: 'unavailable', retryAfterMs: 2000 };
    expect(await judge([unjudged], {})).toEqual(unavailable);
    expect(await judge([key, unjudged], {})).toEqual(unavailable);
    expect(await judge([method('wrong'), unjudged], {})).toMatchObject({ kind: 'denied' });
    expect(await judge([method('unverified', 'wrong'), unjudged], {})).toMatchObject({
      kind: 'denied',
    });
    expect(await judge([method('absent'), key], {})).toMatchObject({ kind: 'authenticated' });
  });
});

test('over the wire, a credential that comes twice is denied', async () => {
  await using both = await openBoth();
  const server = createServer(async (req, res) => {
    const outcome = await ask([both.apiKeys, both.jwt], req.headersDistinct);
    res.end(typeof outcome === 'string' ? outcome : String('status' in outcome && outcome.status));
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
