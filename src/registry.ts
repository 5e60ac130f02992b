// The lower half of the composition root: the parts from the catalog down to the transport.
import { randomUUID } from 'node:crypto';
import { createCache } from './cache/cache.js';
import type { Entry } from './cache/entry.js';
import { keepForMs } from './cache/freshness.js';
import { createMemoryStore } from './cache/memory-store.js';
import type { OnHit } from './cache/read-through.js';
import { createRedisStore } from './cache/redis-store.js';
import { createScope, type Scope, type ScopeParts } from './cache/scope.js';
import { type Catalog, createCatalog, type ScopeRequest } from './catalog/catalog.js';
import type { Config, RedisConfig } from './config/config.js';
import type { IsCurrent } from './domain/call.js';
import { type Clock, dateOf } from './domain/clock.js';
import type { CredentialSource } from './domain/credentials.js';
import type { Report, UpstreamOperation } from './domain/events.js';
import { describeRedis } from './domain/redis-state.js';
import { createPaiClient } from './pai/client.js';
import { createPaiClock, type PaiClock } from './pai/clock-skew.js';
import { stsEndpoint } from './pai/endpoint.js';
import { credentialIdentity } from './pai/identity.js';
import { createPolicy } from './pai/policy.js';
import { createQuota } from './pai/quota/quota.js';
import { createSharedStartWindow } from './pai/quota/shared-start-window.js';
import { createStartWindow } from './pai/quota/start-window.js';
import { type CallerCredentials, createCallerCredentials } from './pai/sts/caller-credentials.js';
import type { CallerToken } from './pai/sts/token-exchange.js';
import { createTransport } from './pai/transport.js';
import type { Redis } from './redis/redis.js';
import type { Startup } from './startup.js';
import { chooseUpstream, type Upstream } from './upstream.js';

export interface Registry {
  readonly catalog: Catalog;
  readonly isCurrent: IsCurrent;
  readonly source: string;
  /** The keys of a caller's own role, from STS. */
  readonly keysOf: (caller: CallerToken) => CredentialSource;
  /** The last known state of each part; it sends no request. */
  readiness(): Readonly<Record<string, string>>;
}

/** The second in which PAI counts, plus the possible difference between our clock and PAI's. */
const WINDOW_MS = 1050;
/** The time after which starts that a replica reserved but did not make before it died are free for others. */
const MAX_LEASE_MS = 10_000;

export async function startRegistry(config: Config, parts: RegistryParts): Promise<Registry> {
  const { redis, report, clock, startup } = parts;
  const { monotonic: now } = clock;
  const upstream = await startup.start(
    () => chooseUpstream(config.upstream.target, { ...clock, report }),
    (chosen) => chosen.close(),
  );
  const { baseUrl, region, credentials } = upstream;

  const quota = createUpstreamQuota(config, upstream, parts);
  const policy = createPolicy({ quota, report, now, random: Math.random });
  const paiClock = createPaiClock({ baseUrl, clock, report });
  const transport = await startup.start(
    () => openTransport(config, upstream, paiClock),
    (opened) => opened.close(),
  );
  const sts = await startup.start(
    () => startSts(config, upstream, { report, clock: { ...clock, now: paiClock.now } }),
    (started) => started.close(),
  );
  const source = config.identity.kind === 'caller' ? sts : credentials;
  const client = createPaiClient({ transport, credentials, clock: paiClock, policy, report, now });

  const { namespace, ...limits } = config.cache;
  const keep = (entry: Entry<unknown>) => keepForMs(entry, now(), limits);
  const memory = createMemoryStore({ maxBytes: config.memory.cache, keepForMs: keep });
  const shared = redis && createRedisStore({ redis: redis.cache, keepForMs: keep, clock });
  const catalog = createCatalog({
    client,
    cache: createCache(memory, shared),
    scopeOf: scopesOf({ namespace, region, endpoint: baseUrl }, credentials),
    limits,
    region,
    report,
    now,
    onHit: parts.onHit,
    dateOf: (moment) => dateOf(moment, clock),
    revalidationTimeoutMs: config.requestTimeoutMs,
    pageSizeMax: config.upstream.pageSizeMax,
    isListBatching: config.upstream.isListBatching,
    quotaLeft: (operation, { caller }) => quota.left(operation, caller),
    leastWaitMs: (operation, { caller }, count) => quota.leastWaitMs(operation, caller, count),
  });

  return {
    catalog,
    isCurrent: memory.isCurrent,
    source: upstream.source,
    keysOf: (caller) => sts.sourceFor(caller),
    readiness: () => ({
      identity: config.identity.kind,
      credentials: source.status(),
      clock: paiClock.status(),
      redis: redis === null ? 'off' : healthOf(redis),
      cacheIsolation: limits.ttlMs === 0 ? 'no cache' : isolationOf(config),
    }),
  };
}

