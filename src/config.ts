// The environment as one typed value, with all problems found together. It parses what it is given.
import type { z } from 'zod';
import { type LOG_LEVELS, LOOPBACK, SETTINGS, type Setting } from './settings.js';

type Settings = typeof SETTINGS;
type Values = {
  [Name in keyof Settings]:
    | z.output<Settings[Name]['form']>
    | (Settings[Name] extends { fallback: string } ? never : undefined);
};

export interface Config {
  readonly listen: { readonly host: string; readonly port: number; readonly isLoopback: boolean };
  readonly corsOrigins: readonly string[];
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly playground: boolean;
  readonly sandboxPort: number;
  readonly upstream: UpstreamConfig;
  readonly requestTimeoutMs: number;
  readonly cache: CacheConfig;
  readonly redisUrl: string | null;
  /** null: beside the rest. */
  readonly metricsPort: number | null;
  readonly relayNode: boolean;
}

export interface CacheConfig {
  readonly ttlMs: number;
  readonly revalidateMs: number;
  readonly staleMs: number;
  readonly missingMs: number;
  readonly maxBytes: number;
}

export interface UpstreamConfig {
  /** null: the embedded sandbox. */
  readonly target: PaiTarget | null;
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly ratePerSecond: number;
  readonly pageSizeMax: number;
  readonly isListBatching: boolean;
  /** What one operation may cost. */
  readonly callsPerOperation: number;
}

export interface PaiTarget {
  readonly region: string | null;
  readonly network: 'public' | 'vpc';
  readonly endpoint: string | null;
  /** null: the standard credential chain. */
  readonly key: AccessKey | null;
}

export interface AccessKey {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
}

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly string[] };

/** All problems together; an empty value counts as not set. Values are never echoed. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): ParsedConfig {
  const problems: string[] = [];
  const entries = Object.entries<Setting>(SETTINGS).map(([name, { form, fallback }]) => {
    const given = env[name]?.trim() || fallback;
    if (given === undefined) return [name, undefined];
    const parsed = form.safeParse(given);
    if (!parsed.success) problems.push(`${name} must be ${form.description}.`);
    return [name, parsed.data];
  });
  const values: Values = Object.fromEntries(entries);
  problems.push(...contradictions((name) => Boolean(env[name]?.trim()), values));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config: toConfig(values) };
}

/** By what is given, not by what could be read of it, so that one problem does not hide another. */
function contradictions(isGiven: (name: keyof Settings) => boolean, values: Values): string[] {
  const isPai = isGiven('PAI_REGION') || isGiven('PAI_ENDPOINT');
  const hasId = isGiven('ALIBABA_CLOUD_ACCESS_KEY_ID');
  const hasSecret = isGiven('ALIBABA_CLOUD_ACCESS_KEY_SECRET');
  const rules: [boolean, string][] = [
    [
      !isPai && values.NODE_ENV === 'production' && values.SANDBOX !== true,
      'PAI_REGION or PAI_ENDPOINT must be set in production; SANDBOX=true serves sample models.',
    ],
    [isPai && values.SANDBOX === true, 'SANDBOX=true contradicts PAI_REGION and PAI_ENDPOINT.'],
    [
      isPai && hasId !== hasSecret,
      'ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET must be set together.',
    ],
    [
      isPai && isGiven('ALIBABA_CLOUD_SECURITY_TOKEN') && !hasId,
      'ALIBABA_CLOUD_SECURITY_TOKEN needs ALIBABA_CLOUD_ACCESS_KEY_ID.',
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, problem]) => problem);
}

function toConfig(values: Values): Config {
  return {
    listen: { host: values.HOST, port: values.PORT, isLoopback: LOOPBACK.test(values.HOST) },
    corsOrigins: values.CORS_ORIGINS ?? [],
    logLevel: values.LOG_LEVEL,
    playground: values.PLAYGROUND ?? values.NODE_ENV !== 'production',
    sandboxPort: values.SANDBOX_PORT,
    upstream: {
      target: hasTarget(values) ? toTarget(values) : null,
      timeoutMs: values.UPSTREAM_TIMEOUT_MS,
      concurrency: values.UPSTREAM_CONCURRENCY,
      ratePerSecond: values.UPSTREAM_RATE_PER_SECOND,
      pageSizeMax: values.UPSTREAM_PAGE_SIZE_MAX,
      isListBatching: values.UPSTREAM_LIST_BATCHING,
      callsPerOperation: values.UPSTREAM_CALLS_PER_OPERATION,
    },
    requestTimeoutMs: values.REQUEST_TIMEOUT_MS,
    cache: {
      ttlMs: values.CACHE_TTL_SECONDS * 1000,
      revalidateMs: values.CACHE_REVALIDATE_SECONDS * 1000,
      staleMs: values.CACHE_STALE_SECONDS * 1000,
      missingMs: values.CACHE_MISSING_SECONDS * 1000,
      maxBytes: values.CACHE_MAX_MB * 1024 * 1024,
    },
    redisUrl: values.REDIS_URL ?? null,
    metricsPort: values.METRICS_PORT ?? null,
    relayNode: values.RELAY_NODE,
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
  };
}

function toKey(values: Values): AccessKey | null {
  const accessKeyId = values.ALIBABA_CLOUD_ACCESS_KEY_ID;
  const accessKeySecret = values.ALIBABA_CLOUD_ACCESS_KEY_SECRET;
  const securityToken = values.ALIBABA_CLOUD_SECURITY_TOKEN;
  if (accessKeyId === undefined || accessKeySecret === undefined) return null;
  return { accessKeyId, accessKeySecret, ...(securityToken !== undefined && { securityToken }) };
}
