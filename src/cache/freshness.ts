// Decides by its age whether a cache entry may be served, in the words of RFC 5861, and how long a store keeps it. Pure.
import type { RequestCacheControl } from '../domain/call.js';
import type { Entry } from './entry.js';

export interface FreshnessLimits {
  /** How long an entry is fresh; 0 turns caching off. */
  readonly ttlMs: number;
  /** How long after that it is served while it is revalidated in the background. */
  readonly revalidateMs: number;
  /** How long after it was fresh it is served when PAI fails; the bound of all staleness. */
  readonly staleMs: number;
  /** How long a negative entry is fresh. */
  readonly missingMs: number;
}

export type Freshness =
  /** Serve it. */
  | 'fresh'
  /** Serve it, and revalidate it in the background. */
  | 'stale-while-revalidate'
  /** Fetch, and serve it when the fetch fails. */
  | 'stale-if-error'
  /** Fetch. */
  | 'miss';

export function freshnessOf(
  entry: Entry<unknown> | undefined,
  now: number,
  limits: FreshnessLimits,
  cacheControl: RequestCacheControl,
): Freshness {
  if (entry === undefined || entry.isTombstone) return 'miss';
  if (cacheControl.noCache || limits.ttlMs === 0) return 'miss';
  const staleForMs = -freshForMs(entry, now, limits);
  if (staleForMs < 0) return 'fresh';
  if (entry.value === null) return 'miss';
  const { revalidateMs, staleMs } = staleLimits(limits, cacheControl);
  if (staleForMs < revalidateMs) return 'stale-while-revalidate';
  return staleForMs < staleMs ? 'stale-if-error' : 'miss';
}

/** The staleness that a caller allows replaces both limits, within the time that entries are kept at all. */
function staleLimits(
  { revalidateMs, staleMs }: FreshnessLimits,
  { maxStaleSeconds }: RequestCacheControl,
) {
  if (maxStaleSeconds === null) return { revalidateMs: Math.min(revalidateMs, staleMs), staleMs };
  const allowedMs = Math.min(maxStaleSeconds * 1000, staleMs);
  return { revalidateMs: allowedMs, staleMs: allowedMs };
}

/** Negative once it is stale. */
export function freshForMs(
  { value, fetchedAt }: Entry<unknown>,
  now: number,
  limits: FreshnessLimits,
): number {
  const ttlMs = value === null ? Math.min(limits.missingMs, limits.ttlMs) : limits.ttlMs;
  return fetchedAt + ttlMs - now;
}

/**
 * How long a store keeps an entry; not at all where caching is off. A negative entry outlives its freshness: it says that
 * older entries are wrong.
 */
export function keepForMs(
  { fetchedAt }: Entry<unknown>,
  now: number,
  { ttlMs, staleMs }: FreshnessLimits,
): number {
  return ttlMs === 0 ? 0 : fetchedAt + ttlMs + staleMs - now;
}
