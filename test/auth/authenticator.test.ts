import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { openApiKeys } from '../../src/auth/api-keys.js';
import { type AuthMethod, createAuthenticator, isDenial } from '../../src/auth/authenticator.js';
import { openJwt } from '../../src/auth/jwt.js';
import { ANONYMOUS } from '../../src/auth/principal.js';
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
    ...{ jwks: jwksFile.path, issuer: ISSUER, audience: AUDIENCE, workspacesClaim: null },
    ...{ onProblem, now: () => NOW * 1000 },
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

async function ask(methods: readonly AuthMethod[], headers: Record<string, string | string[]>) {
  const outcome = await createAuthenticator(methods)(headers);
  return isDenial(outcome) ? outcome : outcome.client;
}

describe('who asks', () => {
  test('is anybody where nothing must be proved, whatever is presented', async () => {
    expect(await createAuthenticator([])({})).toBe(ANONYMOUS);
    expect(await createAuthenticator([])({ ...bearer('x'), 'x-api-key': 'x' })).toBe(ANONYMOUS);
    expect(ANONYMOUS).toEqual({ client: 'anonymous', workspaces: null, token: null });
  });

  test('is said by the credential that is presented', async () => {
    await using both = await openBoth();
    const methods = [both.apiKeys, both.jwt];
    expect(await ask(methods, { 'x-api-key': 'the-key' })).toBe('api-key:batch');
    expect(await ask(methods, bearer(both.token))).toBe('jwt:user-1');
  });

  test('is said by the method that comes first, of several good credentials', async () => {
    await using both = await openBoth();
    const headers = { ...bearer(both.token), 'x-api-key': 'the-key' };
    expect(await ask([both.apiKeys, both.jwt], headers)).toBe('api-key:batch');
    expect(await ask([both.jwt, both.apiKeys], headers)).toBe('jwt:user-1');
  });

  test('is nobody without a credential, or with any that is wrong, and learns no more than how to ask', async () => {
    await using both = await openBoth();
    const denial = { status: 401, challenge: `${CHALLENGES['api-key']}, ${CHALLENGES.jwt}` };
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

  test('is judged by the methods that are on alone', async () => {
    await using both = await openBoth();
    const headers = { ...bearer(both.token), 'x-api-key': 'wrong' };
    expect(await ask([both.jwt], headers)).toBe('jwt:user-1');
    expect(await ask([both.apiKeys], bearer(both.token))).toEqual({
      status: 401,
      challenge: CHALLENGES['api-key'],
    });
  });
});

test('over the wire, a credential that comes twice is denied', async () => {
  await using both = await openBoth();
  const authenticate = createAuthenticator([both.apiKeys, both.jwt]);
  const server = createServer(async (req, res) => {
    const outcome = await authenticate(req.headersDistinct);
    res.end(isDenial(outcome) ? String(outcome.status) : outcome.client);
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
