// The environment as one typed value, with all problems found together. It parses the environment that it is given.
import { getHeapStatistics } from 'node:v8';
import { type Environment, isGiven, readGiven } from './config/given.js';
import { memoryShares } from './config/memory-shares.js';
import { misspeltNames } from './config/misspelt.js';
import { contradictions, type Values } from './config/rules.js';
import type {
  AccessKey,
  AuthConfig,
  ChainRole,
  Config,
  IdentityConfig,
  LimitsConfig,
  PaiTarget,
  RedisConfig,
} from './config/types.js';
import { keysOfTheSandbox, settingsWithoutEffect } from './config/warnings.js';
import { LOOPBACK } from './settings/forms.js';
import { SETTINGS, type Setting } from './settings.js';

export type ParsedConfig = (
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly string[] }
) & {
  /** Settings that are doubtful but may be intended; where there are problems, possible causes of them. */
  readonly warnings: readonly string[];
};

/** Gives all problems together; an empty value counts as not set. Problems never repeat a value. */
export function parseConfig(
  env: Environment,
  heapLimitBytes = getHeapStatistics().heap_size_limit,
): ParsedConfig {
  const problems: string[] = [];
  const warnings: string[] = [];
  const entries = Object.entries<Setting>(SETTINGS).map(([name, { form, fallback }]) => {
    const given = readGiven(env, name);
    if (given.warning !== undefined) warnings.push(given.warning);
    if (given.problem !== undefined) {
      problems.push(given.problem);
      return [name, undefined];
    }
    const text = given.text ?? fallback;
    if (text === undefined) return [name, undefined];
    const parsed = form.safeParse(text);
    if (!parsed.success) problems.push(`${name} must be ${form.description}.`);
    return [name, parsed.data];
  });
  const values: Values = Object.fromEntries(entries);
  const isSet = (name: string) => isGiven(env, name);
  problems.push(...contradictions(isSet, values));
  warnings.push(...settingsWithoutEffect(isSet, values), ...keysOfTheSandbox(env, values));
  warnings.push(...misspeltNames(env));
  return problems.length > 0
    ? { ok: false, problems, warnings }
    : { ok: true, config: toConfig(values, heapLimitBytes), warnings };
}

function toConfig(values: Values, heapLimitBytes: number): Config {
  return {
    listen: { host: values.HOST, port: values.PORT, isLoopback: LOOPBACK.test(values.HOST) },
    maxConnections: values.MAX_CONNECTIONS,
    corsOrigins: values.CORS_ORIGINS ?? [],
    logLevel: values.LOG_LEVEL,
    playground: values.PLAYGROUND ?? values.NODE_ENV !== 'production',
    sandboxPort: values.SANDBOX_PORT,
    upstream: {
      target: hasTarget(values) ? toTarget(values) : null,
      timeoutMs: values.UPSTREAM_TIMEOUT_MS,
      concurrency: values.UPSTREAM_CONCURRENCY,
      ratePerSecond: values.UPSTREAM_RATE_PER_SECOND,
      rateWithoutRedis: values.UPSTREAM_RATE_WITHOUT_REDIS ?? values.UPSTREAM_RATE_PER_SECOND,
      pageSizeMax: values.UPSTREAM_PAGE_SIZE_MAX,
      isListBatching: values.UPSTREAM_LIST_BATCHING,
      callsPerOperation: values.UPSTREAM_CALLS_PER_OPERATION,
    },
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
    metricsPort: values.METRICS_PORT ?? null,
    relayNode: values.RELAY_NODE,
    answerMemo: values.ANSWER_MEMO,
    compiledExecution: values.COMPILED_EXECUTION,
    auth: toAuth(values),
    identity: toIdentity(values),
    operationsPerSecond: values.OPERATIONS_PER_SECOND ?? (isOpen(values) ? null : 500),
    trustedProxies: values.TRUSTED_PROXIES ?? [],
    trustedDocuments: {
      mode: values.TRUSTED_DOCUMENTS,
      file: values.TRUSTED_DOCUMENTS_FILE ?? null,
    },
    limits: toLimits(values),
  };
}

function toRedis(values: Values): RedisConfig | null {
  const url = values.REDIS_URL;
  if (url === undefined) return null;
  return {
    url,
    cacheTimeoutMs: values.REDIS_CACHE_TIMEOUT_MS,
    quotaTimeoutMs: values.REDIS_QUOTA_TIMEOUT_MS,
  };
}

function isOpen({ AUTH = ['none'] }: Values): boolean {
  return AUTH.includes('none');
}

function toAuth(values: Values): AuthConfig {
  const { JWT_JWKS: jwks, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = values;
  const isComplete = jwks !== undefined && issuer !== undefined && audience !== undefined;
  const workspacesClaim = values.JWT_WORKSPACES_CLAIM ?? null;
  return {
    methods: (values.AUTH ?? []).filter((method) => method !== 'none'),
    apiKeysFile: values.API_KEYS_FILE ?? null,
    jwt: isComplete ? { jwks, issuer, audience, workspacesClaim } : null,
  };
}

function toIdentity(values: Values): IdentityConfig {
  const { PAI_OIDC_PROVIDER_ARN: oidcProviderArn, PAI_ROLE_MAP: roleMapFile } = values;
  const isOwn = values.PAI_IDENTITY === 'caller';
  if (!isOwn || oidcProviderArn === undefined || roleMapFile === undefined) {
    return { kind: 'service' };
  }
  const stsEndpoint = values.PAI_STS_ENDPOINT ?? null;
  return { kind: 'caller', oidcProviderArn, roleMapFile, stsEndpoint };
}

function toLimits(values: Values): LimitsConfig {
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

function hasTarget(values: Values): boolean {
  return values.PAI_REGION !== undefined || values.PAI_ENDPOINT !== undefined;
}

function toTarget(values: Values): PaiTarget {
  return {
    region: values.PAI_REGION ?? null,
    network: values.PAI_NETWORK,
    endpoint: values.PAI_ENDPOINT ?? null,
    key: toKey(values),
    role: toRole(values),
  };
}

function toRole(values: Values): ChainRole | null {
  const { ALIBABA_CLOUD_ROLE_ARN: arn, ALIBABA_CLOUD_OIDC_TOKEN_FILE: tokenFile } = values;
  return arn === undefined ? null : { arn, isOidc: tokenFile !== undefined };
}

function toKey(values: Values): AccessKey | null {
  const accessKeyId = values.ALIBABA_CLOUD_ACCESS_KEY_ID;
  const accessKeySecret = values.ALIBABA_CLOUD_ACCESS_KEY_SECRET;
  const securityToken = values.ALIBABA_CLOUD_SECURITY_TOKEN;
  if (accessKeyId === undefined || accessKeySecret === undefined) return null;
  return { accessKeyId, accessKeySecret, ...(securityToken !== undefined && { securityToken }) };
}
