// Bearer tokens: a JWT that an asymmetric key of the issuer has signed for this audience. No token is ever logged.
import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { isJsonObject, type JsonObject } from '../lib/json.js';
import { type CacheUse, measuredLru } from '../lib/measured-lru.js';
import { memoryOf } from '../lib/memory.js';
import { sha256 } from '../lib/sha256.js';
import {
  type AuthMethod,
  type MethodResult,
  onlyValue,
  type Principal,
  REALM,
  viewOf,
} from './authenticator.js';
import { type KeySetOptions, type Keys, MAX_AGE_MS, openKeySet } from './key-set.js';

interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  /** null: every token sees all workspaces. */
  readonly workspacesClaim: string | null;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface JwtOptions extends TokenRules, Omit<KeySetOptions, 'source'> {
  /** An https URL, or the path of a file. */
  readonly jwks: string;
  /** The memory for verified tokens. */
  readonly maxBytes: number;
}

const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;
const MAX_TOKEN_LENGTH = 8192;
/** The digest, the entry in the table, and the caller that is made from the token. */
const ENTRY_OVERHEAD_BYTES = 700;

const INVALID: MethodResult = { kind: 'invalid' };
const UNAVAILABLE: MethodResult = { kind: 'unavailable', retryAfterMs: 2000 };

interface Verified {
  readonly principal: Principal;
  /** The keys that verified the token: when the issuer replaces them, the token is verified again. */
  readonly keys: Keys;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
}

export interface Jwt extends AuthMethod {
  /** The cache of verified tokens. */
  use(): CacheUse;
}

export async function openJwt(options: JwtOptions): Promise<Jwt> {
  const { maxBytes, now } = options;
  const keySet = await openKeySet({ ...options, source: options.jwks });
  /** Until the tokens expire, and for ten minutes at most: a look-up costs far less than a signature. */
  const { entries: verified, use } = measuredLru<Verified>({
    maxSize: maxBytes,
    sizeCalculation: ({ principal }) => ENTRY_OVERHEAD_BYTES + memoryOf(principal),
  });
  /** When several requests bring the same token at the same time, the first one starts its verification. */
  const underWay = new Map<string, Promise<MethodResult>>();

  function verifiedBefore(digest: string): Principal | null {
    const found = verified.get(digest);
    return found?.keys === keySet.fresh() && now() < found.endsAt ? found.principal : null;
  }

  async function verify(token: string, digest: string): Promise<MethodResult> {
    for (const keysFor of [keySet.obtain, keySet.renew]) {
      const keys = await keysFor();
      if (keys === null) return UNAVAILABLE;
      const result = await verifyToken(token, keys, options);
      if (result.kind === 'unknown_key') continue;
      if (result.kind === 'valid') {
        const { principal } = result;
        const endsAt = Math.min(principal.token?.expiresAt ?? 0, now() + MAX_AGE_MS);
        verified.set(digest, { principal, keys, endsAt });
      }
      return result;
    }
    return INVALID;
  }

  return {
    use,
    challenge: `Bearer ${REALM}`,
    async authenticate({ headers, verificationLimit }) {
      const header = onlyValue(headers, 'authorization');
      if (header === undefined) return { kind: 'absent' };
      const token = BEARER.exec(header)?.[1];
      if (token === undefined || token.length > MAX_TOKEN_LENGTH) return INVALID;
      const digest = sha256(token, 'base64url');
      const principal = verifiedBefore(digest);
      if (principal !== null) return { kind: 'valid', principal };
      if (!mayBeValid(token, options)) return INVALID;
      const exceeded = verificationLimit();
      if (exceeded !== null) return { kind: 'rate_limited', exceeded };
      const started =
        underWay.get(digest) ?? verify(token, digest).finally(() => underWay.delete(digest));
      underWay.set(digest, started);
      return started;
    },
    status: keySet.status,
    close: keySet.close,
  };
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

/** False: the token cannot be valid, so that it costs neither a signature check nor a read of the keys. */
function mayBeValid(token: string, { issuer, audience, now }: TokenRules): boolean {
  try {
    const { alg = '', kid = '' } = decodeProtectedHeader(token);
    const { iss, aud = [], exp, nbf = 0 } = decodeJwt(token);
    const seconds = Math.floor(now() / 1000);
    const isKnownForm = ALGORITHMS.includes(alg) && typeof kid === 'string';
    const isForUs = iss === issuer && [aud].flat().includes(audience);
    const hasBegun = Number(nbf) <= seconds + CLOCK_TOLERANCE_SECONDS;
    return isKnownForm && isForUs && hasBegun && Number(exp) > seconds - CLOCK_TOLERANCE_SECONDS;
  } catch {
    return false;
  }
}

type Verification = MethodResult | { readonly kind: 'unknown_key' };

async function verifyToken(token: string, keys: Keys, rules: TokenRules): Promise<Verification> {
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
    // The sender does not learn the reason.
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return INVALID;
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
  const { sub: subject, exp } = claims ?? {};
  const isSubject = typeof subject === 'string' && subject !== '' && subject.length <= MAX_SUBJECT;
  if (!isJsonObject(claims) || !isSubject || typeof exp !== 'number') return INVALID;
  const principal: Principal = {
    client: `jwt:${subject}`,
    view: viewOf(workspacesClaim === null ? null : workspacesOf(claims, workspacesClaim)),
    token: { token, issuer, subject, expiresAt: exp * 1000, claims },
  };
  return { kind: 'valid', principal };
}

/** The workspaces that a claim of a token lists. A value that is not understood gives no access. */
function workspacesOf(claims: JsonObject, claim: string): readonly string[] {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  const given = typeof value === 'string' ? value.split(/[\s,]+/) : value;
  if (!Array.isArray(given)) return [];
  const names = given.flatMap((item: unknown) => {
    if (typeof item === 'string') return [item.trim()];
    return Number.isSafeInteger(item) ? [String(item)] : [];
  });
  return names.filter((name) => name !== '');
}
