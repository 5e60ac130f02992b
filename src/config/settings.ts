// The settings: the form of each, its default and its meaning. Parsing, rules and docs/settings.md come from this table.
import type * as z from 'zod';
import {
  authMethods,
  endpoint,
  flag,
  host,
  jwks,
  keyText,
  logLevel,
  namespace,
  oidcProvider,
  oneOf,
  origins,
  port,
  proxies,
  redisUrl,
  region,
  size,
  text,
  whole,
} from './forms.js';

export interface Setting {
  readonly form: z.ZodType<unknown, string>;
  /** The default as the documentation shows it. */
  readonly fallback?: string;
  readonly meaning: string;
}

export const SETTINGS = {
  HOST: { form: host, fallback: '127.0.0.1', meaning: 'the address to listen on' },
  PORT: {
    form: port,
    fallback: '4000',
    meaning: 'the port; with 0 a free one, which the ready line names',
  },
  MAX_CONNECTIONS: {
    form: size,
    fallback: '10000',
    meaning:
      'maximum of open connections; beyond it a new one replaces the one that is idle longest',
  },
  CORS_ORIGINS: { form: origins, meaning: 'origins of browser clients, comma-separated' },
  LOG_LEVEL: {
    form: logLevel,
    fallback: 'info',
    meaning: 'the lowest level that is logged; `warn` omits the line for each operation',
  },
  NODE_ENV: {
    form: oneOf('production', 'development', 'test'),
    meaning:
      '`production` turns playground and introspection off, refuses the sandbox and requires AUTH',
  },
  PLAYGROUND: {
    form: flag,
    meaning: 'playground and introspection on or off, regardless of NODE_ENV',
  },
  SANDBOX: { form: flag, meaning: '`true` allows the embedded sandbox in production' },
  SANDBOX_PORT: { form: port, fallback: '4010', meaning: 'the port of `npm run sandbox`' },
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
    form: oneOf('service', 'caller'),
    fallback: 'service',
    meaning:
      'the keys for PAI: those of the server (`service`), or those that STS gives for the caller’s token (`caller`)',
  },
  PAI_OIDC_PROVIDER_ARN: { form: oidcProvider, meaning: 'RAM’s OIDC provider for the tokens' },
  PAI_ROLE_MAP: { form: text, meaning: 'JSON `{claim, roles: {value: role ARN}}`' },
  PAI_STS_ENDPOINT: { form: endpoint, meaning: 'a base URL instead of the region’s STS' },
  OPERATIONS_PER_SECOND: {
    form: size,
    meaning:
      'limit per caller, and per address for requests without a caller; 500, or unlimited without AUTH',
  },
  TRUSTED_PROXIES: {
    form: proxies,
    meaning: 'addresses and ranges of the proxies whose `X-Forwarded-For` is trusted',
  },
  TRUSTED_DOCUMENTS: {
    form: oneOf('off', 'log', 'only'),
    fallback: 'off',
    meaning:
      'persisted documents: `off`, `log` (allow unknown documents and log them) or `only` (reject them)',
  },
  TRUSTED_DOCUMENTS_FILE: {
    form: text,
    meaning: 'the manifest of persisted documents, as Apollo or graphql-codegen writes it',
  },
  LIMIT_BODY_KB: { form: whole(1, 65_536), fallback: '1024', meaning: 'size of a request body' },
  LIMIT_TOKENS: { form: size, fallback: '10000', meaning: 'tokens in a document' },
  LIMIT_OPERATIONS: { form: size, fallback: '20', meaning: 'operations in one document' },
  LIMIT_DEPTH: { form: whole(1, 200), fallback: '15', meaning: 'levels of nested fields' },
  LIMIT_ALIASES: { form: size, fallback: '50', meaning: 'aliases in an operation' },
  LIMIT_ROOT_FIELDS: { form: size, fallback: '50', meaning: 'root fields in an operation' },
  LIMIT_DIRECTIVES: { form: size, fallback: '50', meaning: 'directives in an operation' },
  LIMIT_FIELDS: {
    form: size,
    fallback: '5000',
    meaning: 'fields in an operation, with fragments expanded',
  },
  LIMIT_REPEATS: { form: size, fallback: '100', meaning: 'selections of one field at one place' },
  LIMIT_IDS: { form: size, fallback: '1000', meaning: 'ids among the arguments of an operation' },
  LIMIT_ROWS: {
    form: size,
    fallback: '10000',
    meaning: 'list items in an operation; nested lists multiply',
  },
  LIMIT_REPRESENTATIONS: { form: size, fallback: '1000', meaning: 'references in `_entities`' },
  LIMIT_RESPONSE_MB: {
    form: whole(1, 1024),
    fallback: '16',
    meaning: 'size of a response; a larger one fails with QUERY_TOO_COMPLEX',
  },
  PAI_REGION: {
    form: region,
    meaning: 'the region; without it and PAI_ENDPOINT the embedded sandbox answers',
  },
  PAI_NETWORK: {
    form: oneOf('public', 'vpc'),
    fallback: 'public',
    meaning: 'the region’s public or VPC endpoint',
  },
  PAI_ENDPOINT: { form: endpoint, meaning: 'a base URL instead of the region’s' },
  ALIBABA_CLOUD_ACCESS_KEY_ID: {
    form: keyText,
    meaning: 'the access key; without it the rest of the standard credential chain is used',
  },
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: { form: keyText, meaning: 'its secret' },
  ALIBABA_CLOUD_SECURITY_TOKEN: { form: keyText, meaning: 'the STS token of a temporary key' },
  ALIBABA_CLOUD_ROLE_ARN: {
    form: text,
    meaning:
      'the role of the chain’s temporary keys; replicas with keys of the same role share a cache',
  },
  ALIBABA_CLOUD_OIDC_TOKEN_FILE: {
    form: text,
    meaning: 'the token that the chain exchanges for keys of that role',
  },
  UPSTREAM_TIMEOUT_MS: {
    form: whole(1, 600_000),
    fallback: '5000',
    meaning: 'timeout of one attempt, body included',
  },
  UPSTREAM_CONCURRENCY: {
    form: whole(1, 10_000),
    fallback: '32',
    meaning: 'PAI calls in flight at once',
  },
  UPSTREAM_RATE_PER_SECOND: {
    form: whole(1, 10_000),
    fallback: '50',
    meaning: 'PAI calls started in any one-second window, per operation and account',
  },
  UPSTREAM_RATE_WITHOUT_REDIS: {
    form: whole(1, 10_000),
    meaning:
      'each replica’s share of that rate while Redis is down; without it each takes the full rate, and replicas together exceed it',
  },
  UPSTREAM_PAGE_SIZE_MAX: {
    form: whole(1, 1000),
    fallback: '100',
    meaning:
      'the largest page size requested; PAI’s own limit is undocumented and learned at run time',
  },
  UPSTREAM_CALLS_PER_OPERATION: {
    form: size,
    fallback: '250',
    meaning:
      'PAI calls of one operation: an operation that may need more is refused; one that reaches the limit stops there',
  },
  EXPLAIN: {
    form: flag,
    fallback: 'on',
    meaning:
      '`off` ignores requests to explain an operation, for gateways that forward `extensions` of clients to every subgraph',
  },
  UPSTREAM_LIST_BATCHING: {
    form: flag,
    fallback: 'on',
    meaning: 'fetches many uncached models through ListModels where that takes clearly fewer calls',
  },
  REQUEST_TIMEOUT_MS: {
    form: whole(1, 600_000),
    fallback: '15000',
    meaning: 'the deadline of a whole operation',
  },
  CACHE_TTL_SECONDS: {
    form: whole(0, 86_400),
    fallback: '30',
    meaning: 'how long a cached answer is fresh; 0 turns caching off',
  },
  CACHE_REVALIDATE_SECONDS: {
    form: whole(0, 86_400),
    fallback: '30',
    meaning:
      'stale-while-revalidate: how long it is then served stale while a background refresh runs',
  },
  CACHE_STALE_SECONDS: {
    form: whole(0, 604_800),
    fallback: '600',
    meaning:
      'stale-if-error: how long past fresh it is served when PAI fails; bounds all staleness, 0 turns it off',
  },
  CACHE_MISSING_SECONDS: {
    form: whole(0, 3_600),
    fallback: '5',
    meaning: 'negative cache: how long “not found” is cached',
  },
  CACHE_MAX_MB: {
    form: whole(1, 65_536),
    meaning:
      'memory of the cache of PAI’s answers; 128, or with a heap (--max-old-space-size) below 832 MB a sixth of the heap beyond 64 MB; other caches have [their own bounds](architecture.md#caches)',
  },
  CACHE_NAMESPACE: {
    form: namespace,
    meaning: 'must differ between deployments that share Redis but not their rights',
  },
  REDIS_URL: {
    form: redisUrl,
    meaning:
      'Redis or Valkey, for a cache and quota that replicas share; without it both are in memory',
  },
  REDIS_CACHE_TIMEOUT_MS: {
    form: whole(1, 60_000),
    fallback: '50',
    meaning: 'timeout of a read from the shared cache; after it the read counts as a miss',
  },
  REDIS_QUOTA_TIMEOUT_MS: {
    form: whole(1, 60_000),
    fallback: '1000',
    meaning: 'timeout of the shared quota at the start of a call; after it Redis counts as down',
  },
  METRICS_PORT: {
    form: port,
    meaning: 'a separate port for `/metrics`; without it they are on PORT',
  },
  RESPONSE_CACHE: {
    form: flag,
    fallback: 'on',
    meaning: 'keeps whole responses in memory while all cached data in them is fresh',
  },
  COMPILED_OPERATIONS: {
    form: flag,
    fallback: 'on',
    meaning: 'compiles frequent operations; all others run in the ordinary executor',
  },
  RELAY_NODE: {
    form: flag,
    fallback: 'on',
    meaning:
      '`off` omits `Node`, `node` and `nodes`, for a supergraph in which another subgraph owns them',
  },
} as const satisfies Record<string, Setting>;

type Settings = typeof SETTINGS;
export type Name = keyof Settings;

export type Values = {
  [N in Name]:
    | z.output<Settings[N]['form']>
    | (Settings[N] extends { fallback: string } ? never : undefined);
};
