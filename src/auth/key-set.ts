// The public keys that verify tokens, from a server or a file; both may replace them at any time.
import { createLocalJWKSet, type JSONWebKeySet, type JWK, type JWTVerifyGetKey } from 'jose';
import { isLoopbackName } from '../lib/loopback.js';
import type { OnAuthProblem } from './authenticator.js';
import { openReloadedFile, type Parsed } from './reloaded-file.js';

/** One set of keys; it stays the same object as long as the set does not change. */
export type Keys = JWTVerifyGetKey;

export interface KeySet {
  /** Gives the keys immediately, while they are young enough that a token they have verified still counts. */
  fresh(): Keys | null;
  /** Gives keys to verify with; null: no keys are available. */
  obtain(): Promise<Keys | null>;
  /** Gives a newer set when a key is not in the set; `settled`: the set is new enough to prove the key absent. */
  renew(): Promise<Keys | 'settled' | 'unavailable'>;
  status(): 'unknown' | 'ok' | 'failing';
  /** Checks immediately whether the file has changed; a server is asked when a token needs it. */
  reload(): Promise<void>;
  close(): void;
}

export interface KeySetOptions {
  /** An https URL (plain http for a loopback host only), or the path of a file. */
  readonly source: string;
  readonly onProblem: OnAuthProblem;
  /** The clock that measures the age of the keys. */
  readonly monotonic: () => number;
  /** The pause before a key that is not in the set may cause another request to the server. */
  readonly cooldownMs?: number | undefined;
  readonly timeoutMs?: number | undefined;
  /** The greatest age of a set at which a token that it has verified still counts. */
  readonly maxAgeMs?: number | undefined;
  /** The interval between two checks of the file. */
  readonly everyMs?: number | undefined;
}

const COOLDOWN_MS = 30_000;
const TIMEOUT_MS = 3000;
export const MAX_AGE_MS = 600_000;
/** Keys up to this age are trusted while the server gives no newer ones. */
const MAX_STALE_MS = 3_600_000;
/** After a failure the server is not asked for this time, so that one request waits for it and not every one. */
const REST_MS = 2000;
const MAX_BYTES = 1024 * 1024;

/** Rejects when the source is not usable. A server is not asked before a token needs it. */
export async function openKeySet(options: KeySetOptions): Promise<KeySet> {
  return /^https?:/i.test(options.source) ? remoteKeys(options) : fileKeys(options);
}

async function fileKeys({ source, onProblem, everyMs }: KeySetOptions): Promise<KeySet> {
  const file = await openReloadedFile({
    path: source,
    parse: parseKeys,
    everyMs,
    onProblem: (reasons) => onProblem('jwks_unreadable', reasons),
  });
  return {
    fresh: file.current,
    obtain: async () => file.current(),
    renew: async () => (file.isGood() ? 'settled' : 'unavailable'),
    status: () => (file.isGood() ? 'ok' : 'failing'),
    reload: file.reload,
    close: file.close,
  };
}

interface FetchedKeys {
  readonly text: string;
  readonly keys: Keys;
}

function remoteKeys(options: KeySetOptions): KeySet {
  const { monotonic, onProblem, cooldownMs = COOLDOWN_MS, maxAgeMs = MAX_AGE_MS } = options;
  const fetchKeys = createFetchKeys(options);
  let held: (FetchedKeys & { readonly readAt: number }) | null = null;
  let reading: Promise<void> | null = null;
  let status: 'unknown' | 'ok' | 'failing' = 'unknown';
  let endedAt = Number.NEGATIVE_INFINITY;

  async function readOnce(): Promise<void> {
    const answer = await fetchKeys();
    reading = null;
    endedAt = monotonic();
    if (answer.ok) {
      const { text, keys } = answer.value;
      // The same text keeps the same set, so tokens that it has verified stay verified.
      held = { text, keys: held?.text === text ? held.keys : keys, readAt: endedAt };
    } else if (status !== 'failing') onProblem('jwks_unavailable', answer.problems);
    status = answer.ok ? 'ok' : 'failing';
  }

  function read(): Promise<void> {
    reading ??= readOnce();
    return reading;
  }

  const keysYoungerThan = (maxMs: number) =>
    held !== null && monotonic() - held.readAt < maxMs ? held.keys : null;
  const isWithin = (pauseMs: number) => monotonic() - endedAt < pauseMs;
  const isResting = () => status === 'failing' && isWithin(REST_MS);

  return {
    fresh() {
      const keys = keysYoungerThan(maxAgeMs);
      // The read runs in the background: while the server answers, a request never waits for it.
      if (keys !== null && keysYoungerThan(maxAgeMs / 2) === null && !isResting()) void read();
      return keys;
    },
    async obtain() {
      if (keysYoungerThan(maxAgeMs) === null && !isResting()) await read();
      return keysYoungerThan(MAX_STALE_MS);
    },
    async renew() {
      if (status === 'ok' && isWithin(cooldownMs)) return 'settled';
      if (!isResting()) await read();
      return held === null || status === 'failing' ? 'unavailable' : held.keys;
    },
    status: () => status,
    reload: async () => {},
    close() {},
  };
}

function createFetchKeys({ source, timeoutMs = TIMEOUT_MS }: KeySetOptions) {
  const url = new URL(source);
  const isSafe = url.protocol === 'https:' || isLoopbackName(url.hostname);
  if (!isSafe || url.username !== '' || url.password !== '') {
    throw new Error('The key server must be an https URL without a user.');
  }
  return async (): Promise<Parsed<FetchedKeys>> => {
    try {
      const response = await fetch(url, {
        headers: { accept: 'application/json, application/jwk-set+json' },
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (response.status !== 200) {
        await response.body?.cancel();
        return noKeys(`It answered with status ${response.status}.`);
      }
      const text = await textOf(response);
      if (text === null) return noKeys('It answered with more than 1 MB.');
      const parsed = parseKeys(text);
      return parsed.ok ? { ok: true, value: { text, keys: parsed.value } } : parsed;
    } catch (error) {
      const isLate = error instanceof Error && error.name === 'TimeoutError';
      return noKeys(isLate ? 'It did not answer in time.' : 'It cannot be reached.');
    }
  };
}

function noKeys(reason: string): Parsed<never> {
  return { ok: false, problems: [`The key server gave no key set. ${reason}`] };
}

/** null: the body is too long. */
async function textOf({ body }: Response): Promise<string | null> {
  const reader = body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let read = await reader?.read(); read?.value; read = await reader?.read()) {
    length += read.value.byteLength;
    chunks.push(read.value);
    if (length > MAX_BYTES) {
      await reader?.cancel();
      return null;
    }
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A set without a key would refuse every token; more likely the program that wrote it failed. */
function parseKeys(text: string): Parsed<Keys> {
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
