// Every setting of the environment: its form, its default and its meaning. It reads nothing.
import { isIP } from 'node:net';
import { z } from 'zod';

export const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|::1)$/i;
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .refine((value) => value >= min && value <= max)
    .describe(`a whole number from ${min} to ${max}`);

const flag = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['true', 'on', '1', 'false', 'off', '0']))
  .transform((value) => value === 'true' || value === 'on' || value === '1')
  .describe('true or false');

const origins = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim()))
  .refine((list) =>
    list.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
  )
  .describe('comma-separated origins, e.g. https://app.example.com');

const endpoint = z
  .string()
  .refine((text) => URL.canParse(text) && isBaseUrl(new URL(text)))
  .transform((text) => new URL(text).origin)
  .describe('an https URL without path or user (plain http only for a loopback host)');

const host = z
  .string()
  .refine((text) => isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text))
  .describe('an IP address or a host name, without a port');

/** Keys go into headers and signatures; anything else in them is a slip of copying. */
const keyText = z
  .string()
  .regex(/^[\x21-\x7e]+$/)
  .describe('visible ASCII characters without spaces');

/** May hold a password: it is never echoed. */
const redisUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol))
  .describe('a redis:// or rediss:// URL');

const text = z.string().describe('a text');

export interface Setting {
  readonly form: z.ZodType<unknown, string>;
  /** As it stands in the documentation. */
  readonly fallback?: string;
  readonly meaning: string;
}

/** The documentation's table is made from this one. */
export const SETTINGS = {
  HOST: { form: host, fallback: '127.0.0.1', meaning: 'the address to listen on' },
  PORT: {
    form: whole(0, 65535),
    fallback: '4000',
    meaning: 'the port; 0 takes a free one, which the ready line names',
  },
  CORS_ORIGINS: { form: origins, meaning: 'origins of browser clients, comma-separated' },
  LOG_LEVEL: {
    form: z.enum(LOG_LEVELS).describe(`one of ${LOG_LEVELS.join(', ')}`),
    fallback: 'info',
    meaning: 'pino’s levels; `warn` leaves out the line per operation',
  },
  NODE_ENV: {
    form: text,
    meaning: '`production` turns playground and introspection off and refuses the sandbox',
  },
  PLAYGROUND: { form: flag, meaning: 'playground and introspection on or off, whatever NODE_ENV' },
  SANDBOX: { form: flag, meaning: '`true` allows the embedded sandbox in production' },
  SANDBOX_PORT: {
    form: whole(0, 65535),
    fallback: '4010',
    meaning: 'where `npm run sandbox` listens',
  },
  PAI_REGION: {
    form: z
      .string()
      .regex(/^[a-z]{2}(-[a-z0-9]+)+$/)
      .describe('a region id, e.g. cn-hangzhou'),
    meaning: 'the region; without it and PAI_ENDPOINT: the embedded sandbox',
  },
  PAI_NETWORK: {
    form: z.enum(['public', 'vpc']).describe('public or vpc'),
    fallback: 'public',
    meaning: 'the region’s public or VPC endpoint',
  },
  PAI_ENDPOINT: { form: endpoint, meaning: 'a base URL instead of the region’s' },
  ALIBABA_CLOUD_ACCESS_KEY_ID: {
    form: keyText,
    meaning: 'the access key; without it the rest of the standard credential chain is asked',
  },
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: { form: keyText, meaning: 'its secret' },
  ALIBABA_CLOUD_SECURITY_TOKEN: { form: keyText, meaning: 'the STS token of a temporary key' },
  UPSTREAM_TIMEOUT_MS: {
    form: whole(1, 600_000),
    fallback: '5000',
    meaning: 'for one attempt, body included',
  },
  UPSTREAM_CONCURRENCY: { form: whole(1, 10_000), fallback: '32', meaning: 'calls in flight' },
  UPSTREAM_RATE_PER_SECOND: {
    form: whole(1, 10_000),
    fallback: '50',
    meaning: 'starts in any one-second window, per operation and account',
  },
  UPSTREAM_PAGE_SIZE_MAX: {
    form: whole(1, 1000),
    fallback: '100',
    meaning: 'the largest page asked for; PAI’s own cap is undocumented and learned',
  },
  UPSTREAM_CALLS_PER_OPERATION: {
    form: whole(1, 1_000_000),
    fallback: '100',
    meaning: 'an operation that may cost more is refused; raise it behind gateways',
  },
  UPSTREAM_LIST_BATCHING: {
    form: flag,
    fallback: 'on',
    meaning: 'reads many missing models through ListModels where that costs clearly less',
  },
  REQUEST_TIMEOUT_MS: {
    form: whole(1, 600_000),
    fallback: '15000',
    meaning: 'the deadline of a whole operation',
  },
  CACHE_TTL_SECONDS: {
    form: whole(0, 86_400),
    fallback: '30',
    meaning: 'fresh for so long; 0 turns caching off',
  },
  CACHE_REVALIDATE_SECONDS: {
    form: whole(0, 86_400),
    fallback: '30',
    meaning: 'then served stale for so long while it is refreshed behind',
  },
  CACHE_STALE_SECONDS: {
    form: whole(0, 604_800),
    fallback: '600',
    meaning:
      'served stale when PAI fails, until this age past fresh; bounds all staleness, 0 is never',
  },
  CACHE_MISSING_SECONDS: {
    form: whole(0, 3_600),
    fallback: '5',
    meaning: 'how long an absence is remembered',
  },
  CACHE_MAX_MB: { form: whole(1, 65_536), fallback: '128', meaning: 'the cache’s bound in memory' },
  REDIS_URL: {
    form: redisUrl,
    meaning: 'Redis or Valkey for many replicas: shared cache and quota; without it, in memory',
  },
  METRICS_PORT: {
    form: whole(0, 65_535),
    meaning: 'serves `/metrics` alone on this port instead of beside the rest',
  },
  RELAY_NODE: {
    form: flag,
    fallback: 'on',
    meaning: '`off` leaves `Node`, `node` and `nodes` out, where another subgraph owns them',
  },
} as const satisfies Record<string, Setting>;

function isBaseUrl(url: URL): boolean {
  const isSafe =
    url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
  return isSafe && `${url.origin}/` === url.href;
}