/** The Redis client is loaded only where it is used: reading code is most of the cost of a start. */
export async function startRedis(
  config: RedisConfig | null,
  { report, clock, startup }: Pick<RegistryParts, 'report' | 'clock' | 'startup'>,
): Promise<Redis | null> {
  if (config === null) return null;
  const { openRedis } = await import('./redis/redis.js');
  const redis = await startup.start(
    () => openRedis({ ...config, report, monotonic: clock.monotonic }),
    (opened) => opened.close(),
  );
  // Until it is known whether Redis works, the starts of the other replicas are not known.
  await redis.known;
  return redis;
}

export interface RegistryParts {
  readonly redis: Redis | null;
  readonly report: Report;
  readonly clock: Clock;
  readonly startup: Startup;
  /** Called for each fresh entry of the cache that a read serves. */
  readonly onHit?: OnHit;
}

function openTransport(
  { upstream: { timeoutMs, concurrency: maxSockets } }: Config,
  { baseUrl, credentials }: Upstream,
  clock: PaiClock,
) {
  const now = () => new Date(clock.now());
  return createTransport({ baseUrl, credentials, timeoutMs, maxSockets, now });
}

function createUpstreamQuota(
  { upstream, requestTimeoutMs }: Config,
  { baseUrl, account }: Upstream,
  { redis, report, clock: { monotonic } }: Omit<RegistryParts, 'startup'>,
) {
  const { ratePerSecond, rateWithoutRedis, concurrency, timeoutMs } = upstream;
  const windowFor = (operation: UpstreamOperation, own: string | null) => {
    const local = createStartWindow(ratePerSecond, monotonic, WINDOW_MS);
    if (redis === null) return local;
    return createSharedStartWindow({
      redis: redis.quota,
      name: `${baseUrl}:${own ?? account}:${operation}`,
      ratePerSecond,
      rateAlone: rateWithoutRedis,
      local,
      unique: randomUUID,
      windowMs: WINDOW_MS,
      // An attempt that leaves after this time is counted when it leaves.
      leaseMs: Math.min(timeoutMs, MAX_LEASE_MS),
      monotonic,
    });
  };
  return createQuota({
    ratePerSecond,
    concurrency,
    // A call further back in the queue would only wait until its deadline.
    queueLimit: Math.max(100, Math.ceil((ratePerSecond * requestTimeoutMs) / 1000)),
    windowFor,
    monotonic,
    onWaited: (operation, ms) => report({ type: 'quota_wait', operation, ms }),
  });
}

/** The scope of a caller: the service's keys or their role, or the caller's own access. */
function scopesOf(place: Omit<ScopeParts, 'identity' | 'view'>, service: CredentialSource) {
  return async ({ caller: { own, view }, requestId }: ScopeRequest): Promise<Scope> => {
    // The keys come first, so that a refusal of STS does not count as a failed attempt at PAI.
    const keys = await (own?.credentials ?? service).get(requestId);
    // A caller's keys are not part of it: they change every hour, and the view identifies the caller.
    const identity = own === null ? credentialIdentity(keys) : 'own';
    return createScope({ ...place, identity, view });
  };
}

function isolationOf({ identity, auth }: Config): string {
  if (identity.kind === 'caller') return 'per caller';
  return auth.methods.length === 0 ? 'per scope' : 'per workspaces';
}

/** Sends no request before a caller comes. */
function startSts(
  { identity, upstream: { target, timeoutMs } }: Config,
  { baseUrl }: Upstream,
  { report, clock }: Pick<RegistryParts, 'report' | 'clock'>,
): CallerCredentials {
  const own = identity.kind === 'caller' ? identity : null;
  const isRegional = target.kind === 'pai' && target.region !== null;
  const regional = isRegional ? stsEndpoint(target.region, target.network) : baseUrl;
  return createCallerCredentials({
    stsEndpoint: own?.stsEndpoint ?? regional,
    oidcProviderArn: own?.oidcProviderArn ?? '',
    timeoutMs,
    ...clock,
    report,
  });
}

function healthOf(redis: Redis): string {
  const state = redis.state();
  return state.kind === 'up' ? 'ok' : describeRedis(state);
}
