import { describe, expect, test } from 'vitest';
import { type JwtOptions, openJwt } from '../../src/auth/jwt.js';
import * as issuer from './issuer.js';
import {
  bearer,
  createKey,
  identify,
  identifyUnverified,
  keySet,
  NOW,
  startKeyServer,
} from './issuer.js';

const MINUTE = 60_000;
/** So far away that only the age of keys ends what a token opens. */
const FAR = { ...issuer.GOOD_CLAIMS, exp: NOW + 100_000 };

async function openTokens(jwks: string, options: Partial<JwtOptions> = {}) {
  const told: string[][] = [];
  let passedMs = 0;
  const jwt = await openJwt({
    ...{
      jwks,
      issuer: issuer.ISSUER,
      audience: issuer.AUDIENCE,
      workspacesClaim: null,
      maxBytes: 1024 * 1024,
    },
    onProblem: (problem, reasons) => void told.push([problem, ...reasons]),
    now: () => NOW * 1000 + passedMs,
    monotonic: () => passedMs,
    cooldownMs: 0,
    ...options,
  });
  const nameOf = (outcome: string | { client: string | null }) =>
    typeof outcome === 'string' ? outcome : outcome.client;
  return {
    told,
    status: jwt.status,
    passes: (ms: number) => {
      passedMs += ms;
    },
    who: async (token: string) => nameOf(await identify(jwt, bearer(token))),
    /** Without any verification. */
    atOnce: async (token: string) => nameOf(await identifyUnverified(jwt, bearer(token))),
  };
}

