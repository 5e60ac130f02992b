// How old an answer may be: the windows of an entry, and the action that each asks for. Pure.
import type { RequestCacheControl } from '../domain/call.js';
import type { Entry } from './entry.js';

export interface Windows {
  /** How long an entry is fresh; 0 turns caching off. */
  readonly ttlMs: number;
  /** How long after that it is served stale while it is refreshed in the background. */
  readonly revalidateMs: number;
  /** How long after it was fresh it is served when PAI fails; the bound of all staleness. */
  readonly staleMs: number;
  /** How long an absence is remembered. */
  readonly missingMs: number;
}

export type Verdict =
  /** Serve it. */
  | 'fresh'
  /** Serve it, and refresh it in the background. */
  | 'revalidate'
  /** Ask PAI, and serve it should PAI fail. */
  | 'fallback'
  /** Ask PAI. */
  | 'miss';

export function judgeEntry(
  entry: Entry<unknown> | undefined,
  now: number,
  windows: Windows,
  cacheControl: RequestCacheControl,
): Verdict {
  if (entry === undefined || entry.isTombstone) return 'miss';
  if (cacheControl.noCache || windows.ttlMs === 0) return 'miss';
  const pastFreshMs = -freshForMs(entry, now, windows);
  if (pastFreshMs < 0) return 'fresh';
  if (entry.value === null) return 'miss';
  const { revalidateMs, staleMs } = staleWindows(windows, cacheControl);
  if (pastFreshMs < revalidateMs) return 'revalidate';
  return pastFreshMs < staleMs ? 'fallback' : 'miss';
}

/** The staleness that a caller allows replaces both windows, within the time that entries are kept at all. */
function staleWindows(windows: Windows, { maxStaleSeconds }: RequestCacheControl) {
  const { staleMs } = windows;
  const wishedMs = maxStaleSeconds === null ? null : Math.min(maxStaleSeconds * 1000, staleMs);
  return {
    revalidateMs: wishedMs ?? Math.min(windows.revalidateMs, staleMs),
    staleMs: wishedMs ?? staleMs,
  };
}

/** Negative once it is stale. */
export function freshForMs(
  { value, fetchedAt }: Entry<unknown>,
  now: number,
  windows: Windows,
): number {
  const ttlMs = value === null ? Math.min(windows.missingMs, windows.ttlMs) : windows.ttlMs;
  return fetchedAt + ttlMs - now;
}

/**
 * How long an entry is of use. An absence is of use past its own freshness, too: it tells that older entries are wrong.
 */
export function keepForMs({ fetchedAt }: Entry<unknown>, now: number, windows: Windows): number {
  return fetchedAt + windows.ttlMs + windows.staleMs - now;
}
