// The values that the settings give to the parts of the program: each part gets its slice and nothing more.
import { LOOPBACK } from './forms.js';
import { memoryShares } from './memory-shares.js';
import type { Values } from './rules.js';

export type Config = Readonly<ReturnType<typeof toConfig>>;

/** null: the feature is off, or the setting has no value. */
export function toConfig(values: Values, heapLimitBytes: number) {
  return {
    listen: { host: values.HOST, port: values.PORT, isLoopback: LOOPBACK.test(values.HOST) },
    maxConnections: values.MAX_CONNECTIONS,
    corsOrigins: values.CORS_ORIGINS ?? [],
    logLevel: values.LOG_LEVEL,
    playground: values.PLAYGROUND ?? values.NODE_ENV !== 'production',
    sandboxPort: values.SANDBOX_PORT,
    upstream: toUpstream(values),
    requestTimeoutMs: values.REQUEST_TIMEOUT_MS,
    cache: {
      namespace: values.CACHE_NAMESPACE ?? null,
      ttlMs: values.CACHE_TTL_SECONDS * 1000,
      revalidateMs: values.CACHE_REVALIDATE_SECONDS * 1000,
      staleMs: values.CACHE_STALE_SECONDS * 1000,
      missingMs: values.CACHE_MISSING_SECONDS * 1000,
    },
    memory: memoryShares(heapLimitBytes, values.CACHE_MAX_MB),
    redis: toRedis(values),
    /** null: the metrics are on the main port. */
    metricsPort: values.METRICS_PORT ?? null,
    relayNode: values.RELAY_NODE,
    responseCache: values.RESPONSE_CACHE,
    compiledOperations: values.COMPILED_OPERATIONS,
    auth: toAuth(values),
    identity: toIdentity(values),
    operationsPerSecond: values.OPERATIONS_PER_SECOND ?? defaultOperationsPerSecond(values),
    /** Addresses, or ranges as `address/prefix`. */
    trustedProxies: values.TRUSTED_PROXIES ?? [],
    trustedDocuments: {
      mode: values.TRUSTED_DOCUMENTS,
      file: values.TRUSTED_DOCUMENTS_FILE ?? null,
    },
    limits: toLimits(values),
  };
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

export interface PaiTarget {
  readonly kind: 'pai';
  readonly region: string | null;
  readonly network: 'public' | 'vpc';
  readonly endpoint: string | null;
  /** null: the standard credential chain. */
  readonly key: AccessKey | null;
  /** The role of the keys that the chain gives; null: not known. */
  readonly role: ChainRole | null;
}

export type Target = { readonly kind: 'sandbox' } | PaiTarget;

interface AccessKey {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
}

interface ChainRole {
  readonly arn: string;
  /** True: an OIDC token is exchanged for the keys of the role. */
  readonly isOidc: boolean;
}

function toTarget(values: Values): Target {
  const { PAI_REGION: region = null, PAI_ENDPOINT: endpoint = null } = values;
  if (region === null && endpoint === null) return { kind: 'sandbox' };
  return {
    kind: 'pai',
    region,
    network: values.PAI_NETWORK,
    endpoint,
    key: toKey(values),
    role: toRole(values),
  };
}

function toKey(values: Values): AccessKey | null {
  const accessKeyId = values.ALIBABA_CLOUD_ACCESS_KEY_ID;
  const accessKeySecret = values.ALIBABA_CLOUD_ACCESS_KEY_SECRET;
  const securityToken = values.ALIBABA_CLOUD_SECURITY_TOKEN;
  if (accessKeyId === undefined || accessKeySecret === undefined) return null;
  return { accessKeyId, accessKeySecret, ...(securityToken !== undefined && { securityToken }) };
}

function toRole(values: Values): ChainRole | null {
  const { ALIBABA_CLOUD_ROLE_ARN: arn, ALIBABA_CLOUD_OIDC_TOKEN_FILE: tokenFile } = values;
  return arn === undefined ? null : { arn, isOidc: tokenFile !== undefined };
}

export interface RedisConfig {
  readonly url: string;
  readonly cacheTimeoutMs: number;
  readonly quotaTimeoutMs: number;
}

function toRedis(values: Values): RedisConfig | null {
  if (values.REDIS_URL === undefined) return null;
  return {
    url: values.REDIS_URL,
    cacheTimeoutMs: values.REDIS_CACHE_TIMEOUT_MS,
    quotaTimeoutMs: values.REDIS_QUOTA_TIMEOUT_MS,
  };
}

function defaultOperationsPerSecond({ AUTH = ['none'] }: Values): number | null {
  return AUTH.includes('none') ? null : 500;
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

export type Identity =
  | { readonly kind: 'service' }
  | {
      readonly kind: 'caller';
      readonly oidcProviderArn: string;
      readonly roleMapFile: string;
      /** null: the endpoint of the region. */
      readonly stsEndpoint: string | null;
    };

function toIdentity(values: Values): Identity {
  const { PAI_OIDC_PROVIDER_ARN: oidcProviderArn, PAI_ROLE_MAP: roleMapFile } = values;
  const isCaller = values.PAI_IDENTITY === 'caller';
  if (!isCaller || oidcProviderArn === undefined || roleMapFile === undefined) {
    return { kind: 'service' };
  }
  const stsEndpoint = values.PAI_STS_ENDPOINT ?? null;
  return { kind: 'caller', oidcProviderArn, roleMapFile, stsEndpoint };
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
    responseBytes: values.LIMIT_RESPONSE_MB * 1024 * 1024,
  };
}
