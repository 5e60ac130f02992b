// An issuer of tokens: real keys, real signatures, and a key server on a real socket.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import type { AuthMethod, AuthRequest, Headers } from '../../src/auth/authenticator.js';

export const ISSUER = 'https://issuer.example.com';
export const AUDIENCE = 'models';
/** Seconds since the epoch, of the tests' clock. */
export const NOW = 1_800_000_000;

export interface SigningKey {
  readonly jwk: JWK;
  sign(claims?: JWTPayload, header?: Record<string, unknown>): Promise<string>;
}

export const GOOD_CLAIMS = { iss: ISSUER, aud: AUDIENCE, sub: 'user-1', exp: NOW + 300 };

/** `kid` null: the key has no name. */
export async function createKey(kid: string | null = 'one', alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const name = kid === null ? {} : { kid };
  return {
    jwk: { ...(await exportJWK(publicKey)), ...name },
    sign: (claims = GOOD_CLAIMS, header = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg, ...name, ...header }).sign(privateKey),
  };
}

/** The good claims with these changes; undefined leaves a claim out. */
export function claims(changes: Record<string, unknown>): JWTPayload {
  return JSON.parse(JSON.stringify({ ...GOOD_CLAIMS, ...changes }));
}

/** The principal of a valid credential, else the kind of the result. */
export async function identify(
  method: AuthMethod,
  headers: Headers,
  verificationLimit: AuthRequest['verificationLimit'] = () => null,
) {
  const result = await method.authenticate({ headers, verificationLimit });
  return result.kind === 'valid' ? result.principal : result.kind;
}

/** Without any verification: `rate_limited` where one would be needed. */
export function identifyUnverified(method: AuthMethod, headers: Headers) {
  return identify(method, headers, () => ({ limit: 0, measured: 1, retryAfterMs: 1 }));
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

export function keySet(...keys: SigningKey[]): string {
  return JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });
}

type KeyServerAnswer = { status?: number; body: string; location?: string } | null;

interface KeyServer extends AsyncDisposable {
  readonly url: string;
  /** How often it was asked. */
  asked(): number;
  /** The answer that it gives from now on; null: it accepts and never answers. */
  say(answer: KeyServerAnswer): void;
}

export async function startKeyServer(...keys: SigningKey[]): Promise<KeyServer> {
  let answer: KeyServerAnswer = { body: keySet(...keys) };
  let asked = 0;
  const server = createServer((_, res) => {
    asked += 1;
    if (answer === null) return;
    if (answer.location !== undefined) res.setHeader('location', answer.location);
    res.writeHead(answer.status ?? 200, { 'content-type': 'application/json' }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    asked: () => asked,
    say(next) {
      answer = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
