// The lower half of the composition root: everything between the catalog and the wire.
import { randomUUID } from 'node:crypto';
import { keepForMs } from './cache/freshness.js';
import { createMemoryTier } from './cache/memory-tier.js';
import { createRedisTier } from './cache/redis-tier.js';
import type { ScopeParts } from './cache/scope.js';
import { type Catalog, createCatalog } from './catalog/catalog.js';
import type { Config } from './config/types.js';
import type { Caller } from './domain/caller.js';
import type { CredentialSource, Credentials } from './domain/credentials.js';
import type { Report, UpstreamOperation } from './domain/events.js';
import { whenThere } from './domain/maybe-promise.js';
import { createPaiClient } from './pai/client.js';
import { stsEndpoint } from './pai/endpoint.js';
import { credentialIdentity } from './pai/identity.js';
import { createPolicy } from './pai/policy.js';
import { createQuota } from './pai/quota/quota.js';
import { createSharedStartWindow } from './pai/quota/shared-start-window.js';
import { createStartWindow } from './pai/quota/start-window.js';
import { type CallerCredentials, createCallerCredentials } from './pai/sts/caller-credentials.js';
import type { CallerToken } from './pai/sts/token-exchange.js';
import { createTransport } from './pai/transport.js';
import type { RedisConnection } from './redis/connection.js';
import type { Startup } from './startup.js';
import { chooseUpstream, type Upstream } from './upstream.js';

export interface Registry {
  readonly catalog: Catalog;
  readonly source: string;
  /** The keys of a caller's own role, from STS. */
  readonly keysOf: (caller: CallerToken) => CredentialSource;
  /** The last known state of each part; nothing is asked for it. */
  readiness(): Readonly<Record<string, string>>;
}

/** PAI's second, and what may lie between the clock that we count by and PAI's. */
const WINDOW_MS = 1050;

export async function startRegistry(
  config: Config,
  { redis, report, now, startup }: RegistryParts,
): Promise<Registry> {
  const upstream = await startup.start(
    () => chooseUpstream(config.upstream.target),
    (chosen) => chosen.close(),
  );
  const { baseUrl, region, credentials } = upstream;

  const quota = createUpstreamQuota(config, upstream, { redis, report, now });
  const policy = createPolicy({ quota, report, now, random: Math.random });
  const { timeoutMs, concurrency: maxSockets } = config.upstream;
  const transport = await startup.start(
    () => createTransport({ baseUrl, credentials, timeoutMs, maxSockets }),
    (opened) => opened.close(),
  );
  const sts = await startup.start(
    () => startSts(config, upstream, { report, now }),
    (started) => started.close(),
  );
  const client = createPaiClient({ transport, credentials, policy, report, now });

  const accessOf = accessesOf({ region, endpoint: baseUrl }, credentials);
  const { maxBytes, ...windows } = config.cache;
  const keep = (entry: Parameters<typeof keepForMs>[0]) => keepForMs(entry, now(), windows);
  const catalog = createCatalog({
    client,
    tiers: {
      first: createMemoryTier({ maxBytes, keepForMs: keep }),
      second: redis && createRedisTier({ redis, keepForMs: keep }),
    },
    access: ({ caller }) => accessOf(caller),
    windows,
    region,
    report,
    now,
    refreshTimeoutMs: config.requestTimeoutMs,
    pageSizeMax: config.upstream.pageSizeMax,
    isListBatching: config.upstream.isListBatching,
    quotaLeft: (operation, { caller }) => quota.left(operation, caller),
  });

  return {
    catalog,
    source: upstream.source,
    keysOf: (caller) => sts.sourceFor(caller),
    readiness: () => ({
      identity: config.identity.kind,
      credentials: (config.identity.kind === 'caller' ? sts : credentials).status(),
      redis: redis === null ? 'off' : redis.isUp() ? 'ok' : 'down',
      cacheIsolation: windows.ttlMs === 0 ? 'no cache' : isolationOf(config),
    }),
  };
}

/** Its client is loaded only where it is used: most of what a start costs is code that is read. */
export async function startRedis(url: string | null, parts: Omit<RegistryParts, 'redis'>) {
  if (url === null) return null;
  const { connectRedis } = await import('./redis/connection.js');
  const connect = () => connectRedis(url, parts.report, parts.now);
  return parts.startup.start(connect, (connection) => connection.close());
}

export interface RegistryParts {
  readonly redis: RedisConnection | null;
  readonly report: Report;
  readonly now: () => number;
  readonly startup: Startup;
}

function createUpstreamQuota(
  { upstream: { ratePerSecond, concurrency }, requestTimeoutMs }: Config,
  { baseUrl, account }: Upstream,
  { redis, report, now }: Omit<RegistryParts, 'startup'>,
) {
  const windowFor = (operation: UpstreamOperation, own: string | null) => {
    const local = createStartWindow(ratePerSecond, now, WINDOW_MS);
    const name = `${baseUrl}:${own ?? account}:${operation}`;
    return redis === null
      ? local
      : createSharedStartWindow({
          redis,
          name,
          ratePerSecond,
          local,
          unique: randomUUID,
          windowMs: WINDOW_MS,
        });
  };
  return createQuota({
    ratePerSecond,
    concurrency,
    // Whoever is further behind would only wait for its deadline.
    queueLimit: Math.max(100, Math.ceil((ratePerSecond * requestTimeoutMs) / 1000)),
    windowFor,
    now,
    onWaited: (operation, ms) => report({ type: 'quota_wait', operation, ms }),
  });
}

/** Whose access it is, one object for each set of keys, by which the catalog knows it again. */
function accessesOf(place: Pick<ScopeParts, 'region' | 'endpoint'>, service: CredentialSource) {
  const known = new WeakMap<Credentials, Omit<ScopeParts, 'view'>>();
  // Never the keys of a caller: they change every hour, and the view tells whose they are.
  const ofCallers = { ...place, identity: 'own' };
  const ofService = (keys: Credentials) => {
    const access = known.get(keys) ?? { ...place, identity: credentialIdentity(keys) };
    known.set(keys, access);
    return access;
  };
  return ({ own }: Caller) =>
    own === null
      ? whenThere(service.get(), ofService)
      : // Only then, so that a refusal of STS is no failed attempt at PAI.
        whenThere(own.credentials.get(), () => ofCallers);
}

function isolationOf({ identity, auth }: Config): string {
  if (identity.kind === 'caller') return 'per caller';
  return auth.methods.length === 0 ? 'per scope' : 'per workspaces';
}

/** Asks nobody before a caller comes. */
function startSts(
  { identity, upstream: { target, timeoutMs } }: Config,
  { baseUrl }: Upstream,
  { report, now }: Pick<RegistryParts, 'report' | 'now'>,
): CallerCredentials {
  const region = target?.region ?? null;
  const own = identity.kind === 'caller' ? identity : null;
  const regional = region === null ? baseUrl : stsEndpoint(region, target?.network ?? 'public');
  return createCallerCredentials({
    stsEndpoint: own?.stsEndpoint ?? regional,
    oidcProviderArn: own?.oidcProviderArn ?? '',
    timeoutMs,
    now,
    report,
  });
}