describe('a key server', () => {
  test('that gives another set is reported with its number of keys, one that gives the same is not', async () => {
    const [one, other] = await Promise.all([createKey('one'), createKey('other')]);
    await using server = await startKeyServer(one);
    const counts: number[] = [];
    const onReload = (count: number) => void counts.push(count);
    const tokens = await openTokens(server.url, { cooldownMs: 30_000, onReload });
    const [first, second] = await Promise.all([one.sign(FAR), other.sign(FAR)]);
    await tokens.who(first);
    tokens.passes(11 * MINUTE);
    await tokens.who(first);
    expect([server.asked(), counts]).toEqual([2, []]);
    server.say({ body: keySet(one, other) });
    tokens.passes(MINUTE);
    expect(await tokens.who(second)).toBe('jwt:user-1');
    expect([server.asked(), counts]).toEqual([3, [2]]);
  });

  test('is not asked before a token needs it, and once for many', async () => {
    const key = await createKey();
    await using server = await startKeyServer(key);
    const tokens = await openTokens(server.url, { cooldownMs: 30_000 });
    expect([server.asked(), tokens.status()]).toEqual([0, 'unknown']);
    const all = await Promise.all(
      Array.from({ length: 20 }, async (_, index) =>
        tokens.who(await key.sign({ ...FAR, sub: `user-${index % 5}` })),
      ),
    );
    expect(new Set(all).size).toBe(5);
    expect([server.asked(), tokens.status()]).toEqual([1, 'ok']);
  });

  test('is not asked for a token that says by itself that it is not for us', async () => {
    const key = await createKey();
    await using server = await startKeyServer(key);
    const tokens = await openTokens(server.url);
    for (const changes of [
      { iss: 'other' },
      { aud: 'other' },
      { exp: NOW - 6 },
      { nbf: NOW + 6 },
    ]) {
      expect(await tokens.atOnce(await key.sign(issuer.claims(changes)))).toBe('invalid');
    }
    expect(await tokens.atOnce(await key.sign(FAR, { kid: undefined }))).toBe('rate_limited');
    expect(server.asked()).toBe(0);
  });

  test('a key server that has rotated a key in is asked for the key that is not known', async () => {
    const [old, next] = await Promise.all([createKey('old'), createKey('next')]);
    await using server = await startKeyServer(old);
    const tokens = await openTokens(server.url);
    expect(await tokens.who(await old.sign())).toBe('jwt:user-1');
    expect(await tokens.who(await next.sign())).toBe('invalid');
    server.say({ body: keySet(next) });
    expect(await tokens.who(await next.sign())).toBe('jwt:user-1');
    expect(await tokens.who(await old.sign())).toBe('invalid');
  });

  test('is not asked again at once for keys that are not in its set', async () => {
    const [key, unknown] = await Promise.all([createKey('one'), createKey('unknown')]);
    await using server = await startKeyServer(key);
    const tokens = await openTokens(server.url, { cooldownMs: 30_000 });
    for (let index = 0; index < 5; index += 1) {
      expect(await tokens.who(await unknown.sign())).toBe('invalid');
    }
    expect(server.asked()).toBe(1);
    tokens.passes(30_000);
    expect(await tokens.who(await unknown.sign())).toBe('invalid');
    expect(server.asked()).toBe(2);
  });

  test.each([
    ['fails', { status: 500, body: '{"keys":[]}' }, 'It answered with status 500.'],
    ['answers with a page', { body: '<html></html>' }, null],
    ['answers with something else', { body: '{"keys":{}}' }, null],
    ['has no keys', { body: '{"keys":[]}' }, 'at least one public key'],
    [
      'sends elsewhere',
      { status: 302, body: '', location: 'http://127.0.0.1:1/keys' },
      'It answered with status 302.',
    ],
    ['answers without end', { body: ' '.repeat(1024 * 1024 + 1) }, 'more than 1 MB'],
    ['never answers', null, 'It did not answer in time.'],
  ])(
    'a key server that %s makes tokens unverifiable, is reported once, and is asked again after a rest',
    async (_, answer, reason) => {
      const key = await createKey();
      await using server = await startKeyServer(key);
      const tokens = await openTokens(server.url, { timeoutMs: 200 });
      const token = await key.sign();
      server.say(answer);
      expect(await tokens.who(token)).toBe('unavailable');
      expect(await tokens.who(token)).toBe('unavailable');
      expect([server.asked(), tokens.status()]).toEqual([1, 'failing']);
      tokens.passes(2000);
      expect(await tokens.who(token)).toBe('unavailable');
      expect(server.asked()).toBe(2);
      expect(tokens.told.map(([problem]) => problem)).toEqual(['jwks_unavailable']);
      expect(tokens.told[0]?.[1]).toContain(reason ?? 'JSON Web Key Set');
      server.say({ body: keySet(key) });
      expect(await tokens.who(token)).toBe('unavailable');
      tokens.passes(2000);
      expect(await tokens.who(token)).toBe('jwt:user-1');
      expect(tokens.status()).toBe('ok');
      expect(tokens.told).toHaveLength(1);
    },
  );

  test('a key server that cannot be reached makes tokens unverifiable', async () => {
    const key = await createKey();
    const server = await startKeyServer(key);
    await server[Symbol.asyncDispose]();
    const tokens = await openTokens(server.url);
    expect(await tokens.who(await key.sign())).toBe('unavailable');
    expect(tokens.told[0]?.[1]).toContain('It cannot be reached (REFUSED).');
  });

  test('a key server that fails later leaves the keys it gave, for an hour; tokens of other keys cannot be verified', async () => {
    const [key, unknown] = await Promise.all([createKey('one'), createKey('unknown')]);
    await using server = await startKeyServer(key);
    const tokens = await openTokens(server.url);
    const [token, other] = await Promise.all([key.sign(FAR), unknown.sign(FAR)]);
    expect(await tokens.who(token)).toBe('jwt:user-1');
    server.say({ status: 503, body: '' });
    expect(await tokens.who(other)).toBe('unavailable');
    expect(await tokens.who(token)).toBe('jwt:user-1');
    tokens.passes(60 * MINUTE - 1);
    expect(await tokens.who(token)).toBe('jwt:user-1');
    tokens.passes(1);
    expect(await tokens.who(token)).toBe('unavailable');
    expect(tokens.told.map(([problem]) => problem)).toEqual(['jwks_unavailable']);
    server.say({ body: keySet(key) });
    tokens.passes(2000);
    expect(await tokens.who(token)).toBe('jwt:user-1');
  });
});

