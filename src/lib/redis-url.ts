// Reads the URL of a Redis. Its parts are given to the client one by one: parameters of a URL would override options.
import type { Parsed } from './parsed.js';
import { decoded } from './percent-encoding.js';

export interface RedisTarget {
  readonly kind: 'single' | 'sentinel' | 'cluster';
  /** The node, the Sentinels, or some nodes of the cluster. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  /** The name of the primary that the Sentinels know; empty without Sentinels. */
  readonly primary: string;
  readonly isTls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
  /** The version of IP; 0: any. */
  readonly family?: number;
}

/** For messages: none repeats a URL, which may hold a password. */
export const REDIS_URL_FORM =
  'redis://host[:port][/database], redis+sentinel://host[:port],host…/name[/database] or redis+cluster://host[:port],host…, or the same with rediss for TLS; a user and password before the hosts, everything percent-encoded';

const PORTS = { single: 6379, sentinel: 26_379, cluster: 6379 };
const PATHS = {
  single: /^\/?()(\d{0,6})$/,
  sentinel: /^\/([\w.-]{1,128})(?:\/(\d{0,6}))?$/,
  cluster: /^\/?()(0?)$/,
};

/** null: it has another form. */
export function parseRedisUrl(text: string): RedisTarget | null {
  const parts = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/([^/?#]*)(.*)$/is.exec(text);
  const [, scheme = '', topology = '', authority = '', rest = ''] = parts ?? [];
  const kind = toKind(topology.toLowerCase());
  const userEnd = authority.lastIndexOf('@') + 1;
  const user = authority.slice(0, userEnd);
  const urls = authority
    .slice(userEnd)
    .split(',')
    .map((host) => `redis://${user}${host}${rest}`);
  const known = urls.filter((url) => URL.canParse(url)).map((url) => new URL(url));
  const [first] = known;
  if (first === undefined || known.length !== urls.length) return null;
  const path = PATHS[kind].exec(first.pathname);
  const username = decoded(first.username);
  const password = decoded(first.password);
  const isKnown =
    path !== null &&
    known.every(({ hostname }) => hostname !== '') &&
    (known.length === 1 || kind !== 'single') &&
    /^(\?family=[046])?$/.test(first.search) &&
    first.hash === '';
  if (!isKnown || username === null || password === null) return null;
  return {
    kind,
    nodes: known.map(({ hostname, port }) => ({
      // A URL has an IPv6 address in brackets.
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || PORTS[kind]),
    })),
    primary: path[1] ?? '',
    isTls: scheme.toLowerCase() === 'rediss',
    ...(username !== '' && { username }),
    ...(password !== '' && { password }),
    database: Number(path[2] ?? 0),
    ...(first.search !== '' && { family: Number(first.search.slice(-1)) }),
  };
}

function toKind(topology: string): RedisTarget['kind'] {
  return topology === 'sentinel' || topology === 'cluster' ? topology : 'single';
}

/** The content of a file. */
export function parseRedisFile(text: string): Parsed<RedisTarget> {
  const target = parseRedisUrl(text.trim());
  return target === null
    ? { ok: false, problems: [`It must hold ${REDIS_URL_FORM}.`] }
    : { ok: true, value: target };
}
