// The settings: the form of each, its default and its meaning. Parsing, rules and docs/settings.md come from this table.
import type * as z from 'zod';
import {
  authMethods,
  collector,
  endpoint,
  file,
  flag,
  host,
  jwks,
  keyPrefix,
  keyText,
  logLevel,
  namespace,
  noProxy,
  oidcProvider,
  oneOf,
  origins,
  otlpHeaders,
  otlpProtocol,
  port,
  propagators,
  proxies,
  proxyUrl,
  ratio,
  redisUrl,
  region,
  resourceAttributes,
  size,
  text,
  whole,
} from './forms.js';

/**
 * The default is the text that a missing value stands for; null: there is none. A secret is never shown, and of a secret
 * URL only its hosts and path.
 */
export type Setting = readonly [
  form: z.ZodType<unknown, string>,
  fallback: string | null,
  meaning: string,
  secrecy?: 'secret' | 'secret url',
];

const rate = whole(1, 10_000);
const timeout = whole(1, 600_000);
const redisTimeout = whole(1, 60_000);
const upToADay = whole(0, 86_400);
const upToAnHourMs = whole(0, 3_600_000);
const otlpCompression = oneOf('none', 'gzip');

export const SETTINGS = {
  HOST: [host, '127.0.0.1', 'the address to listen on'],
  PORT: [port, '4000', 'the port; with 0 a free one, which the ready line names'],
  MAX_CONNECTIONS: [
    size,
    '10000',
    'maximum of open connections; beyond it a new one replaces the one that is idle longest',
  ],
  KEEP_ALIVE_MS: [
    whole(1000, 3_600_000),
    '65000',
    'how long an idle connection is kept; longer than the proxies in front keep theirs, or they send requests to connections that are being closed',
  ],
  SHUTDOWN_DELAY_MS: [
    whole(0, 600_000),
    '0',
    'how long all is still served after SIGTERM, while `/readyz` is 503 and before the server drains',
  ],
  CORS_ORIGINS: [origins, null, 'origins of browser clients, comma-separated'],
  LOG_LEVEL: [logLevel, 'info', 'the lowest level logged; `warn` omits the line per operation'],
  NODE_ENV: [
    oneOf('production', 'development', 'test'),
    null,
    '`production` turns playground and introspection off, refuses the sandbox and requires AUTH',
  ],
  PLAYGROUND: [flag, null, 'playground and introspection on or off, regardless of NODE_ENV'],
  SANDBOX: [flag, null, '`true` allows the embedded sandbox in production'],
  SANDBOX_PORT: [
    port,
    null,
    'the port of the sandbox: of `npm run sandbox`, 4010 without this, and of the embedded one, without this a free port, which the ready line names',
  ],
  AUTH: [
    authMethods,
    null,
    'authentication: `none`, `api-key`, `jwt` or `api-key,jwt`; required in production and when HOST is not a loopback address, else `none`',
  ],
  API_KEYS_FILE: [file, null, 'JSON `[{client, sha256, workspaces?}]`; read again when it changes'],
  JWT_JWKS: [jwks, null, 'the issuer’s keys: an https URL or a file', 'secret url'],
  JWT_ISSUER: [text, null, 'the `iss` that tokens must have'],
  JWT_AUDIENCE: [text, null, 'the `aud` that tokens must have'],
  JWT_WORKSPACES_CLAIM: [
    text,
    null,
    'the claim that lists a caller’s workspaces; while this is not set, every caller sees all of them',
  ],
  PAI_IDENTITY: [
    oneOf('service', 'caller'),
    'service',
    'the keys for PAI: those of the server (`service`), or those that STS gives for the caller’s token (`caller`)',
  ],
  PAI_OIDC_PROVIDER_ARN: [oidcProvider, null, 'RAM’s OIDC provider for the tokens'],
  PAI_ROLE_MAP: [file, null, 'JSON `{claim, roles: {value: role ARN}}`'],
  PAI_STS_ENDPOINT: [endpoint, null, 'a base URL instead of the region’s STS'],
  OPERATIONS_PER_SECOND: [
    size,
    null,
    'limit per caller, and per address for requests without a caller; 500, or unlimited without AUTH',
  ],
  TRUSTED_PROXIES: [
    proxies,
    null,
    'addresses and ranges of the proxies whose `X-Forwarded-For` is trusted',
  ],
  TRUSTED_DOCUMENTS: [
    oneOf('off', 'log', 'only'),
    'off',
    'persisted documents: `off`, `log` (allow unknown documents and log them) or `only` (reject them)',
  ],
  TRUSTED_DOCUMENTS_FILE: [
    file,
    null,
    'their manifest, as Apollo or graphql-codegen writes it; read again when it changes',
  ],
  LIMIT_BODY_KB: [whole(1, 65_536), '1024', 'size of a request body'],
  LIMIT_TOKENS: [size, '10000', 'tokens in a document'],
  LIMIT_OPERATIONS: [size, '20', 'operations in one document'],
  LIMIT_DEPTH: [whole(1, 200), '15', 'levels of nested fields'],
  LIMIT_ALIASES: [size, '50', 'aliases in an operation'],
  LIMIT_ROOT_FIELDS: [size, '50', 'root fields in an operation'],
  LIMIT_DIRECTIVES: [size, '50', 'directives in an operation'],
  LIMIT_FIELDS: [size, '5000', 'fields in an operation, with fragments expanded'],
  LIMIT_REPEATS: [size, '100', 'selections of one field at one place'],
  LIMIT_IDS: [size, '1000', 'ids among the arguments of an operation'],
  LIMIT_ROWS: [size, '10000', 'list items in an operation; nested lists multiply'],
  LIMIT_REPRESENTATIONS: [size, '1000', 'references in `_entities`'],
  LIMIT_RESPONSE_MB: [whole(1, 1024), '16', 'size of a response; beyond it QUERY_TOO_COMPLEX'],
  PAI_REGION: [region, null, 'the region; without it and PAI_ENDPOINT the sandbox answers'],
  PAI_NETWORK: [oneOf('public', 'vpc'), 'public', 'the region’s public or VPC endpoint'],
  PAI_ENDPOINT: [endpoint, null, 'a base URL instead of the region’s'],
  ALIBABA_CLOUD_ACCESS_KEY_ID: [
    keyText,
    null,
    'the access key; else the credential chain is used',
    'secret',
  ],
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: [keyText, null, 'its secret', 'secret'],
  ALIBABA_CLOUD_SECURITY_TOKEN: [keyText, null, 'the STS token of a temporary key', 'secret'],
  ALIBABA_CLOUD_ACCESS_KEY_ID_FILE: [
    file,
    null,
    'a file with the access key, as Kubernetes mounts a Secret; it and the next two are [read again when they change](access.md#keys-in-files)',
  ],
  ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE: [file, null, 'a file with its secret'],
  ALIBABA_CLOUD_SECURITY_TOKEN_FILE: [file, null, 'a file with its STS token'],
  ALIBABA_CLOUD_ROLE_ARN: [
    text,
    null,
    'the role of the chain’s temporary keys; replicas with keys of the same role share a cache',
  ],
  ALIBABA_CLOUD_OIDC_TOKEN_FILE: [file, null, 'the token that is exchanged for keys of that role'],
  HTTPS_PROXY: [
    proxyUrl,
    null,
    'the proxy to PAI, STS and the key server of JWT_JWKS, also as `https_proxy`; never to the loopback or the metadata service ([network](network.md))',
    'secret url',
  ],
  HTTP_PROXY: [
    proxyUrl,
    null,
    'also as `http_proxy`; it is for plain http, which is spoken to the loopback alone, and so has no effect',
    'secret url',
  ],
  NO_PROXY: [
    noProxy,
    null,
    'hosts, domains, addresses and ranges that are reached without a proxy, comma-separated, or `*`; also as `no_proxy`',
  ],
  UPSTREAM_TIMEOUT_MS: [timeout, '5000', 'timeout of one attempt, body included'],
  UPSTREAM_CONCURRENCY: [whole(1, 10_000), '32', 'PAI calls in flight at once'],
  UPSTREAM_RATE_PER_SECOND: [rate, '50', 'calls started in any second, per operation and account'],
  UPSTREAM_RATE_WITHOUT_REDIS: [
    rate,
    null,
    'each replica’s share of that rate while Redis is down; without it each takes the full rate, and replicas together exceed it',
  ],
  UPSTREAM_PAGE_SIZE_MAX: [
    whole(1, 1000),
    '100',
    'the largest page size requested; PAI’s own limit is undocumented and learned at run time',
  ],
  UPSTREAM_CALLS_PER_OPERATION: [
    size,
    '250',
    'PAI calls of one operation: an operation that may need more is refused; one that reaches the limit stops there',
  ],
  EXPLAIN: [
    flag,
    'on',
    '`off` ignores requests to explain an operation, for gateways that forward `extensions` of clients to every subgraph',
  ],
  UPSTREAM_LIST_BATCHING: [
    flag,
    'on',
    'fetches many uncached models through ListModels where that takes clearly fewer calls',
  ],
  REQUEST_TIMEOUT_MS: [timeout, '15000', 'the deadline of a whole operation'],
  CACHE_TTL_SECONDS: [upToADay, '30', 'how long an answer is fresh; 0 turns caching off'],
  CACHE_REVALIDATE_SECONDS: [
    upToADay,
    '30',
    'stale-while-revalidate: how long it is then served stale while a background refresh runs',
  ],
  CACHE_STALE_SECONDS: [
    whole(0, 604_800),
    '600',
    'stale-if-error: how long past fresh it is served when PAI fails; bounds all staleness, 0 turns it off',
  ],
  CACHE_MISSING_SECONDS: [whole(0, 3_600), '5', 'negative cache: how long “not found” is cached'],
  CACHE_MAX_MB: [
    whole(1, 65_536),
    null,
    'memory of the cache of PAI’s answers; 128, or with a heap (--max-old-space-size) below 832 MB a sixth of the heap beyond 64 MB; other caches have [their own bounds](architecture.md#caches)',
  ],
  CACHE_CONTROL_SCOPE: [
    oneOf('private', 'public'),
    'private',
    '`public`: answers to POST without errors say `Cache-Control: public`, so that a trusted gateway may cache them for all callers; refused where callers see different models',
  ],
  CACHE_NAMESPACE: [
    namespace,
    null,
    'must differ between deployments that share Redis but not their rights',
  ],
  REDIS_URL: [
    redisUrl,
    null,
    'Redis or Valkey, for a cache and quota that replicas share; without it both are in memory. A single node, Sentinels or a cluster ([URL forms](redis.md))',
    'secret url',
  ],
  REDIS_URL_FILE: [file, null, 'a file with that URL; read again when it changes'],
  REDIS_USERNAME: [text, null, 'the user of Redis, for a URL without one'],
  REDIS_PASSWORD: [text, null, 'the password of Redis, for a URL without one', 'secret'],
  REDIS_SENTINEL_PASSWORD: [text, null, 'the password of the Sentinels', 'secret'],
  REDIS_TLS_CA_FILE: [
    file,
    null,
    'a PEM file with the authorities that are trusted for `rediss` URLs; without it those of Node',
  ],
  REDIS_KEY_PREFIX: [
    keyPrefix,
    null,
    'before all keys, which begin with `pai-model-graph:` in any case',
  ],
  REDIS_CACHE_TIMEOUT_MS: [
    redisTimeout,
    '50',
    'timeout of a read from the shared cache; after it the read counts as a miss',
  ],
  REDIS_QUOTA_TIMEOUT_MS: [
    redisTimeout,
    '1000',
    'timeout of the shared quota at the start of a call; after it Redis counts as down',
  ],
  OTEL_EXPORTER_OTLP_ENDPOINT: [
    collector,
    null,
    'the collector of [traces](traces.md): a base URL, to which `v1/traces` is added; without it and the next one, traces are off',
    'secret',
  ],
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: [collector, null, 'instead: the whole URL', 'secret'],
  OTEL_EXPORTER_OTLP_PROTOCOL: [otlpProtocol, 'http/protobuf', 'the one protocol that is spoken'],
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: [otlpProtocol, null, 'the same, for traces alone'],
  OTEL_EXPORTER_OTLP_HEADERS: [
    otlpHeaders,
    null,
    'headers for the collector, such as a token: `name=value`, comma-separated and percent-encoded',
    'secret',
  ],
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: [
    otlpHeaders,
    null,
    'more of them, for traces alone',
    'secret',
  ],
  OTEL_EXPORTER_OTLP_TIMEOUT: [timeout, '10000', 'milliseconds for one export, with its retries'],
  OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: [timeout, null, 'the same, for traces alone'],
  OTEL_EXPORTER_OTLP_COMPRESSION: [otlpCompression, 'none', '`gzip` compresses exports'],
  OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: [otlpCompression, null, 'the same, for traces alone'],
  OTEL_EXPORTER_OTLP_CERTIFICATE: [
    file,
    null,
    'a PEM file with the authorities that are trusted for the collector',
  ],
  OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: [file, null, 'the same, for traces alone'],
  OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: [file, null, 'a PEM file with a certificate of our own'],
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: [file, null, 'the same, for traces alone'],
  OTEL_EXPORTER_OTLP_CLIENT_KEY: [file, null, 'a PEM file with its key'],
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: [file, null, 'the same, for traces alone'],
  OTEL_SDK_DISABLED: [flag, 'off', '`true` turns traces off, whatever else is set'],
  OTEL_TRACES_EXPORTER: [oneOf('otlp', 'none'), 'otlp', '`none` turns traces off, too'],
  OTEL_TRACES_SAMPLER: [
    oneOf(
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
      'always_on',
      'always_off',
      'traceidratio',
    ),
    'parentbased_always_on',
    'which operations are traced; `parentbased_…` decides only where the request brings no decision',
  ],
  OTEL_TRACES_SAMPLER_ARG: [ratio, null, 'the part that a `…traceidratio` takes, 1 by default'],
  OTEL_PROPAGATORS: [propagators, 'tracecontext,baggage', 'the headers that are read'],
  OTEL_SERVICE_NAME: [text, 'pai-model-graph', 'the name of the service in traces'],
  OTEL_RESOURCE_ATTRIBUTES: [
    resourceAttributes,
    null,
    'more attributes of the service, e.g. `deployment.environment=prod`',
  ],
  OTEL_BSP_SCHEDULE_DELAY: [upToAnHourMs, '5000', 'milliseconds between two exports'],
  OTEL_BSP_EXPORT_TIMEOUT: [
    timeout,
    '30000',
    'milliseconds after which an export counts as failed',
  ],
  OTEL_BSP_MAX_QUEUE_SIZE: [size, '2048', 'spans that wait; beyond it spans are lost'],
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: [size, '512', 'spans in one export'],
  PAI_TRACEPARENT: [
    flag,
    'off',
    'sends the header `traceparent` to PAI, so that its own spans join',
  ],
  METRICS_PORT: [port, null, 'a separate port for `/metrics`; without it they are on PORT'],
  RESPONSE_CACHE: [flag, 'on', 'keeps whole responses while all cached data in them is fresh'],
  COMPILED_OPERATIONS: [flag, 'on', 'compiles frequent operations; Apollo executes all others'],
  LINKED_ENTITIES: [
    oneOf('resolve', 'reference'),
    'resolve',
    '`reference` leaves only the `id` of `Workspace` and `Dataset`, and omits `workspace` and `workspaces`, for a supergraph in which another subgraph owns these types',
  ],
  RELAY_NODE: [
    flag,
    'on',
    '`off` omits `Node`, `node` and `nodes`, for a supergraph in which another subgraph owns them',
  ],
} as const satisfies Record<string, Setting>;

export type Name = keyof typeof SETTINGS;

export type Values = { [N in Name]: ValueOf<(typeof SETTINGS)[N]> };

type ValueOf<S extends Setting> = z.output<S[0]> | (S[1] extends string ? never : undefined);

/** A setting of these forms names a file, or an address that `isUrl` recognises. */
export const FILE_SETTINGS = Object.entries<Setting>(SETTINGS)
  .filter(([, [form]]) => form === file || form === jwks)
  .map(([name]) => name);
