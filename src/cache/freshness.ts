// How old an answer may be: the windows of an entry, and what each asks for. Pure.
import type { FreshnessWish } from '../domain/call.js';
import type { Entry } from './entry.js';

export interface Windows {
  /** Fresh for so long; 0 turns caching off. */
  readonly ttlMs: number;
  /** Then served stale for so long while it is refreshed behind. */
  readonly revalidateMs: number;
  /** Until this age past fresh it is served when PAI fails; bounds all staleness. */
  readonly staleMs: number;
  /** How long an absence is remembered. */
  readonly missingMs: number;
}

export type Verdict =
  /** Serve it. */
  | 'fresh'
  /** Serve it, and refresh it behind. */
  | 'revalidate'
  /** Ask PAI, and serve it should PAI fail. */
  | 'fallback'
  /** Ask PAI. */
  | 'miss';

export function judgeEntry(
  entry: Entry<unknown> | undefined,
  now: number,
  windows: Windows,
  wish: FreshnessWish,
): Verdict {
  if (entry === undefined || entry.isBarred) return 'miss';
  if (wish.noCache || windows.ttlMs === 0) return 'miss';
  const pastFreshMs = -freshForMs(entry, now, windows);
  if (pastFreshMs < 0) return 'fresh';
  if (entry.value === null) return 'miss';
  const { revalidateMs, staleMs } = staleWindows(windows, wish);
  if (pastFreshMs < revalidateMs) return 'revalidate';
  return pastFreshMs < staleMs ? 'fallback' : 'miss';
}

/** What a caller says of staleness replaces both windows, within what is kept at all. */
function staleWindows(windows: Windows, { maxStaleSeconds }: FreshnessWish) {
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
 * How long an entry is of any use; an absence, too, which past its own freshness still tells that what
 * is older is wrong.
 */
export function keepForMs({ fetchedAt }: Entry<unknown>, now: number, windows: Windows): number {
  return fetchedAt + windows.ttlMs + windows.staleMs - now;
}
