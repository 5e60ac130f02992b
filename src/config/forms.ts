// The forms of the settings' values, each described in the words of its error message. They read nothing.
import { isIP } from 'node:net';
import * as z from 'zod';
import { isLoopbackName } from '../lib/loopback.js';
import { decoded } from '../lib/percent-encoding.js';
import { parseRedisUrl, REDIS_URL_FORM } from '../lib/redis-url.js';

export const text = z.string().describe('a text');

/** The parts that use a file check its content. */
export const file = z.string().describe('the path of a file');

export const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .describe(`a whole number from ${min} to ${max}`);

export const port = whole(0, 65_535);
export const size = whole(1, 1_000_000);

export const oneOf = <const Texts extends readonly string[]>(...texts: Texts) =>
  z.enum(texts).describe([texts.slice(0, -1).join(', '), ...texts.slice(-1)].join(' or '));

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export const logLevel = z.enum(LOG_LEVELS).describe(`one of ${LOG_LEVELS.join(', ')}`);

export const flag = z
  .stringbool({ truthy: ['true', 'on', '1'], falsy: ['false', 'off', '0'] })
  .describe('true or false');

const list = <Item extends z.ZodType<unknown, string>>(item: Item) =>
  z
    .string()
    .transform((value) => value.split(',').map((part) => part.trim()))
    .pipe(z.array(item));

export const origins = list(
  z
    .string()
    .refine(
      (value) => /^https?:/.test(value) && URL.canParse(value) && new URL(value).origin === value,
    ),
).describe('comma-separated origins without a slash at the end, e.g. https://app.example.com');

export const proxies = list(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).describe(
  'comma-separated addresses and ranges, e.g. 10.0.0.0/8, 2001:db8::1',
);

/** It may hold a password: no message repeats it. */
export const proxyUrl = z
  .string()
  .refine((value) => isUrl(value) && URL.canParse(value) && isProxy(new URL(value)))
  .describe(
    'an http or https URL with a host name or an IPv4 address, without a path, its user and password percent-encoded',
  );

/** As curl and Go read it, also separated by white space. */
export const noProxy = z
  .string()
  .transform((value) => value.split(/[\s,]+/).filter((entry) => entry !== ''))
  .pipe(
    z.array(
      z.union([
        z.cidrv4(),
        z.cidrv6(),
        z.ipv6(),
        z.string().regex(/^(\*|(\*?\.)?[\w-]+(\.[\w-]+)*\.?(:\d+)?|\[[\da-f:.]+\](:\d+)?)$/i),
      ]),
    ),
  )
  .describe('hosts, domains, addresses and ranges, comma-separated, e.g. .example.com, 10.0.0.0/8');

export const authMethods = list(z.enum(['none', 'api-key', 'jwt']))
  .refine((methods) => new Set(methods).size === methods.length)
  .refine((methods) => methods.length === 1 || !methods.includes('none'))
  .describe('none, or api-key, jwt or both, comma-separated');

export const host = z
  .string()
  .refine((value) => isIP(value) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(value))
  .describe('an IP address or a host name, without a port or brackets');

export const namespace = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/)
  .describe('1 to 64 letters, digits or any of . _ -');

export const region = z
  .string()
  .regex(/^[a-z]{2}(-[a-z0-9]+)+$/)
  .describe('a region id, e.g. cn-hangzhou');

export const oidcProvider = z
  .string()
  .regex(/^acs:ram::\d{1,32}:oidc-provider\/[\w.-]{1,128}$/)
  .describe('acs:ram::<account>:oidc-provider/<name>');

/** Keys are sent in headers and signed: any other character is a copying error. */
export const keyText = z
  .string()
  .regex(/^[\x21-\x7e]+$/)
  .describe('visible ASCII characters without spaces');

export const endpoint = z
  .string()
  .refine((value) => isSecureUrl(value) && `${new URL(value).origin}/` === new URL(value).href)
  .transform((value) => new URL(value).origin)
  .describe('an https URL without path or user (plain http only for a loopback host)');

export const jwks = z
  .string()
  .refine((value) => !isUrl(value) || (isSecureUrl(value) && !hasUser(new URL(value))))
  .describe('an https URL (plain http only for a loopback host) or the path of a file');

/** Of OTLP. Its user and password would not be sent: headers are for that. */
export const collector = z
  .string()
  .refine((value) => isUrl(value) && URL.canParse(value) && isCollector(new URL(value)))
  .describe('an http or https URL without a user, e.g. http://otel-collector:4318');

export const otlpProtocol = z
  .literal('http/protobuf')
  .describe('http/protobuf, which collectors take at port 4318');

/** They may hold secrets: no message repeats them. The SDK would leave out those in another form. */
export const otlpHeaders = list(
  z
    .string()
    .regex(/^[\w!#$%&'*+.^`|~-]+=[^;]+$/)
    .refine((pair) => /^[\t\x20-\x7e]+$/.test(decoded(pair) ?? '')),
).describe('name=value, comma-separated, with percent-encoded values');

/** The SDK would leave out all of them for one in another form. */
export const resourceAttributes = list(
  z
    .string()
    .regex(/^[^=]+=[^=]*$/)
    .refine((pair) => decoded(pair) !== null && pair.split('=').every(isShort)),
).describe('name=value, comma-separated, with percent-encoded values');

/** The longest that the SDK takes. */
function isShort(part: string): boolean {
  return (decoded(part) ?? '').length <= 255;
}

export const ratio = z
  .string()
  .regex(/^(0|1|[01]?\.\d{1,15})$/)
  .transform(Number)
  .pipe(z.number().min(0).max(1))
  .describe('a number from 0 to 1, e.g. 0.1');

export const propagators = list(z.enum(['tracecontext', 'baggage', 'none']))
  .refine((names) => names.length === 1 || !names.includes('none'))
  .describe('tracecontext, baggage or both, comma-separated, or none');

/** It may hold a password: no message repeats it. */
export const redisUrl = z
  .string()
  .transform((value, context) => {
    const target = parseRedisUrl(value);
    if (target !== null) return target;
    context.addIssue({ code: 'custom' });
    return z.NEVER;
  })
  .describe(REDIS_URL_FORM);

/** Braces would put all keys into one slot of a cluster. */
export const keyPrefix = z
  .string()
  .regex(/^[\w.:/-]{1,128}$/)
  .describe('1 to 128 letters, digits or any of . _ : / -');

/** A text without a scheme is a path. */
export function isUrl(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(value);
}

function isSecureUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackName(hostname));
}

function isProxy({ protocol, hostname, pathname, search, hash, username, password }: URL) {
  const isDecodable = [username, password].every((text) => decoded(text) !== null);
  return (
    /^https?:$/.test(protocol) &&
    // The agent takes no IPv6 address.
    !hostname.startsWith('[') &&
    pathname + search + hash === '/' &&
    isDecodable
  );
}

function isCollector(url: URL): boolean {
  return /^https?:$/.test(url.protocol) && url.search + url.hash === '' && !hasUser(url);
}

function hasUser({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}
