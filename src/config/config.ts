// The values that the settings give to the parts of the program: each part gets its slice and nothing more.
import { isLoopbackName } from '../lib/loopback.js';
import type { Values } from './settings.js';

export type Config = Readonly<ReturnType<typeof toConfig>>;

/** null: the feature is off, or the setting has no value. */
export function toConfig(values: Values, heapLimitBytes: number) {
  return {
    listen: { host: values.HOST, port: values.PORT, isLoopback: isLoopbackName(values.HOST) },
    maxConnections: values.MAX_CONNECTIONS,
    keepAliveMs: values.KEEP_ALIVE_MS,
    shutdownDelayMs: values.SHUTDOWN_DELAY_MS,
    corsOrigins: values.CORS_ORIGINS ?? [],
    logLevel: values.LOG_LEVEL,
    playground: values.PLAYGROUND ?? values.NODE_ENV !== 'production',
    /** null: a default. */
    sandboxPort: values.SANDBOX_PORT ?? null,
    upstream: toUpstream(values),
    /** null: no proxy. */
    proxy: values.HTTPS_PROXY === undefined ? null : toProxy(values.HTTPS_PROXY, values.NO_PROXY),
    requestTimeoutMs: values.REQUEST_TIMEOUT_MS,
    cache: {
      namespace: values.CACHE_NAMESPACE ?? null,
      ttlMs: values.CACHE_TTL_SECONDS * 1000,
      revalidateMs: values.CACHE_REVALIDATE_SECONDS * 1000,
      staleMs: values.CACHE_STALE_SECONDS * 1000,
      missingMs: values.CACHE_MISSING_SECONDS * 1000,
    },
    /** Answers may be cached for all callers. */
    isPublic: values.CACHE_CONTROL_SCOPE === 'public',
    memory: memoryShares(heapLimitBytes, values.CACHE_MAX_MB),
    redis: toRedis(values),
    /** null: off. */
    traces: toTraces(values),
    /** null: the metrics are on the main port. */
    metricsPort: values.METRICS_PORT ?? null,
    relayNode: values.RELAY_NODE,
    linkedEntities: values.LINKED_ENTITIES,
    explain: values.EXPLAIN,
    responseCache: values.RESPONSE_CACHE,
    compiledOperations: values.COMPILED_OPERATIONS,
    auth: toAuth(values),
    identity: toIdentity(values),
    operationsPerSecond:
      values.OPERATIONS_PER_SECOND ?? ((values.AUTH ?? ['none']).includes('none') ? null : 500),
    /** Addresses, or ranges as `address/prefix`. */
    trustedProxies: values.TRUSTED_PROXIES ?? [],
    trustedDocuments: {
      mode: values.TRUSTED_DOCUMENTS,
      file: values.TRUSTED_DOCUMENTS_FILE ?? null,
    },
    limits: toLimits(values),
  };
}

function toTraces(values: Values) {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole } = values;
  if (areTracesDisabled(values) || (base === undefined && whole === undefined)) return null;
  return {
    propagators: values.OTEL_PROPAGATORS,
    isSentToPai: values.PAI_TRACEPARENT,
    /** The SDK reads them, and would go on without one that it cannot read. */
    files: COLLECTOR_FILES.flatMap((setting) => {
      const path = values[setting];
      return path === undefined ? [] : [{ setting, path }];
    }),
  };
}

const COLLECTOR_FILES = [
  'OTEL_EXPORTER_OTLP_CERTIFICATE',
  'OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE',
  'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE',
  'OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE',
  'OTEL_EXPORTER_OTLP_CLIENT_KEY',
  'OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY',
] as const;

/** Regardless of whether a collector is set. */
export function areTracesDisabled(values: Partial<Values>): boolean {
  return values.OTEL_SDK_DISABLED === true || values.OTEL_TRACES_EXPORTER === 'none';
}

function toProxy(https: string, except: readonly string[] = []) {
  return { https, except };
}

function toUpstream(values: Values) {
  return {
    target: toTarget(values),
    timeoutMs: values.UPSTREAM_TIMEOUT_MS,
    concurrency: values.UPSTREAM_CONCURRENCY,
    ratePerSecond: values.UPSTREAM_RATE_PER_SECOND,
    /** The share of `ratePerSecond` that each replica takes while Redis does not work. */
    rateWithoutRedis: values.UPSTREAM_RATE_WITHOUT_REDIS ?? values.UPSTREAM_RATE_PER_SECOND,
    pageSizeMax: values.UPSTREAM_PAGE_SIZE_MAX,
    isListBatching: values.UPSTREAM_LIST_BATCHING,
    callsPerOperation: values.UPSTREAM_CALLS_PER_OPERATION,
  };
}

function toTarget(values: Values) {
  const { PAI_REGION: region = null, PAI_ENDPOINT: endpoint = null } = values;
  if (region === null && endpoint === null) return { kind: 'sandbox' } as const;
  const { PAI_NETWORK: network, ALIBABA_CLOUD_ROLE_ARN: arn } = values;
  const { ALIBABA_CLOUD_OIDC_TOKEN_FILE: oidcTokenFile = null } = values;
  // A token is exchanged for the keys of the role.
  const isOidc = oidcTokenFile !== null;
  /** The role of the keys that the chain gives; null: not known. */
  const role = arn === undefined ? null : { arn, isOidc };
  const keys = { key: toKey(values), keyFiles: toKeyFiles(values), role, oidcTokenFile };
  return { kind: 'pai', region, network, endpoint, ...keys } as const;
}

