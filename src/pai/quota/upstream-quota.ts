// The quota of the account's calls to PAI: one window of starts for each operation and account, which replicas share
// where Redis is used.
import { randomUUID } from 'node:crypto';
import type { Report, UpstreamOperation } from '../../domain/events.js';
import type { RedisConnection } from '../../redis/connection.js';
import { createQuota, type Quota } from './quota.js';
import { createSharedStartWindow } from './shared-start-window.js';
import { createStartWindow, type StartWindow } from './start-window.js';

/** The second in which PAI counts, plus the possible difference between our clock and PAI's. */
const WINDOW_MS = 1050;
/** The time after which starts that a replica reserved but did not make before it died are free for others. */
const MAX_LEASE_MS = 10_000;
const LEAST_QUEUE = 100;

export interface UpstreamQuotaOptions {
  readonly baseUrl: string;
  /** The account of the service's keys. */
  readonly account: string;
  readonly ratePerSecond: number;
  /** The share of the rate that this replica takes while Redis does not work. */
  readonly rateWithoutRedis: number;
  readonly concurrency: number;
  /** Limits one attempt. */
  readonly timeoutMs: number;
  readonly requestTimeoutMs: number;
  /** null: this process counts alone. */
  readonly redis: RedisConnection | null;
  readonly report: Report;
  readonly monotonic: () => number;
}

export function createUpstreamQuota(options: UpstreamQuotaOptions): Quota {
  const { ratePerSecond, concurrency, requestTimeoutMs, report, monotonic } = options;
  return createQuota({
    ratePerSecond,
    concurrency,
    // A call further back in the queue would only wait until its deadline.
    queueLimit: Math.max(LEAST_QUEUE, Math.ceil((ratePerSecond * requestTimeoutMs) / 1000)),
    windowFor: (operation, account) => openWindow(options, operation, account),
    monotonic,
    onWaited: (operation, ms) => report({ type: 'quota_wait', operation, ms }),
  });
}

function openWindow(
  options: UpstreamQuotaOptions,
  operation: UpstreamOperation,
  callersAccount: string | null,
): StartWindow {
  const { baseUrl, account, ratePerSecond, redis, timeoutMs, monotonic } = options;
  const local = createStartWindow(ratePerSecond, monotonic, WINDOW_MS);
  if (redis === null) return local;
  return createSharedStartWindow({
    redis,
    name: `${baseUrl}:${callersAccount ?? account}:${operation}`,
    ratePerSecond,
    rateAlone: options.rateWithoutRedis,
    local,
    unique: randomUUID,
    windowMs: WINDOW_MS,
    // An attempt that leaves after this time is counted when it leaves.
    leaseMs: Math.min(timeoutMs, MAX_LEASE_MS),
    monotonic,
  });
}
