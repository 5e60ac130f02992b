// Fetches one thing through single flight and keeps the answer before any requester gets it.
import type { ScopedCache } from '../../cache/cache.js';
import type { Entry, Kind } from '../../cache/entry.js';
import { freshForMs, type Windows } from '../../cache/freshness.js';
import type { FetchContext, Requester } from '../../domain/call.js';
import { codeOf } from '../../domain/errors.js';
import type { Fetched } from '../../pai/client.js';
import { createSingleFlight, type JoinListener } from './single-flight.js';

/** One thing to read: where it is kept, and how PAI is asked for it. */
export interface Wanted<T> {
  readonly key: string;
  readonly fetch: (context: FetchContext) => Promise<Fetched<T> | null>;
  /** Whether an answer is worth keeping under this key; always, where this is absent. */
  readonly isKept?: (value: T) => boolean;
}

/** The cache of a scope, and the scope's id for everything else that must not be shared across scopes. */
export interface Access {
  readonly cache: ScopedCache;
  readonly scopeId: string;
}

export interface FetcherParts {
  readonly windows: Windows;
  readonly now: () => number;
}

export interface Fetcher<T> {
  fetch(
    wanted: Wanted<T>,
    access: Access,
    requester: Requester,
    listener?: JoinListener,
  ): Promise<Entry<T>>;
  isUnderWay(key: string, access: Access): boolean;
}

/** `onFetched` keeps the other things that an answer brought. */
export function createFetcher<T>(
  kind: Kind<T>,
  { windows, now }: FetcherParts,
  onFetched: (fetched: Fetched<T>, access: Access) => void = () => {},
): Fetcher<T> {
  const flights = createSingleFlight<Entry<T>>();

  function keep({ key, isKept }: Wanted<T>, entry: Entry<T>, cache: ScopedCache): void {
    const { value, fetchedAt } = entry;
    if (value !== null && isKept?.(value) === false) return;
    if (freshForMs(entry, now(), windows) > 0) cache.setMany(kind, new Map([[key, entry]]));
    else cache.invalidate(kind, key, fetchedAt);
  }

  async function work(wanted: Wanted<T>, access: Access, context: FetchContext) {
    try {
      const fetched = await wanted.fetch(context);
      const entry: Entry<T> = fetched ?? { value: null, requestId: null, fetchedAt: now() };
      if (windows.ttlMs > 0) keep(wanted, entry, access.cache);
      if (windows.ttlMs > 0 && fetched) onFetched(fetched, access);
      return entry;
    } catch (error) {
      // The cache must not serve a thing that the caller may no longer read.
      if (codeOf(error) === 'FORBIDDEN') access.cache.invalidate(kind, wanted.key, now());
      throw error;
    }
  }

  const nameOf = (key: string, { scopeId }: Access) => `${scopeId}:${key}`;

  return {
    isUnderWay: (key, access) => flights.isUnderWay(nameOf(key, access)),
    fetch(wanted, access, requester, listener) {
      const name = nameOf(wanted.key, access);
      return flights.run(name, requester, (context) => work(wanted, access, context), listener);
    },
  };
}
