import { createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Headers } from '../../src/auth/authenticator.js';
import { type JwtOptions, openJwt } from '../../src/auth/jwt.js';
import { aFile, type TestFile } from '../support/a-file.js';
import * as issuer from './issuer.js';
import { bearer, claims, createKey, GOOD_CLAIMS, keySet, NOW, type SigningKey } from './issuer.js';

async function openTokens(options: Pick<JwtOptions, 'jwks'> & Partial<JwtOptions>) {
  const told: string[] = [];
  const jwt = await openJwt({
    issuer: issuer.ISSUER,
    audience: issuer.AUDIENCE,
    workspacesClaim: null,
    maxBytes: 1024 * 1024,
    onProblem: (problem) => void told.push(problem),
    now: () => NOW * 1000,
    monotonic: () => performance.now(),
    everyMs: 5,
    ...options,
  });
  const identify = (headers: Headers) => issuer.identify(jwt, headers);
  const who = async (token: string) => {
    const outcome = await identify(bearer(token));
    return typeof outcome === 'string' ? outcome : outcome.client;
  };
  const known = (token: string) => issuer.identifyUnverified(jwt, bearer(token));
  return { ...jwt, told, who, known, identify, [Symbol.dispose]: jwt.close };
}

describe('a bearer token', () => {
  let key: SigningKey;
  let file: TestFile;
  beforeAll(async () => {
    key = await createKey();
    file = await aFile(keySet(key));
  });
  afterAll(() => file[Symbol.asyncDispose]());

  test('a bearer token that is good names its subject and is kept with its claims', async () => {
    using tokens = await openTokens({ jwks: file.path });
    const token = await key.sign(claims({ role: 'reader' }));
    expect(await tokens.identify(bearer(token))).toEqual({
      client: 'jwt:user-1',
      view: { kind: 'all' },
      token: {
        ...{ token, issuer: issuer.ISSUER, subject: 'user-1', expiresAt: (NOW + 300) * 1000 },
        claims: { ...GOOD_CLAIMS, role: 'reader' },
      },
    });
    expect(await tokens.identify({ authorization: `bearer ${token}` })).toMatchObject({
      client: 'jwt:user-1',
    });
  });

  test('is absent where there is no Authorization', async () => {
    using tokens = await openTokens({ jwks: file.path });
    expect(await tokens.identify({ 'x-api-key': 'x' })).toBe('absent');
  });

  test.each<[string, Record<string, unknown>]>([
    ['has expired', { exp: NOW - 6 }],
    ['never expires', { exp: undefined }],
    ['expires at a text', { exp: String(NOW + 300) }],
    ['is not valid yet', { nbf: NOW + 6 }],
    ['is of another issuer', { iss: 'https://other.example.com' }],
    ['is of no issuer', { iss: undefined }],
    ['is for another audience', { aud: 'other' }],
    ['is for no audience', { aud: undefined }],
    ['has no subject', { sub: undefined }],
    ['has an empty subject', { sub: '' }],
    ['has a number for a subject', { sub: 5 }],
    ['has an endless subject', { sub: 'x'.repeat(257) }],
    ['is larger than 8 KB', { padding: 'x'.repeat(6200) }],
  ])('a bearer token that %s is wrong', async (_, changes) => {
    using tokens = await openTokens({ jwks: file.path });
    expect(await tokens.who(await key.sign(claims(changes)))).toBe('invalid');
  });

  test.each<[string, Record<string, unknown>]>([
    ['expired within the tolerance of clocks', { exp: NOW - 4 }],
    ['is valid within it', { nbf: NOW + 4 }],
    ['is for several audiences', { aud: ['other', issuer.AUDIENCE] }],
    ['is just below 8 KB', { padding: 'x'.repeat(5500) }],
  ])('a bearer token that %s is good', async (_, changes) => {
    using tokens = await openTokens({ jwks: file.path });
    expect(await tokens.who(await key.sign(claims(changes)))).toBe('jwt:user-1');
  });

  test('is verified by the clock at the time of the request', async () => {
    let nowMs = NOW * 1000;
    using tokens = await openTokens({ jwks: file.path, now: () => nowMs });
    const token = await key.sign();
    expect(await tokens.who(token)).toBe('jwt:user-1');
    nowMs += 305_000;
    expect(await tokens.who(token)).toBe('invalid');
  });

  test('a bearer token that was tampered with is wrong', async () => {
    using tokens = await openTokens({ jwks: file.path });
    const [head, , signature] = (await key.sign()).split('.');
    const [otherHead, payload] = (await key.sign(claims({ sub: 'admin' }))).split('.');
    for (const token of [
      `${head}.${payload}.${signature}`,
      `${otherHead}.${payload}.`,
      `${otherHead}.${payload}`,
      `${otherHead}.${payload}.AAAA`,
    ]) {
      expect(await tokens.who(token)).toBe('invalid');
    }
  });

  test('a bearer token of a key that only calls itself the issuer’s is wrong', async () => {
    using tokens = await openTokens({ jwks: file.path });
    const impostor = await createKey('one');
    expect(await tokens.who(await impostor.sign())).toBe('invalid');
  });

  test('may not bring its own key along', async () => {
    using tokens = await openTokens({ jwks: file.path });
    const impostor = await createKey('own');
    const { jwk } = impostor;
    expect(await tokens.who(await impostor.sign(GOOD_CLAIMS, { jwk }))).toBe('invalid');
    expect(await tokens.who(await impostor.sign(GOOD_CLAIMS, { jwk, kid: 'one' }))).toBe('invalid');
    const jku = 'https://impostor.example.com/keys';
    expect(await tokens.who(await impostor.sign(GOOD_CLAIMS, { jku }))).toBe('invalid');
  });

  test('without a signature is wrong, with any text in its place', async () => {
    using tokens = await openTokens({ jwks: file.path });
    const unsecured = new UnsecuredJWT(GOOD_CLAIMS).encode();
    expect(await tokens.who(unsecured)).toBe('invalid');
    expect(await tokens.who(`${unsecured}AAAA`)).toBe('invalid');
  });

  test('signed with the public key as a secret is wrong, also where a set holds that secret', async () => {
    const rsa = await createKey('rsa', 'RS256');
    const pem = createPublicKey({ key: rsa.jwk, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    });
    const secrets = [Buffer.from(pem), Buffer.from(JSON.stringify(rsa.jwk))];
    const oct = secrets.map((secret) => ({
      kty: 'oct',
      kid: 'rsa',
      k: secret.toString('base64url'),
    }));
    await using keys = await aFile(JSON.stringify({ keys: [rsa.jwk, ...oct] }));
    using tokens = await openTokens({ jwks: keys.path });
    expect(await tokens.who(await rsa.sign())).toBe('jwt:user-1');
    for (const secret of secrets) {
      const header = { alg: 'HS256', kid: 'rsa' };
      const token = await new SignJWT(GOOD_CLAIMS).setProtectedHeader(header).sign(secret);
      expect(await tokens.who(token)).toBe('invalid');
    }
  });

  test('signed in a way that is not on the list is wrong, although the key is the issuer’s', async (context) => {
    // Node 20 knows no asymmetric way beyond the list.
    const other = await createKey('other', 'ML-DSA-44').catch(() => context.skip());
    await using keys = await aFile(keySet(key, other));
    using tokens = await openTokens({ jwks: keys.path });
    expect(await tokens.who(await other.sign())).toBe('invalid');
  });

  test.each(['RS256', 'PS512', 'ES384', 'EdDSA', 'Ed25519'])(
    'may be signed with %s',
    async (alg) => {
      const other = await createKey('other', alg);
      await using keys = await aFile(keySet(key, other));
      using tokens = await openTokens({ jwks: keys.path });
      expect(await tokens.who(await other.sign())).toBe('jwt:user-1');
    },
  );

  test('a bearer token that does not name its key is tried with each', async () => {
    const [first, second, third] = await Promise.all(
      [null, null, null].map((kid) => createKey(kid)),
    );
    if (!first || !second || !third) throw new Error('There are three keys.');
    await using keys = await aFile(keySet(first, second));
    using tokens = await openTokens({ jwks: keys.path });
    expect(await tokens.who(await second.sign())).toBe('jwt:user-1');
    expect(await tokens.who(await third.sign())).toBe('invalid');
    expect(await tokens.who(await second.sign(claims({ exp: NOW - 6 })))).toBe('invalid');
  });

  test('a bearer token that does not name its key costs sixteen signatures at most', async () => {
    const all = await Promise.all(Array.from({ length: 17 }, () => createKey(null)));
    await using keys = await aFile(keySet(...all));
    using tokens = await openTokens({ jwks: keys.path });
    const outcomes = await Promise.all(all.map(async (one) => tokens.who(await one.sign())));
    expect(outcomes).toEqual([...Array(16).fill('jwt:user-1'), 'invalid']);
  });

  test('a bearer token that comes twice, or in another scheme, is wrong', async () => {
    using tokens = await openTokens({ jwks: file.path });
    const token = await key.sign();
    for (const authorization of [
      [`Bearer ${token}`, `Bearer ${token}`],
      `Bearer ${token}, Bearer ${token}`,
      `Basic ${token}`,
      `Token ${token}`,
      `Bearer${token}`,
      `Bearer "${token}"`,
      ` Bearer ${token} `,
      token,
      'Bearer',
      '',
    ]) {
      expect([authorization, await tokens.identify({ authorization })]).toEqual([
        authorization,
        'invalid',
      ]);
    }
  });

  test('a bearer token that is anything else never gets in, and never throws', async () => {
    using tokens = await openTokens({ jwks: file.path });
    const part = fc.oneof(
      fc.base64String().map((text) => text.replace(/[+/=]/g, '')),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
      fc
        .record({
          alg: fc.constantFrom('ES256', 'none', 'HS256', 'RS256'),
          kid: fc.constant('one'),
        })
        .map((header) => Buffer.from(JSON.stringify(header)).toString('base64url')),
    );
    const jwt = fc.tuple(part, part, part).map((parts) => `Bearer ${parts.join('.')}`);
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(jwt),
      jwt,
      fc.constant(undefined),
    );
    await fc.assert(
      fc.asyncProperty(fc.record({ authorization: header }), async (headers: Headers) => {
        expect(typeof (await tokens.identify(headers))).toBe('string');
      }),
    );
  });
});

