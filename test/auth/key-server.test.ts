import { describe, expect, test } from 'vitest';
import { type JwtOptions, openJwt } from '../../src/auth/jwt.js';
import * as issuer from './issuer.js';
import { bearer, createKey, keySet, NOW, startKeyServer } from './issuer.js';

async function openTokens(jwks: string, options: Partial<JwtOptions> = {}) {
  const told: string[] = [];
  let passedMs = 0;
  const jwt = await openJwt({
    ...{ jwks, issuer: issuer.ISSUER, audience: issuer.AUDIENCE, workspacesClaim: null },
    onProblem: (problem) => void told.push(problem),
    now: () => NOW * 1000 + passedMs,
    cooldownMs: 0,
    ...options,
  });
  return {
    told,
    passes: (ms: number) => {
      passedMs += ms;
    },
    async who(token: string) {
      const outcome = await jwt.identify(bearer(token));
      return typeof outcome === 'string' ? outcome : outcome.client;
    },
  };
}

describe('a key server', () => {
  test('is not asked before a token needs it, and once for many', async () => {
    const key = await createKey();
    await using server = await startKeyServer(key);
    const tokens = await openTokens(server.url, { cooldownMs: 30_000 });
    expect(server.asked()).toBe(0);
    const token = await key.sign();
    const all = await Promise.all(Array.from({ length: 20 }, () => tokens.who(token)));
    expect(new Set(all)).toEqual(new Set(['jwt:user-1']));
    expect(await tokens.who(token)).toBe('jwt:user-1');
    expect(server.asked()).toBe(1);
  });

  test('that has rotated a key in is asked for the key that nobody knew', async () => {
    const [old, next] = await Promise.all([createKey('old'), createKey('next')]);
    await using server = await startKeyServer(old);
    const tokens = await openTokens(server.url);
    expect(await tokens.who(await old.sign())).toBe('jwt:user-1');
    expect(await tokens.who(await next.sign())).toBe('wrong');
    server.say({ body: keySet(next) });
    expect(await tokens.who(await next.sign())).toBe('jwt:user-1');
    expect(await tokens.who(await old.sign())).toBe('wrong');
  });

  test('is left in peace by keys that nobody knows', async () => {
    const [key, unknown] = await Promise.all([createKey('one'), createKey('unknown')]);
    await using server = await startKeyServer(key);
    const tokens = await openTokens(server.url, { cooldownMs: 30_000 });
    for (let index = 0; index < 5; index += 1) {
      expect(await tokens.who(await unknown.sign())).toBe('wrong');
    }
    expect(server.asked()).toBe(1);
  });

  test.each([
    ['fails', { status: 500, body: '{"keys":[]}' }],
    ['answers with a page', { body: '<html></html>' }],
    ['answers with something else', { body: '{"keys":{}}' }],
    ['has no keys', { body: '{"keys":[]}' }],
    ['sends elsewhere', { status: 302, body: '', location: 'http://127.0.0.1:1/keys' }],
    ['never answers', null],
  ])('that %s lets nobody in, is told of, and is asked again after a rest', async (_, answer) => {
    const key = await createKey();
    await using server = await startKeyServer(key);
    const tokens = await openTokens(server.url, { timeoutMs: 100 });
    const token = await key.sign();
    server.say(answer);
    expect(await tokens.who(token)).toBe('wrong');
    expect(await tokens.who(token)).toBe('wrong');
    expect([server.asked(), tokens.told]).toEqual([1, ['jwks_unavailable']]);
    server.say({ body: keySet(key) });
    expect(await tokens.who(token)).toBe('wrong');
    tokens.passes(2000);
    expect(await tokens.who(token)).toBe('jwt:user-1');
  });

  test('that fails later leaves the keys it gave, for an hour', async () => {
    const [key, unknown] = await Promise.all([createKey('one'), createKey('unknown')]);
    await using server = await startKeyServer(key);
    const tokens = await openTokens(server.url, { maxAgeMs: 0 });
    const far = { ...issuer.GOOD_CLAIMS, exp: NOW + 100_000 };
    const [token, other] = await Promise.all([key.sign(far), unknown.sign(far)]);
    expect(await tokens.who(token)).toBe('jwt:user-1');
    server.say({ status: 503, body: '' });
    expect(await tokens.who(other)).toBe('wrong');
    expect(await tokens.who(token)).toBe('jwt:user-1');
    tokens.passes(3_600_000);
    expect(await tokens.who(token)).toBe('jwt:user-1');
    tokens.passes(2000);
    expect(await tokens.who(token)).toBe('wrong');
    expect(tokens.told).toEqual(['jwks_unavailable', 'jwks_unavailable', 'jwks_unavailable']);
    server.say({ body: keySet(key) });
    tokens.passes(2000);
    expect(await tokens.who(token)).toBe('jwt:user-1');
  });

  test('must be reached over https and named without a user', async () => {
    const refusal = 'The key server must be an https URL without a user.';
    for (const url of [
      'http://keys.example.com/keys',
      'http://127.0.0.1.example.com/',
      'https://user@keys.example.com/',
      'https://user:secret@keys.example.com/',
    ]) {
      await expect(openTokens(url)).rejects.toThrow(refusal);
    }
    await openTokens('https://keys.example.com/keys');
  });
});
