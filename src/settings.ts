// Every setting of the environment: its form, its default and its meaning. It reads nothing.
import * as z from 'zod';
import {
  authMethods,
  endpoint,
  flag,
  host,
  jwks,
  keyText,
  LOG_LEVELS,
  namespace,
  oidcProvider,
  origins,
  proxies,
  redisUrl,
  size,
  text,
  whole,
} from './settings/forms.js';

export interface Setting {
  readonly form: z.ZodType<unknown, string>;
  /** The default as the documentation shows it. */
  readonly fallback?: string;
  readonly meaning: string;
}

/** The table in the documentation is made from this table. */
export const SETTINGS = {
  HOST: { form: host, fallback: '127.0.0.1', meaning: 'the address to listen on' },
  PORT: {
    form: whole(0, 65535),
    fallback: '4000',
    meaning: 'the port; 0 takes a free one, which the ready line names',
  },
  MAX_CONNECTIONS: {
    form: whole(1, 1_000_000),
    fallback: '10000',
    meaning: 'open connections; at the bound the one that is idle longest is closed for a new one',
  },
  CORS_ORIGINS: { form: origins, meaning: 'origins of browser clients, comma-separated' },
  LOG_LEVEL: {
    form: z.enum(LOG_LEVELS).describe(`one of ${LOG_LEVELS.join(', ')}`),
    fallback: 'info',
    meaning: 'pino’s levels; `warn` leaves out the line per operation',
  },
  NODE_ENV: {
    form: z.enum(['production', 'development', 'test']).describe('production, development or test'),
    meaning: '`production` turns playground and introspection off, refuses the sandbox, wants AUTH',
  },
  PLAYGROUND: {
    form: flag,
    meaning: 'playground and introspection on or off, regardless of NODE_ENV',
  },
  SANDBOX: { form: flag, meaning: '`true` allows the embedded sandbox in production' },
  SANDBOX_PORT: {
    form: whole(0, 65535),
    fallback: '4010',
    meaning: 'where `npm run sandbox` listens',
  },
  AUTH: {
    form: authMethods,
    meaning:
      'authentication: `none`, `api-key`, `jwt` or `api-key,jwt`; required in production and when HOST is not a loopback address, else `none`',
  },
  API_KEYS_FILE: {
    form: text,
    meaning: 'JSON list of `{client, sha256, workspaces?}`; read again when it changes',
  },
  JWT_JWKS: { form: jwks, meaning: 'the issuer’s keys: an https URL or a file' },
  JWT_ISSUER: { form: text, meaning: 'the `iss` that tokens must have' },
  JWT_AUDIENCE: { form: text, meaning: 'the `aud` that tokens must have' },
  JWT_WORKSPACES_CLAIM: {
    form: text,
    meaning: 'the claim that lists a caller’s workspaces; without it: all',
  },
  PAI_IDENTITY: {
    form: z.enum(['service', 'caller']).describe('service or caller'),
    fallback: 'service',
    meaning: 'whose keys PAI sees: the server’s, or those that STS gives for the caller’s token',
  },
  PAI_OIDC_PROVIDER_ARN: { form: oidcProvider, meaning: 'RAM’s OIDC provider for the tokens' },
  PAI_ROLE_MAP: { form: text, meaning: 'JSON `{claim, roles: {value: role ARN}}`' },
  PAI_STS_ENDPOINT: { form: endpoint, meaning: 'a base URL instead of the region’s STS' },
  OPERATIONS_PER_SECOND: {
    form: whole(1, 1_000_000),
    meaning: 'per caller, and per address without one; 500, unlimited without AUTH',
  },
  TRUSTED_PROXIES: {
    form: proxies,
    meaning: 'addresses and ranges whose `X-Forwarded-For` counts',
  },
  TRUSTED_DOCUMENTS: {
    form: z.enum(['off', 'log', 'only']).describe('off, log or only'),
    fallback: 'off',
    meaning:
      'persisted documents: `off`, `log` (allow unknown documents and log them) or `only` (reject them)',
  },
  TRUSTED_DOCUMENTS_FILE: { form: text, meaning: 'Apollo’s or graphql-codegen’s manifest' },
  LIMIT_BODY_KB: { form: whole(1, 65_536), fallback: '1024', meaning: 'the body of a request' },
  LIMIT_TOKENS: { form: size, fallback: '10000', meaning: 'of a document' },
  LIMIT_OPERATIONS: { form: size, fallback: '20', meaning: 'operations in one document' },
  LIMIT_DEPTH: { form: whole(1, 200), fallback: '15', meaning: 'levels of fields' },
  LIMIT_ALIASES: { form: size, fallback: '50', meaning: 'in an operation' },
  LIMIT_ROOT_FIELDS: { form: size, fallback: '50', meaning: 'in an operation' },
  LIMIT_DIRECTIVES: { form: size, fallback: '50', meaning: 'in an operation' },
  LIMIT_FIELDS: { form: size, fallback: '5000', meaning: 'with fragments spread' },
  LIMIT_REPEATS: { form: size, fallback: '100', meaning: 'selections of one field at one place' },
  LIMIT_IDS: { form: size, fallback: '1000', meaning: 'among the arguments' },
  LIMIT_ROWS: {
    form: size,
    fallback: '10000',
    meaning: 'items of lists, multiplied on the way down',
  },
  LIMIT_REPRESENTATIONS: { form: size, fallback: '1000', meaning: 'references of `_entities`' },
  LIMIT_RESPONSE_MB: {
    form: whole(1, 1024),
    fallback: '16',
    meaning: 'the largest response; a larger one is refused with QUERY_TOO_COMPLEX',
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
  ALIBABA_CLOUD_ROLE_ARN: {
    form: text,
    meaning: 'the role of the chain’s temporary keys: replicas with keys of one role share a cache',
  },
  ALIBABA_CLOUD_OIDC_TOKEN_FILE: {
    form: text,
    meaning: 'the token that the chain exchanges for keys of that role',
  },
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
  UPSTREAM_RATE_WITHOUT_REDIS: {
    form: whole(1, 10_000),
    meaning:
      'each replica’s share of that rate while Redis does not work; without it the full rate, so that replicas together exceed it',
  },
  UPSTREAM_PAGE_SIZE_MAX: {
    form: whole(1, 1000),
    fallback: '100',
    meaning: 'the largest page asked for; PAI’s own cap is undocumented and learned',
  },
  UPSTREAM_CALLS_PER_OPERATION: {
    form: whole(1, 1_000_000),
    fallback: '250',
    meaning: 'an operation that may cost more is refused, and one that costs more stops there',
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
  CACHE_MAX_MB: {
    form: whole(1, 65_536),
    meaning:
      'how much memory the cache of PAI’s answers takes; 128, or with a heap (--max-old-space-size) below 832 MB a sixth of what it has beyond 64 MB; all else that is kept has [its own bounds](architecture.md#memory)',
  },
  CACHE_NAMESPACE: {
    form: namespace,
    meaning: 'deployments that share Redis but whose rights differ must set it apart',
  },
  REDIS_URL: {
    form: redisUrl,
    meaning: 'Redis or Valkey for many replicas: shared cache and quota; without it, in memory',
  },
  REDIS_CACHE_TIMEOUT_MS: {
    form: whole(1, 60_000),
    fallback: '50',
    meaning: 'how long a read of the shared cache waits; then it counts as a miss',
  },
  REDIS_QUOTA_TIMEOUT_MS: {
    form: whole(1, 60_000),
    fallback: '1000',
    meaning: 'how long the start of a call waits for the shared quota; then Redis counts as silent',
  },
  METRICS_PORT: {
    form: whole(0, 65_535),
    meaning: 'serves `/metrics` alone on this port instead of beside the rest',
  },
  ANSWER_MEMO: {
    form: flag,
    fallback: 'on',
    meaning: 'keeps whole answers as long as all that they were made from is cached and fresh',
  },
  COMPILED_EXECUTION: {
    form: flag,
    fallback: 'on',
    meaning: 'compiles operations that come back often; all others run in the ordinary executor',
  },
  RELAY_NODE: {
    form: flag,
    fallback: 'on',
    meaning: '`off` leaves `Node`, `node` and `nodes` out, where another subgraph owns them',
  },
} as const satisfies Record<string, Setting>;
