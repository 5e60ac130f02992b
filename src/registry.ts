// The lower half of the composition root: everything between the catalog and the wire.
import { randomUUID } from 'node:crypto';
import { keepForMs } from './cache/freshness.js';
import { createMemoryTier } from './cache/memory-tier.js';
import { createRedisTier } from './cache/redis-tier.js';
import { type Catalog, createCatalog } from './catalog/catalog.js';
import type { Config } from './config.js';
import type { Report, UpstreamOperation } from './domain/events.js';
import { createPaiClient } from './pai/client.js';
import { credentialIdentity } from './pai/identity.js';
import { createPolicy } from './pai/policy.js';
import { createQuota } from './pai/quota/quota.js';
import { createSharedStartWindow } from './pai/quota/shared-start-window.js';
import { createStartWindow } from './pai/quota/start-window.js';
import { createTransport } from './pai/transport.js';
import { connectRedis, type RedisConnection } from './redis/connection.js';
import { chooseUpstream, type Upstream } from './upstream.js';

export interface Registry {
  readonly catalog: Catalog;
  readonly source: string;
  /** The last known state of each part; nothing is asked for it. */
  readiness(): Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** PAI's second, and what may lie between the clock that we count by and PAI's. */
const WINDOW_MS = 1050;

export async function startRegistry(
  config: Config,
  report: Report,
  now: () => number,
): Promise<Registry> {
  const upstream = await chooseUpstream(config.upstream.target);
  const { baseUrl, region, credentials } = upstream;
  const redis = config.redisUrl === null ? null : connectRedis(config.redisUrl, report, now);

  const quota = createUpstreamQuota(config, upstream, { redis, report, now });
  const policy = createPolicy({ quota, report, now, random: Math.random });
  const transport = createTransport({
    baseUrl,
    credentials,
    timeoutMs: config.upstream.timeoutMs,
    maxSockets: config.upstream.concurrency,
  });
  const client = createPaiClient({ transport, credentials, policy, report, now });

  const { maxBytes, ...windows } = config.cache;
  const keep = (entry: Parameters<typeof keepForMs>[0]) => keepForMs(entry, now(), windows);
  const catalog = createCatalog({
    client,
    tiers: {
      first: createMemoryTier({ maxBytes, keepForMs: keep }),
      second: redis && createRedisTier({ redis, keepForMs: keep }),
    },
    access: async () => ({
      region,
      endpoint: baseUrl,
      identity: credentialIdentity(await credentials.get()),
    }),
    windows,
    region,
    report,
    now,
    refreshTimeoutMs: config.requestTimeoutMs,
    pageSizeMax: config.upstream.pageSizeMax,
    isListBatching: config.upstream.isListBatching,
    quotaLeft: quota.left,
  });

  return {
    catalog,
    source: upstream.source,
    readiness: () => ({
      credentials: credentials.status(),
      redis: redis === null ? 'off' : redis.isUp() ? 'ok' : 'down',
      cacheIsolation: windows.ttlMs === 0 ? 'no cache' : 'per scope',
    }),
    async close() {
      transport.close();
      redis?.close();
      await upstream.close();
    },
  };
}

interface QuotaParts {
  readonly redis: RedisConnection | null;
  readonly report: Report;
  readonly now: () => number;
}

function createUpstreamQuota(
  { upstream: { ratePerSecond, concurrency }, requestTimeoutMs }: Config,
  { baseUrl, account }: Upstream,
  { redis, report, now }: QuotaParts,
) {
  const windowFor = (operation: UpstreamOperation) => {
    const local = createStartWindow(ratePerSecond, now, WINDOW_MS);
    const name = `${baseUrl}:${account}:${operation}`;
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
