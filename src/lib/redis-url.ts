// Reads the URL of a Redis. Its parts are given to the client one by one: parameters of a URL would override options.
import type { Parsed } from './parsed.js';
import { decoded } from './percent-encoding.js';

export interface RedisTarget {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
  /** The version of IP; 0: any. */
  readonly family: 0 | 4 | 6;
}

/** For messages: none repeats a URL, which may hold a password. */
export const REDIS_URL_FORM =
  'a redis:// or rediss:// URL with a host and no path but the number of a database, everything else percent-encoded';

/** null: it has another form. */
export function parseRedisUrl(text: string): RedisTarget | null {
  if (!/^rediss?:\/\//i.test(text) || !URL.canParse(text)) return null;
  const { protocol, hostname, port, pathname, search, hash, ...user } = partsOf(text);
  const isKnown =
    hostname !== '' &&
    /^(\/\d{0,6})?$/.test(pathname) &&
    /^(\?family=[046])?$/.test(search) &&
    hash === '';
  const username = decoded(user.username);
  const password = decoded(user.password);
  if (!isKnown || username === null || password === null) return null;
  const family = Number(search.slice(-1));
  return {
    // A URL has an IPv6 address in brackets.
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 6379 : Number(port),
    isTls: protocol === 'rediss:',
    ...(username !== '' && { username }),
    ...(password !== '' && { password }),
    database: Number(pathname.slice(1)),
    family: family === 4 || family === 6 ? family : 0,
  };
}

/** The content of a file. */
export function parseRedisFile(text: string): Parsed<RedisTarget> {
  const target = parseRedisUrl(text.trim());
  return target === null
    ? { ok: false, problems: [`It must hold ${REDIS_URL_FORM}.`] }
    : { ok: true, value: target };
}

/** A URL has getters, which a spread leaves out. */
function partsOf(text: string) {
  const { protocol, hostname, port, pathname, search, hash, username, password } = new URL(text);
  return { protocol, hostname, port, pathname, search, hash, username, password };
}
