// The public keys that tokens are checked with, from a server or a file; both may replace them at any time.
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  type JSONWebKeySet,
  type JWK,
  type JWTVerifyGetKey,
} from 'jose';
import type { OnAuthProblem } from './authenticator.js';
import { openReloadedFile, type Parsed } from './reloaded-file.js';

export interface KeySet {
  readonly keyFor: JWTVerifyGetKey;
  /** Looks at once whether the file has changed; a server is asked when a token needs it. */
  reload(): Promise<void>;
  close(): void;
}

export interface KeySetOptions {
  /** An https URL (plain http for a loopback host only), or the path of a file. */
  readonly source: string;
  readonly onProblem: OnAuthProblem;
  readonly now: () => number;
  /** How soon a key that nobody knows may ask the server again. */
  readonly cooldownMs?: number | undefined;
  readonly timeoutMs?: number | undefined;
  /** How soon the server is asked again although every key is known. */
  readonly maxAgeMs?: number | undefined;
  /** How often the file is looked at. */
  readonly everyMs?: number | undefined;
}

const COOLDOWN_MS = 30_000;
const TIMEOUT_MS = 3000;
const MAX_AGE_MS = 600_000;
/** Keys that were good so long ago are trusted while the server gives no newer ones. */
const MAX_STALE_MS = 3_600_000;
/** A server that failed is not asked again for so long: it costs one wait, not each. */
const REST_MS = 2000;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/** Rejects when the source can be of no use. A server is not asked before a token needs it. */
export async function openKeySet(options: KeySetOptions): Promise<KeySet> {
  const { source, onProblem, everyMs } = options;
  if (/^https?:/i.test(source)) {
    return { keyFor: remoteKeys(options), reload: async () => {}, close() {} };
  }
  const file = await openReloadedFile({
    path: source,
    parse: parseKeys,
    everyMs,
    onProblem: (reasons) => onProblem('jwks_unreadable', reasons),
  });
  return {
    keyFor: (header, token) => file.current()(header, token),
    reload: file.reload,
    close: file.close,
  };
}

function remoteKeys(options: KeySetOptions): JWTVerifyGetKey {
  const url = new URL(options.source);
  const isSafe = url.protocol === 'https:' || LOOPBACK.test(url.hostname);
  if (!isSafe || url.username !== '' || url.password !== '') {
    throw new Error('The key server must be an https URL without a user.');
  }
  return createRemoteJWKSet(url, {
    cooldownDuration: options.cooldownMs ?? COOLDOWN_MS,
    timeoutDuration: options.timeoutMs ?? TIMEOUT_MS,
    cacheMaxAge: options.maxAgeMs ?? MAX_AGE_MS,
    [customFetch]: insuredFetch(options),
  });
}

/** Where the server gives no keys, the last good ones stand in for a while. */
function insuredFetch({ onProblem, now }: KeySetOptions) {
  let lastGood = { text: '', at: Number.NEGATIVE_INFINITY };
  let restingUntil = Number.NEGATIVE_INFINITY;
  return async (url: string, init: RequestInit): Promise<Response> => {
    if (now() >= restingUntil) {
      const text = await fetchKeys(url, init);
      if (text !== null) {
        lastGood = { text, at: now() };
        return new Response(text);
      }
      restingUntil = now() + REST_MS;
      onProblem('jwks_unavailable', ['The key server gave no key set.']);
    }
    if (now() - lastGood.at > MAX_STALE_MS) throw new Error('There are no keys.');
    return new Response(lastGood.text);
  };
}

/** null: for whatever reason, there is no key set. */
async function fetchKeys(url: string, init: RequestInit): Promise<string | null> {
  try {
    const response = await fetch(url, init);
    const text = await response.text();
    return response.status === 200 && parseKeys(text).ok ? text : null;
  } catch {
    return null;
  }
}

/** A set without a key would refuse every token: more likely its writer failed. */
function parseKeys(text: string): Parsed<JWTVerifyGetKey> {
  try {
    const keySet: JSONWebKeySet = JSON.parse(text);
    const value = createLocalJWKSet(keySet);
    return keySet.keys.some(canVerify)
      ? { ok: true, value }
      : { ok: false, problems: ['It must hold at least one public key for signatures.'] };
  } catch {
    return { ok: false, problems: ['It must be a JSON Web Key Set: {"keys": […]}.'] };
  }
}

function canVerify({ kty, use }: JWK): boolean {
  return (kty === 'RSA' || kty === 'EC' || kty === 'OKP') && use !== 'enc';
}
