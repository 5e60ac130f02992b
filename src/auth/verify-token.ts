// Verifies a token: the claims that need no signature first, then signature and claims together.
import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { isJsonObject } from '../lib/json.js';
import type { Keys } from './key-set.js';
import { type Principal, workspacesOf } from './principal.js';

export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  /** null: every token sees all workspaces. */
  readonly workspacesClaim: string | null;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** None of them uses a shared secret: a public key must never be accepted as a secret. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const CLOCK_TOLERANCE_SECONDS = 5;
const MAX_SUBJECT = 256;
/** The number of keys that are tried for a token that does not name its key. */
const MAX_CANDIDATES = 16;

export type Verification =
  | { readonly kind: 'valid'; readonly principal: Principal }
  /** The sender does not learn the reason. */
  | { readonly kind: 'invalid' }
  | { readonly kind: 'unknown_key' };

/** False: the token cannot be valid, so that it costs neither a signature check nor a read of the keys. */
export function mayBeValid(token: string, { issuer, audience, now }: TokenRules): boolean {
  try {
    const { alg = '', kid } = decodeProtectedHeader(token);
    const { iss, aud = [], exp, nbf = Number.NEGATIVE_INFINITY } = decodeJwt(token);
    const seconds = Math.floor(now() / 1000);
    const isKnownForm = ALGORITHMS.includes(alg) && (kid === undefined || typeof kid === 'string');
    const isForUs = iss === issuer && [aud].flat().includes(audience);
    const isLate = typeof exp !== 'number' || exp <= seconds - CLOCK_TOLERANCE_SECONDS;
    return isKnownForm && isForUs && !isLate && !(nbf > seconds + CLOCK_TOLERANCE_SECONDS);
  } catch {
    return false;
  }
}

export async function verifyToken(
  token: string,
  keys: Keys,
  rules: TokenRules,
): Promise<Verification> {
  const options: JWTVerifyOptions = {
    issuer: rules.issuer,
    audience: rules.audience,
    algorithms: ALGORITHMS,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    currentDate: new Date(rules.now()),
  };
  try {
    const { payload } = await jwtVerify(token, keys, options);
    return verification(token, payload, rules);
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return { kind: 'unknown_key' };
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return { kind: 'invalid' };
    return verification(token, await verifyWithAny(error, token, options), rules);
  }
}

/** The token does not name its key, and several may have signed it. null: none of them has. */
async function verifyWithAny(
  candidates: errors.JWKSMultipleMatchingKeys,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload | null> {
  let tried = 0;
  for await (const key of candidates) {
    tried += 1;
    if (tried > MAX_CANDIDATES) break;
    const verified = await jwtVerify(token, key, options).catch(() => null);
    if (verified !== null) return verified.payload;
  }
  return null;
}

function verification(
  token: string,
  claims: JWTPayload | null,
  { issuer, workspacesClaim }: TokenRules,
): Verification {
  const { sub, exp } = claims ?? {};
  const isSubject = typeof sub === 'string' && sub.length >= 1 && sub.length <= MAX_SUBJECT;
  if (!isJsonObject(claims) || !isSubject || typeof exp !== 'number') return { kind: 'invalid' };
  const principal: Principal = {
    client: `jwt:${sub}`,
    workspaces: workspacesClaim === null ? null : workspacesOf(claims, workspacesClaim),
    token: { token, issuer, subject: sub, expiresAt: exp * 1000, claims },
  };
  return { kind: 'valid', principal };
}
