// Bearer tokens: a JWT that an asymmetric key of the issuer has signed for this audience. No token is ever logged.
import { hash } from 'node:crypto';
import { type AuthMethod, type Headers, onlyValue, REALM, type Verified } from './authenticator.js';
import { type KeySetOptions, type Keys, openKeySet } from './key-set.js';
import { createKnownTokens } from './known-tokens.js';
import type { Principal } from './principal.js';
import { createJudge, isWorthVerifying, type TokenRules } from './token-judge.js';

export interface JwtOptions extends TokenRules, Omit<KeySetOptions, 'source'> {
  /** An https URL, or the path of a file. */
  readonly jwks: string;
  /** The memory for verified tokens. */
  readonly maxBytes: number;
}

export interface Jwt extends AuthMethod {
  verify(headers: Headers): Promise<Verified>;
  /** Checks immediately whether the file of keys has changed. */
  reload(): Promise<void>;
  close(): void;
}

const MAX_TOKEN = 8192;
const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;

export async function openJwt(options: JwtOptions): Promise<Jwt> {
  const { now, maxBytes } = options;
  const keySet = await openKeySet({ ...options, source: options.jwks });
  const known = createKnownTokens(maxBytes, now);
  const judge = createJudge(options);
  /** When several requests bring the same token at the same time, the first one starts its verification. */
  const underWay = new Map<string, Promise<Verified>>();

  async function verify(token: string, name: string): Promise<Verified> {
    const obtained = await keySet.obtain();
    if (obtained === null) return 'unavailable';
    const outcome = await judge(token, obtained);
    if (outcome !== 'unknown key') return keep(name, outcome, obtained);
    const renewed = await keySet.renew();
    if (renewed === 'unavailable') return 'unavailable';
    if (renewed === 'settled') return 'wrong';
    const again = await judge(token, renewed);
    return again === 'unknown key' ? 'wrong' : keep(name, again, renewed);
  }

  function keep(name: string, outcome: Principal | 'wrong', keys: Keys): Verified {
    if (outcome !== 'wrong') known.add(name, outcome, keys);
    return outcome;
  }

  return {
    challenge: `Bearer ${REALM}`,
    recall(headers) {
      const header = onlyValue(headers, 'authorization');
      if (header === undefined) return 'absent';
      const token = tokenOf(header);
      if (token === null) return 'wrong';
      const keys = keySet.fresh();
      const principal = keys === null ? null : known.find(nameOf(token), keys);
      if (principal !== null) return principal;
      return isWorthVerifying(token, options) ? 'unverified' : 'wrong';
    },
    verify(headers) {
      const token = tokenOf(onlyValue(headers, 'authorization') ?? null);
      if (token === null) return Promise.resolve('wrong');
      const name = nameOf(token);
      const started =
        underWay.get(name) ?? verify(token, name).finally(() => underWay.delete(name));
      underWay.set(name, started);
      return started;
    },
    status: keySet.status,
    reload: keySet.reload,
    close: keySet.close,
  };
}

function tokenOf(header: string | null): string | null {
  const token = header === null ? undefined : BEARER.exec(header)?.[1];
  return token === undefined || token.length > MAX_TOKEN ? null : token;
}

function nameOf(token: string): string {
  return hash('sha256', token, 'base64url');
}