describe('a token that was verified', () => {
  test('is known at once, and only as it is', async () => {
    const key = await createKey();
    await using server = await startKeyServer(key);
    const tokens = await openTokens(server.url);
    const token = await key.sign();
    expect(await tokens.atOnce(token)).toBe('rate_limited');
    expect(await tokens.who(token)).toBe('jwt:user-1');
    expect(await tokens.atOnce(token)).toBe('jwt:user-1');
    const [head, payload, signature = ''] = token.split('.');
    const forged = `${head}.${payload}.${signature.split('').reverse().join('')}`;
    expect(await tokens.atOnce(forged)).toBe('rate_limited');
    expect(await tokens.who(forged)).toBe('invalid');
    expect(await tokens.atOnce(forged)).toBe('rate_limited');
  });

  test('is verified again when it ends, and then within the tolerance of clocks', async () => {
    const key = await createKey();
    await using server = await startKeyServer(key);
    const tokens = await openTokens(server.url);
    const token = await key.sign({ ...FAR, exp: NOW + 60 });
    await tokens.who(token);
    tokens.passes(MINUTE - 1);
    expect(await tokens.atOnce(token)).toBe('jwt:user-1');
    tokens.passes(1);
    expect(await tokens.atOnce(token)).toBe('rate_limited');
    expect(await tokens.who(token)).toBe('jwt:user-1');
    tokens.passes(5000);
    expect(await tokens.atOnce(token)).toBe('invalid');
  });

  test('is verified again after ten minutes, however young the keys are', async () => {
    const key = await createKey();
    await using server = await startKeyServer(key);
    const tokens = await openTokens(server.url);
    const [first, second] = await Promise.all([key.sign(FAR), key.sign({ ...FAR, sub: 'other' })]);
    await tokens.who(first);
    tokens.passes(6 * MINUTE);
    // Older than half their age, they are read again while they still count.
    expect(await tokens.atOnce(first)).toBe('jwt:user-1');
    await expect.poll(() => server.asked()).toBe(2);
    await tokens.who(second);
    tokens.passes(4 * MINUTE);
    expect(await tokens.atOnce(first)).toBe('rate_limited');
    expect(await tokens.atOnce(second)).toBe('jwt:other');
  });

  test('is verified each time while the keys are older than ten minutes and no newer come', async () => {
    const key = await createKey();
    await using server = await startKeyServer(key);
    const tokens = await openTokens(server.url);
    const token = await key.sign(FAR);
    await tokens.who(token);
    server.say({ status: 500, body: '' });
    tokens.passes(10 * MINUTE);
    expect(await tokens.atOnce(token)).toBe('rate_limited');
    expect(await tokens.who(token)).toBe('jwt:user-1');
    expect(await tokens.atOnce(token)).toBe('rate_limited');
  });

  test('ends at once when its key is gone from a newer set', async () => {
    const [gone, stays] = await Promise.all([createKey('gone'), createKey('stays')]);
    await using server = await startKeyServer(gone, stays);
    const tokens = await openTokens(server.url, { cooldownMs: 30_000 });
    const [revoked, good] = await Promise.all([gone.sign(FAR), stays.sign(FAR)]);
    await Promise.all([tokens.who(revoked), tokens.who(good)]);
    server.say({ body: keySet(stays) });
    tokens.passes(6 * MINUTE);
    expect(await tokens.atOnce(good)).toBe('jwt:user-1');
    await expect.poll(() => tokens.atOnce(revoked)).toBe('rate_limited');
    expect(await tokens.who(revoked)).toBe('invalid');
    expect(await tokens.who(good)).toBe('jwt:user-1');
    expect(server.asked()).toBe(2);
  });

  test('is forgotten for others that were verified since, where there is no room for all', async () => {
    const key = await createKey();
    await using server = await startKeyServer(key);
    const tokens = await openTokens(server.url, { maxBytes: 20_000 });
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) => key.sign({ ...FAR, sub: `user-${index}` })),
    );
    for (const token of all) await tokens.who(token);
    const known = (await Promise.all(all.map(tokens.atOnce))).map((one) => one !== 'rate_limited');
    const count = known.filter(Boolean).length;
    expect(count).toBeGreaterThan(3);
    expect(count).toBeLessThan(20);
    expect(known).toEqual(known.map((_, index) => index >= 20 - count));
    expect(await tokens.who(all[0] ?? '')).toBe('jwt:user-0');
  });

  test('costs one signature however many requests come with it at once', async () => {
    const key = await createKey();
    await using server = await startKeyServer(key);
    const jwt = await openJwt({
      ...{ jwks: server.url, issuer: issuer.ISSUER, audience: issuer.AUDIENCE },
      ...{
        workspacesClaim: null,
        maxBytes: 1024 * 1024,
        onProblem: () => {},
        now: () => NOW * 1000,
        monotonic: () => performance.now(),
      },
    });
    const headers = bearer(await key.sign());
    const all = await Promise.all(Array.from({ length: 20 }, () => identify(jwt, headers)));
    // One object: each verification makes its own.
    expect(new Set(all).size).toBe(1);
    expect(await identifyUnverified(jwt, headers)).toBe(all[0]);
  });
});