/** null: all, or no principal. */
function workspacesIn(identity: Awaited<ReturnType<typeof issuer.identify>>) {
  if (typeof identity === 'string') return null;
  return identity.view.kind === 'workspaces' ? identity.view.ids : null;
}

describe('the workspaces of a token', () => {
  test('are all where no claim is asked for, else those that the claim lists', async () => {
    const key = await createKey();
    await using file = await aFile(keySet(key));
    using some = await openTokens({ jwks: file.path, workspacesClaim: 'https://x.example/ws' });
    const of = async (changes: Record<string, unknown>) =>
      some.identify(bearer(await key.sign(claims(changes))));
    expect(await of({ 'https://x.example/ws': ['7', 12] })).toMatchObject({
      view: { kind: 'workspaces', ids: ['12', '7'] },
    });
    expect(await of({})).toMatchObject({
      client: 'jwt:user-1',
      view: { kind: 'workspaces', ids: [] },
    });
  });

  const workspacesOf = async (ws: unknown, workspacesClaim = 'ws') => {
    const key = await createKey();
    await using file = await aFile(keySet(key));
    using tokens = await openTokens({ jwks: file.path, workspacesClaim });
    const identity = await tokens.identify(bearer(await key.sign(claims({ ws }))));
    return workspacesIn(identity);
  };

  test.each<[unknown, string[]]>([
    [
      ['b', 'a', 'b', ' c ', ''],
      ['a', 'b', 'c'],
    ],
    [
      [1, 2.5, null, {}, ['x'], true, 30],
      ['1', '30'],
    ],
    ['b a,c, a', ['a', 'b', 'c']],
    ['', []],
    [' , ', []],
    [[], []],
    [{ a: 'b' }, []],
    [5, []],
    [true, []],
    [null, []],
  ])('the workspaces of a token of %j are %j', async (claim, workspaces) => {
    expect(await workspacesOf(claim)).toEqual(workspaces);
  });

  test('are none where the claim is of the language and not of the token', async () => {
    expect(await workspacesOf([], 'constructor')).toEqual([]);
    expect(await workspacesOf([], '__proto__')).toEqual([]);
  });

  test('are never all, for any value of the claim', async () => {
    const key = await createKey();
    await using file = await aFile(keySet(key));
    using tokens = await openTokens({ jwks: file.path, workspacesClaim: 'ws' });
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (ws) => {
        const identity = await tokens.identify(bearer(await key.sign(claims({ ws }))));
        const workspaces = workspacesIn(identity);
        expect(workspaces).toEqual([...new Set(workspaces)].sort());
        expect(workspaces?.every((name) => name !== '' && name === name.trim())).toBe(true);
      }),
    );
  });
});

