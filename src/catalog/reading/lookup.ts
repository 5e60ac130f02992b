// The entries of one kind in a scope's cache, and the use that their age allows; it neither fetches nor counts.
import type { Entry } from '../../cache/entry.js';
import { judgeEntry, type Verdict, type Windows } from '../../cache/freshness.js';
import type { Call } from '../../domain/call.js';
import type { Access } from './fetcher.js';
import type { AnswerKind } from './kinds.js';

export interface CacheStatus<T> {
  /** Where an answer would come from now. */
  readonly from: 'UPSTREAM' | 'CACHE' | 'STALE';
  /** The cached value, however old; null is a known absence, undefined is not known. */
  readonly value: T | null | undefined;
  /** A read would join a call that is under way. */
  readonly isUnderWay: boolean;
}

export interface Lookup<T> {
  entries(
    keys: readonly string[],
    access: Access,
    call: Call,
  ): Promise<readonly (Entry<T> | undefined)[]>;
  /** The entry, at once, where this process has it fresh. */
  peek(key: string, access: Access, call: Call): Entry<T> | undefined;
  judge(entry: Entry<T> | undefined, call: Call): Verdict;
  estimate(
    keys: readonly string[],
    access: Access,
    call: Call,
  ): Promise<Omit<CacheStatus<T>, 'isUnderWay'>[]>;
}

const STATUSES = {
  fresh: 'CACHE',
  revalidate: 'STALE',
  fallback: 'UPSTREAM',
  miss: 'UPSTREAM',
} as const satisfies Record<Verdict, CacheStatus<unknown>['from']>;

export function createLookup<T>(
  kind: AnswerKind<T>,
  windows: Windows,
  now: () => number,
): Lookup<T> {
  const judge: Lookup<T>['judge'] = (entry, { cacheControl }) =>
    judgeEntry(entry, now(), windows, cacheControl);

  const entries: Lookup<T>['entries'] = async (keys, { cache }, call) => {
    if (windows.ttlMs === 0 || call.cacheControl.noCache) return [];
    return cache.getMany(kind, keys, (entry) => judge(entry, call) === 'fresh');
  };

  return {
    judge,
    entries,
    peek(key, { cache }, call) {
      const entry = cache.peek(kind, key);
      return judge(entry, call) === 'fresh' ? entry : undefined;
    },
    async estimate(keys, access, call) {
      const found = await entries(keys, access, call);
      return keys.map((_, index) => {
        const verdict = judge(found[index], call);
        const value = verdict === 'miss' ? undefined : found[index]?.value;
        return { from: STATUSES[verdict], value };
      });
    },
  };
}
