// The public keys that verify tokens, from a server or a file; both may replace them at any time.

import { createLocalJWKSet, type JSONWebKeySet, type JWK, type JWTVerifyGetKey } from 'jose';
import type { PartStatus } from '../domain/part-status.js';
import type { Parsed } from '../lib/parsed.js';
import { openReloadedFile } from '../lib/reloaded-file.js';
import { createHttpClient, type HttpClient, NetworkError } from '../net/http-client.js';
import type { ProxyRules } from '../net/proxy.js';
import type { OnAuthProblem } from './authenticator.js';

/** One set of keys; it stays the same object as long as the set does not change. */
export type Keys = JWTVerifyGetKey;

export interface KeySet {
  /** Gives the keys immediately, while they are young enough that a token they have verified still counts. */
  fresh(): Keys | null;
  /** Gives keys to verify with; null: no keys are available. */
  obtain(): Promise<Keys | null>;
  /** Gives keys that are new enough to prove that a key is not in the set; null: no such keys are available. */
  renew(): Promise<Keys | null>;
  status(): PartStatus;
  close(): void;
}

export interface KeySetOptions {
  /** A URL, or the path of a file. */
  readonly source: string;
  readonly onProblem: OnAuthProblem;
  /** New keys have come into force. */
  readonly onReload?: ((count: number) => void) | undefined;
  /** The server gives keys after it had failed. */
  readonly onAvailable?: (() => void) | undefined;
  /** The clock that measures the age of the keys. */
  readonly monotonic: () => number;
  /** For tests: the pause before a key that is not in the set may cause another request to the server. */
  readonly cooldownMs?: number | undefined;
  /** For tests: limits a request to the server. */
  readonly timeoutMs?: number | undefined;
  /** null when absent. */
  readonly proxy?: ProxyRules | null;
  /** For tests: the interval between two checks of the file. */
  readonly everyMs?: number | undefined;
}

const COOLDOWN_MS = 30_000;
const TIMEOUT_MS = 3000;
/** The greatest age of a set at which a token that it has verified still counts. */
export const MAX_AGE_MS = 600_000;
/** Keys up to this age are trusted while the server gives no newer ones. */
const MAX_STALE_MS = 3_600_000;
/** After a failure the server is not asked for this time, so that one request waits for it and not every one. */
const REST_MS = 2000;
const MAX_MEGABYTES = 1;

/** Rejects when a file is not usable. A server is not asked before a token needs it. */
export async function openKeySet(options: KeySetOptions): Promise<KeySet> {
  return /^https?:/i.test(options.source) ? remoteKeys(options) : fileKeys(options);
}

async function fileKeys(options: KeySetOptions): Promise<KeySet> {
  const { source, onProblem, onReload } = options;
  const file = await openReloadedFile({
    ...options,
    path: source,
    parse: parseKeys,
    onReload: ({ count }) => onReload?.(count),
    onProblem: (reasons) => onProblem('jwks_unreadable', reasons),
  });
  return {
    fresh: () => file.current().keys,
    obtain: async () => file.current().keys,
    renew: async () => (file.status() === 'ok' ? file.current().keys : null),
    status: file.status,
    close: file.close,
  };
}

function remoteKeys(options: KeySetOptions): KeySet {
  const { source, monotonic, onProblem, onReload } = options;
  const { cooldownMs = COOLDOWN_MS, timeoutMs = TIMEOUT_MS, proxy = null } = options;
  const bounds = { maxMegabytes: MAX_MEGABYTES, timeoutMs, maxSockets: 1 };
  const client = createHttpClient({ serverName: 'key server', ...bounds, proxy });
  let held: { readonly text: string; readonly keys: Keys; readonly readAt: number } | null = null;
  let reading: Promise<void> | null = null;
  let status: PartStatus = 'unknown';
  let endedAt = Number.NEGATIVE_INFINITY;

  async function readOnce(): Promise<void> {
    const { text, parsed } = await fetchKeys(client, source);
    reading = null;
    endedAt = monotonic();
    if (parsed.ok) {
      held = { text, keys: keysToHold(text, parsed.value), readAt: endedAt };
      if (status === 'failing') options.onAvailable?.();
    } else if (status !== 'failing') onProblem('jwks_unavailable', parsed.problems);
    status = parsed.ok ? 'ok' : 'failing';
  }

  function keysToHold(text: string, { keys, count }: ParsedKeys): Keys {
    // The same text keeps the same set, so tokens that it has verified stay verified.
    if (held?.text === text) return held.keys;
    if (held !== null) onReload?.(count);
    return keys;
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
      const keys = keysYoungerThan(MAX_AGE_MS);
      // The read runs in the background: while the server answers, a request never waits for it.
      if (keys !== null && keysYoungerThan(MAX_AGE_MS / 2) === null && !isResting()) void read();
      return keys;
    },
    async obtain() {
      if (keysYoungerThan(MAX_AGE_MS) === null && !isResting()) await read();
      return keysYoungerThan(MAX_STALE_MS);
    },
    async renew() {
      const isSettled = status === 'ok' && isWithin(cooldownMs);
      if (!isSettled && !isResting()) await read();
      return status === 'failing' || held === null ? null : held.keys;
    },
    status: () => status,
    close: client.close,
  };
}

interface ParsedKeys {
  readonly keys: Keys;
  /** Of the keys in the set. */
  readonly count: number;
}

interface FetchedKeys {
  readonly text: string;
  readonly parsed: Parsed<ParsedKeys>;
}

async function fetchKeys(client: HttpClient, url: string): Promise<FetchedKeys> {
  try {
    const headers = { accept: 'application/json, application/jwk-set+json' };
    // Between two reads there are minutes, after which a kept connection may have ended.
    const { status, body } = await client.send({ url, headers, isNewConnection: true });
    if (status !== 200) return noKeys(`It answered with status ${status}.`);
    return { text: body, parsed: parseKeys(body) };
  } catch (error) {
    return noKeys(reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof NetworkError ? error.wireCause : 'OTHER';
  if (cause === 'TOO_LARGE') return `It answered with more than ${MAX_MEGABYTES} MB.`;
  return cause === 'TIMEOUT' ? 'It did not answer in time.' : `It cannot be reached (${cause}).`;
}

function noKeys(reason: string): FetchedKeys {
  const problems = [`The key server gave no key set. ${reason}`];
  return { text: '', parsed: { ok: false, problems } };
}

/** A set without a key would refuse every token; more likely the program that wrote it failed. */
function parseKeys(text: string): Parsed<ParsedKeys> {
  try {
    const keySet: JSONWebKeySet = JSON.parse(text);
    const value = { keys: createLocalJWKSet(keySet), count: keySet.keys.length };
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