describe('the keys of a file', () => {
  test('are rotated with it, and a broken one leaves them', async () => {
    const [old, next] = await Promise.all([createKey('old'), createKey('next')]);
    await using file = await aFile(keySet(old));
    using tokens = await openTokens({ jwks: file.path });
    expect(await tokens.who(await next.sign())).toBe('invalid');
    await file.replace(keySet(old, next));
    const token = await next.sign();
    await expect.poll(() => tokens.who(token)).toBe('jwt:user-1');
    for (const useless of ['{"keys":', '{"keys":[]}']) {
      const before = tokens.told.length;
      await file.replace(useless);
      await expect.poll(() => tokens.told.length).toBe(before + 1);
      expect(await tokens.who(token)).toBe('jwt:user-1');
    }
    expect(tokens.told).toEqual(['jwks_unreadable', 'jwks_unreadable']);
    await file.replace(keySet(next));
    await expect.poll(() => tokens.status()).toBe('ok');
    expect(await tokens.who(await old.sign())).toBe('invalid');
  });

  test('end the tokens that they have verified when they go', async () => {
    const [gone, stays] = await Promise.all([createKey('gone'), createKey('stays')]);
    await using file = await aFile(keySet(gone, stays));
    using tokens = await openTokens({ jwks: file.path });
    const [revoked, good] = await Promise.all([gone.sign(), stays.sign()]);
    await Promise.all([tokens.who(revoked), tokens.who(good)]);
    expect(await tokens.known(revoked)).toMatchObject({ client: 'jwt:user-1' });
    await file.replace(keySet(stays));
    await expect.poll(() => tokens.known(revoked)).toBe('rate_limited');
    expect(await tokens.who(revoked)).toBe('invalid');
    expect(await tokens.who(good)).toBe('jwt:user-1');
  });

  test('the keys of a file that are not known cannot verify a token while the file is broken', async () => {
    const [key, unknown] = await Promise.all([createKey('one'), createKey('unknown')]);
    await using file = await aFile(keySet(key));
    using tokens = await openTokens({ jwks: file.path });
    const token = await unknown.sign();
    expect([await tokens.who(token), tokens.status()]).toEqual(['invalid', 'ok']);
    await file.replace('{"keys":');
    await expect.poll(() => tokens.status()).toBe('failing');
    expect(await tokens.who(token)).toBe('unavailable');
    expect(await tokens.who(await key.sign())).toBe('jwt:user-1');
    await file.replace(keySet(key, unknown));
    await expect.poll(() => tokens.status()).toBe('ok');
    expect(await tokens.who(token)).toBe('jwt:user-1');
  });

  test('must be there at the start', async () => {
    await using file = await aFile('{"keys":"none"}');
    await expect(openTokens({ jwks: file.path })).rejects.toThrow('JSON Web Key Set');
    await expect(openTokens({ jwks: `${file.path}.none` })).rejects.toThrow('ENOENT');
  });

  test.each([
    ['no key', []],
    ['only a shared secret', [{ kty: 'oct', k: 'c2VjcmV0' }]],
    ['only a key for encryption', [{ kty: 'RSA', use: 'enc', n: 'AQAB', e: 'AQAB' }]],
  ])('must be able to verify a token, which %s is not', async (_, keys) => {
    await using file = await aFile(JSON.stringify({ keys }));
    await expect(openTokens({ jwks: file.path })).rejects.toThrow(
      'It must hold at least one public key for signatures.',
    );
  });
});