const KEY_FILES = {
  accessKeyId: 'ALIBABA_CLOUD_ACCESS_KEY_ID_FILE',
  accessKeySecret: 'ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE',
  securityToken: 'ALIBABA_CLOUD_SECURITY_TOKEN_FILE',
} as const;
const KEY_PARTS = ['accessKeyId', 'accessKeySecret', 'securityToken'] as const;

/** null: no keys in files. */
function toKeyFiles(values: Values) {
  const files = KEY_PARTS.flatMap((part) => {
    const setting = KEY_FILES[part];
    const path = values[setting];
    return path === undefined ? [] : [{ part, setting, path }];
  });
  return files.length === 0 ? null : files;
}

/** null: no keys by value. Without keys by value or in files, the standard credential chain gives them. */
function toKey(values: Values) {
  const accessKeyId = values.ALIBABA_CLOUD_ACCESS_KEY_ID;
  const accessKeySecret = values.ALIBABA_CLOUD_ACCESS_KEY_SECRET;
  const securityToken = values.ALIBABA_CLOUD_SECURITY_TOKEN;
  if (accessKeyId === undefined || accessKeySecret === undefined) return null;
  return { accessKeyId, accessKeySecret, ...(securityToken !== undefined && { securityToken }) };
}

function toRedis(values: Values) {
  const { REDIS_URL: target = null, REDIS_URL_FILE: targetFile = null } = values;
  if (target === null && targetFile === null) return null;
  return {
    target,
    /** Instead of the target: a file with the URL. */
    targetFile,
    caFile: values.REDIS_TLS_CA_FILE ?? null,
    access: {
      username: values.REDIS_USERNAME,
      password: values.REDIS_PASSWORD,
      sentinelPassword: values.REDIS_SENTINEL_PASSWORD,
      keyPrefix: values.REDIS_KEY_PREFIX,
    },
    cacheTimeoutMs: values.REDIS_CACHE_TIMEOUT_MS,
    quotaTimeoutMs: values.REDIS_QUOTA_TIMEOUT_MS,
  };
}

function toAuth(values: Values) {
  const { JWT_JWKS: jwks, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = values;
  const isComplete = jwks !== undefined && issuer !== undefined && audience !== undefined;
  const workspacesClaim = values.JWT_WORKSPACES_CLAIM ?? null;
  return {
    /** Without any, all clients that reach the port may send operations. */
    methods: (values.AUTH ?? []).filter((method) => method !== 'none'),
    apiKeysFile: values.API_KEYS_FILE ?? null,
    jwt: isComplete ? { jwks, issuer, audience, workspacesClaim } : null,
  };
}

function toIdentity(values: Values) {
  const { PAI_OIDC_PROVIDER_ARN: oidcProviderArn, PAI_ROLE_MAP: roleMapFile } = values;
  const isCaller = values.PAI_IDENTITY === 'caller';
  if (!isCaller || oidcProviderArn === undefined || roleMapFile === undefined) {
    return { kind: 'service' } as const;
  }
  /** null: the endpoint of the region. */
  const stsEndpoint = values.PAI_STS_ENDPOINT ?? null;
  return { kind: 'caller', oidcProviderArn, roleMapFile, stsEndpoint } as const;
}

function toLimits(values: Values) {
  return {
    bodyBytes: values.LIMIT_BODY_KB * 1024,
    tokens: values.LIMIT_TOKENS,
    operations: values.LIMIT_OPERATIONS,
    depth: values.LIMIT_DEPTH,
    aliases: values.LIMIT_ALIASES,
    rootFields: values.LIMIT_ROOT_FIELDS,
    directives: values.LIMIT_DIRECTIVES,
    fields: values.LIMIT_FIELDS,
    repeats: values.LIMIT_REPEATS,
    ids: values.LIMIT_IDS,
    rows: values.LIMIT_ROWS,
    representations: values.LIMIT_REPRESENTATIONS,
    responseBytes: values.LIMIT_RESPONSE_MB * MB,
  };
}

const MB = 1024 * 1024;
/** The program itself, and the space that V8 reserves for new objects. */
const PROGRAM_BYTES = 64 * MB;
const LEAST_ROOM_BYTES = 8 * MB;
/** From this size on, a heap of 832 MB, each cache has its full share. */
const FULL_ROOM_BYTES = 768 * MB;

/**
 * The bytes that each cache in memory may take, proportional to the heap without the program; `cacheMaxMb` replaces
 * the share of the cache of PAI's answers.
 */
function memoryShares(heapLimitBytes: number, cacheMaxMb: number | undefined) {
  const room = Math.max(LEAST_ROOM_BYTES, heapLimitBytes - PROGRAM_BYTES);
  const part = Math.min(1, room / FULL_ROOM_BYTES);
  const shareOf = (fullMb: number) => Math.floor(fullMb * MB * part);
  return {
    cache: cacheMaxMb === undefined ? shareOf(128) : cacheMaxMb * MB,
    /** Whole responses to operations. */
    responses: shareOf(32),
    compiledOperations: shareOf(48),
    /** Parsed documents. */
    documents: shareOf(16),
    /** Texts that clients registered by their hash. */
    persistedQueries: shareOf(16),
    /** Verified tokens with their claims. */
    tokens: shareOf(8),
  };
}
