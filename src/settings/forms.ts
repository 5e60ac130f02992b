// The forms that values of settings have, each with the words that name it when a value has not. Pure.
import { isIP } from 'node:net';
import * as z from 'zod';

export const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|::1)$/i;
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .refine((value) => value >= min && value <= max)
    .describe(`a whole number from ${min} to ${max}`);

export const flag = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['true', 'on', '1', 'false', 'off', '0']))
  .transform((value) => value === 'true' || value === 'on' || value === '1')
  .describe('true or false');

export const origins = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim()))
  .refine((list) =>
    list.every(
      (origin) =>
        /^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin,
    ),
  )
  .describe('comma-separated origins without a slash at the end, e.g. https://app.example.com');

export const endpoint = z
  .string()
  .refine((text) => URL.canParse(text) && isBaseUrl(new URL(text)))
  .transform((text) => new URL(text).origin)
  .describe('an https URL without path or user (plain http only for a loopback host)');

export const host = z
  .string()
  .refine((text) => isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text))
  .describe('an IP address or a host name, without a port or brackets');

export const namespace = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/)
  .describe('1 to 64 letters, digits or any of . _ -');

export const proxies = z
  .string()
  .transform((text) => text.split(',').map((range) => range.trim()))
  .refine((list) => list.every(isRange))
  .describe('comma-separated addresses and ranges, e.g. 10.0.0.0/8, 2001:db8::1');

/** Keys go into headers and signatures; anything else in them is a slip of copying. */
export const keyText = z
  .string()
  .regex(/^[\x21-\x7e]+$/)
  .describe('visible ASCII characters without spaces');

/** May hold a password: it is never echoed. */
export const redisUrl = z
  .string()
  .refine((text) => /^rediss?:\/\//i.test(text) && URL.canParse(text) && isRedis(new URL(text)))
  // ioredis knows TLS by the lower-case scheme alone.
  .transform((text) => text.replace(/^rediss?/i, (scheme) => scheme.toLowerCase()))
  .describe(
    'a redis:// or rediss:// URL with a host and no path but the number of a database, everything else percent-encoded',
  );

export const authMethods = z
  .string()
  .transform((text) => text.split(',').map((method) => method.trim()))
  .pipe(z.array(z.enum(['none', 'api-key', 'jwt'])))
  .refine((methods) => new Set(methods).size === methods.length)
  .refine((methods) => methods.length === 1 || !methods.includes('none'))
  .describe('none, or api-key, jwt or both, comma-separated');

/** A text without a scheme is a path. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

export const jwks = z
  .string()
  .refine((text) => !isUrl(text) || isKeyServer(text))
  .describe('an https URL (plain http only for a loopback host) or the path of a file');

export const oidcProvider = z
  .string()
  .regex(/^acs:ram::\d{1,32}:oidc-provider\/[\w.-]{1,128}$/)
  .describe('acs:ram::<account>:oidc-provider/<name>');

export const size = whole(1, 1_000_000);

export const text = z.string().describe('a text');

/**
 * ioredis takes parameters of a query for options, as texts, before those it is given; a path that is not a number
 * for database NaN; and it throws where a user or a password cannot be decoded. `family` it reads as a number.
 */
function isRedis({ hostname, pathname, search, hash, username, password }: URL): boolean {
  return (
    hostname !== '' &&
    /^(\/\d{0,6})?$/.test(pathname) &&
    /^(\?family=[046])?$/.test(search) &&
    hash === '' &&
    isDecodable(username) &&
    isDecodable(password)
  );
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function isRange(text: string): boolean {
  const [, address = '', prefix = '0'] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(prefix) <= (family === 4 ? 32 : 128);
}

function isKeyServer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}

function isBaseUrl(url: URL): boolean {
  const isSafe =
    url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
  return isSafe && `${url.origin}/` === url.href;
}
