// Tells whether a token is valid, and for which caller: it checks the claims first, then the signature.
import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { isJsonObject } from '../domain/model.js';
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
export type Judge = (token: string, keys: Keys) => Promise<Principal | 'wrong' | 'unknown key'>;

export function createJudge(options: TokenRules): Judge {
  const { issuer, audience, now } = options;
  return async (token, keys) => {
    const claims = await claimsOf(token, keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now()),
    });
    if (claims === 'unknown key') return claims;
    return principalOf(token, claims, options) ?? 'wrong';
  };
}

/**
 * Checks everything that needs no signature, so that a token that cannot be right costs no signature check. The
 * later verification of the signature checks the same claims once more.
 */
export function isWorthVerifying(token: string, { issuer, audience, now }: TokenRules): boolean {
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

/** null: the token is not valid. The reason is not told to its sender. */
async function claimsOf(
  token: string,
  keys: Keys,
  options: JWTVerifyOptions,
): Promise<JWTPayload | null | 'unknown key'> {
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return 'unknown key';
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
  let tried = 0;
  for await (const key of candidates) {
    tried += 1;
    if (tried > MAX_CANDIDATES) break;
    const verified = await jwtVerify(token, key, options).catch(() => null);
    if (verified !== null) return verified.payload;
  }
  return null;
}

function principalOf(
  token: string,
  claims: JWTPayload | null,
  { issuer, workspacesClaim }: TokenRules,
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
