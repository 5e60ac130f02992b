// Bearer tokens: a JWT that an asymmetric key of the issuer has signed for this audience. No token is ever logged.
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { memoryOf } from '../lib/memory.js';
import {
  type AuthMethod,
  type AuthRequest,
  type MethodResult,
  onlyValue,
  REALM,
} from './authenticator.js';
import { type KeySetOptions, type Keys, MAX_AGE_MS, openKeySet } from './key-set.js';
import type { Principal } from './principal.js';
import { mayBeValid, type TokenRules, verifyToken } from './verify-token.js';

export interface JwtOptions extends TokenRules, Omit<KeySetOptions, 'source'> {
  /** An https URL, or the path of a file. */
  readonly jwks: string;
  /** The memory for verified tokens. */
  readonly maxBytes: number;
}

const MAX_TOKEN = 8192;
const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;
const UNAVAILABLE: MethodResult = { kind: 'unavailable', retryAfterMs: 2000 };

export async function openJwt(options: JwtOptions): Promise<AuthMethod> {
  const keySet = await openKeySet({ ...options, source: options.jwks });
  const verified = createVerifiedTokens(options);
  /** When several requests bring the same token at the same time, the first one starts its verification. */
  const underWay = new Map<string, Promise<MethodResult>>();

  async function verify(token: string, digest: string): Promise<MethodResult> {
    let keys = await keySet.obtain();
    if (keys === null) return UNAVAILABLE;
    let result = await verifyToken(token, keys, options);
    if (result.kind === 'unknown_key') {
      const renewed = await keySet.renew();
      if (renewed === 'unavailable') return UNAVAILABLE;
      if (renewed === 'settled') return { kind: 'invalid' };
      keys = renewed;
      result = await verifyToken(token, keys, options);
    }
    if (result.kind !== 'valid') return { kind: 'invalid' };
    verified.set(digest, result.principal, keys);
    return result;
  }

  function verifyOnce(token: string, digest: string): Promise<MethodResult> {
    const started =
      underWay.get(digest) ?? verify(token, digest).finally(() => underWay.delete(digest));
    underWay.set(digest, started);
    return started;
  }

  return {
    challenge: `Bearer ${REALM}`,
    async authenticate({ headers, verificationLimit }: AuthRequest) {
      const header = onlyValue(headers, 'authorization');
      if (header === undefined) return { kind: 'absent' };
      const token = BEARER.exec(header ?? '')?.[1];
      if (token === undefined || token.length > MAX_TOKEN) return { kind: 'invalid' };
      const digest = hash('sha256', token, 'base64url');
      const principal = verified.get(digest, keySet.fresh());
      if (principal !== null) return { kind: 'valid', principal };
      if (!mayBeValid(token, options)) return { kind: 'invalid' };
      const exceeded = verificationLimit();
      if (exceeded !== null) return { kind: 'rate_limited', exceeded };
      return verifyOnce(token, digest);
    },
    status: keySet.status,
    reload: keySet.reload,
    close: keySet.close,
  };
}

/** The digest, the entry in the table, and the caller that is made from the token. */
const ENTRY_OVERHEAD_BYTES = 700;

interface VerifiedToken {
  readonly principal: Principal;
  /** The keys that verified the token: when the issuer replaces them, the token is verified again. */
  readonly keys: Keys;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
}

/** Keeps tokens until they expire, and for ten minutes at most: a look-up costs far less than a signature. */
function createVerifiedTokens({ maxBytes, now }: Pick<JwtOptions, 'maxBytes' | 'now'>) {
  const byDigest = new LRUCache<string, VerifiedToken>({
    maxSize: maxBytes,
    sizeCalculation: ({ principal }) => ENTRY_OVERHEAD_BYTES + memoryOf(principal),
  });
  return {
    get(digest: string, keys: Keys | null): Principal | null {
      const found = byDigest.get(digest);
      return found?.keys === keys && now() < found.endsAt ? found.principal : null;
    },
    set(digest: string, principal: Principal, keys: Keys): void {
      const endsAt = Math.min(principal.token?.expiresAt ?? 0, now() + MAX_AGE_MS);
      byDigest.set(digest, { principal, keys, endsAt });
    },
  };
}
