// Bearer tokens: a JWT that an asymmetric key of the issuer has signed for this audience. No token is ever told of.
import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import { isJsonObject, type JsonObject } from '../domain/model.js';
import { type AuthMethod, onlyValue, REALM } from './authenticator.js';
import { type KeySet, type KeySetOptions, openKeySet } from './key-set.js';
import { type Principal, sortedOnce } from './principal.js';

export interface JwtOptions extends Omit<KeySetOptions, 'source'> {
  /** An https URL, or the path of a file. */
  readonly jwks: string;
  readonly issuer: string;
  readonly audience: string;
  /** null: every token sees all workspaces. */
  readonly workspacesClaim: string | null;
}

export interface Jwt extends AuthMethod {
  /** Looks at once whether the file of keys has changed. */
  reload(): Promise<void>;
  close(): void;
}

/** None of them takes a secret that both sides know: a public key must never pass for one. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const CLOCK_TOLERANCE_SECONDS = 5;
const MAX_TOKEN = 8192;
const MAX_SUBJECT = 256;
const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;

export async function openJwt(options: JwtOptions): Promise<Jwt> {
  const { issuer, audience, now } = options;
  const keys = await openKeySet({ ...options, source: options.jwks });
  return {
    challenge: `Bearer ${REALM}`,
    async identify(headers) {
      const header = onlyValue(headers, 'authorization');
      if (header === undefined) return 'absent';
      const token = tokenOf(header);
      if (token === null) return 'wrong';
      const claims = await claimsOf(token, keys, {
        ...{ issuer, audience, algorithms: ALGORITHMS, requiredClaims: ['exp', 'sub'] },
        ...{ clockTolerance: CLOCK_TOLERANCE_SECONDS, currentDate: new Date(now()) },
      });
      return principalOf(token, claims, options) ?? 'wrong';
    },
    reload: keys.reload,
    close: keys.close,
  };
}

function tokenOf(header: string | null): string | null {
  const token = header === null ? undefined : BEARER.exec(header)?.[1];
  return token === undefined || token.length > MAX_TOKEN ? null : token;
}

/** null: it is not good, or nobody can say so now. Why is no concern of whoever presents it. */
async function claimsOf(
  token: string,
  keys: KeySet,
  options: JWTVerifyOptions,
): Promise<JWTPayload | null> {
  try {
    return (await jwtVerify(token, keys.keyFor, options)).payload;
  } catch (error) {
    return error instanceof errors.JWKSMultipleMatchingKeys
      ? claimsByAny(error, token, options)
      : null;
  }
}

/** The token does not name its key, and several may have signed it. */
async function claimsByAny(
  candidates: errors.JWKSMultipleMatchingKeys,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload | null> {
  for await (const key of candidates) {
    const verified = await jwtVerify(token, key, options).catch(() => null);
    if (verified !== null) return verified.payload;
  }
  return null;
}

function principalOf(
  token: string,
  claims: JWTPayload | null,
  { issuer, workspacesClaim }: JwtOptions,
): Principal | null {
  if (!isJsonObject(claims)) return null;
  const { sub, exp } = claims;
  if (typeof sub !== 'string' || sub.length < 1 || sub.length > MAX_SUBJECT) return null;
  if (typeof exp !== 'number') return null;
  return {
    client: `jwt:${sub}`,
    workspaces: workspacesClaim === null ? null : workspacesOf(claims, workspacesClaim),
    token: { token, issuer, subject: sub, expiresAt: exp * 1000, claims },
  };
}

/** What is not understood opens nothing. */
export function workspacesOf(claims: JsonObject, claim: string): readonly string[] {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  const given = typeof value === 'string' ? value.split(/[\s,]+/) : value;
  if (!Array.isArray(given)) return [];
  const names = given.flatMap((item: unknown) => {
    if (typeof item === 'string') return [item.trim()];
    return Number.isSafeInteger(item) ? [String(item)] : [];
  });
  return sortedOnce(names.filter((name) => name !== ''));
}
