// A read-through cache for values of one type: serves an entry as far as its freshness allows, else fetches, once for
// all who ask at the same time. Stale-while-revalidate and stale-if-error are those of RFC 5861.
import {
  type Call,
  createUsage,
  type FetchContext,
  limitValidity,
  type Requester,
  spendCall,
} from '../domain/call.js';
import { AppError, asError, codeOf, type ErrorCode } from '../domain/errors.js';
import { endSpan, type Span } from '../domain/span.js';
import type { Cache } from './cache.js';
import type { Entry, EntryType, EntryVersion, Scope } from './entry.js';
import { type Freshness, type FreshnessLimits, freshForMs, freshnessOf } from './freshness.js';
import { type JoinListener, SingleFlight } from './single-flight.js';

export interface ReadThroughOptions {
  readonly cache: Cache;
  readonly limits: FreshnessLimits;
  /** The time limit of a revalidation in the background. */
  readonly revalidationTimeoutMs: number;
  /** The monotonic clock. */
  readonly now: () => number;
  /** Called for each fresh entry that a read serves. */
  readonly onHit?: OnHit | undefined;
}

export type OnHit = (call: Call, hit: CacheHit) => void;

export interface CacheHit extends EntryVersion {
  /** By the monotonic clock. */
  readonly freshUntil: number;
}

/** Where values with keys `K` come from, and how they are stored. */
export interface Source<K, T> {
  readonly type: EntryType<T>;
  /** Differs where keys differ. */
  readonly cacheKeyOf: (key: K) => string;
  /** null: the source does not have the thing. */
  readonly fetch: (key: K, context: FetchContext) => Promise<Entry<T> | null>;
  /** Whether an answer may be stored under the key; absent: always. */
  readonly isCacheable?: (key: K, value: T) => boolean;
  /** Called for each answer when it arrives. */
  readonly onFetched?: (entry: Entry<T>, scope: Scope) => void;
  /** Called when a fetch was refused: nothing that it would have given may be served any longer. */
  readonly onRefused?: (key: K, scope: Scope) => void;
  /** Called for each read that is served. */
  readonly onRead: (source: Read<T>['source'], span: Span | undefined) => void;
}

/** A value as a read serves it. */
export interface Read<T> {
  readonly value: T;
  readonly requestId: string | null;
  /** By the monotonic clock. */
  readonly fetchedAt: number;
  readonly source: 'LIVE' | 'CACHE' | 'STALE';
}

/** The read, null where the source does not have the thing, or the error of that read alone. */
export type Outcome<T> = Read<T> | null | Error;

/** Another way to fetch things, many at once. */
export interface Batch<K, T> {
  /** Settles some of these, and leaves the rest to be fetched one by one. */
  fetch(keys: readonly K[]): Promise<ReadonlyMap<K, Outcome<T>> | undefined>;
  /** Revalidates these in the background; absent: one by one. */
  revalidate?(keys: readonly K[]): void;
}

export interface CacheStatus<T> {
  /** Where a read would be served from now. */
  readonly from: 'UPSTREAM' | 'CACHE' | 'STALE';
  /** The cached value, however old; null is a known absence, undefined is not known. */
  readonly value: T | null | undefined;
  /** A read would join a fetch that is under way. */
  readonly isUnderWay: boolean;
}

/** The failures of PAI. A refusal is an answer, and our own mistakes are not hidden. */
const STALE_IF: ReadonlySet<ErrorCode | null> = new Set([
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_INVALID',
  'RATE_LIMITED',
]);

const SERVED_FROM = {
  fresh: 'CACHE',
  'stale-while-revalidate': 'STALE',
  'stale-if-error': 'UPSTREAM',
  miss: 'UPSTREAM',
} as const satisfies Record<Freshness, CacheStatus<unknown>['from']>;

export class ReadThrough<K, T> {
  readonly #source: Source<K, T>;
  readonly #options: ReadThroughOptions;
  readonly #flights = new SingleFlight<Entry<T>>();

  constructor(source: Source<K, T>, options: ReadThroughOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** In the order of the keys. */
  async getMany(
    keys: readonly K[],
    scope: Scope,
    call: Call,
    batch?: Batch<K, T>,
  ): Promise<Outcome<T>[]> {
    const entries = await this.#entriesOf(keys, scope, call);
    const hits = keys.map((key, index) => this.#hit(key, entries[index], scope, call));
    if (call.span) this.#noteOutcomes(keys, entries, call, call.span);
    if (hits.every((hit) => hit !== undefined)) return hits;
    const servedFrom = (from: CacheStatus<T>['from']) =>
      keys.filter((_, index) => SERVED_FROM[this.#freshnessOf(entries[index], call)] === from);
    const [stale, missing] = [servedFrom('STALE'), servedFrom('UPSTREAM')];
    if (stale.length > 0) batch?.revalidate?.(stale);
    const settled = missing.length > 0 ? await batch?.fetch(missing) : undefined;
    const reads = keys.map((key, index) => {
      const hit = hits[index];
      if (hit !== undefined) return hit;
      const entry = entries[index];
      if (entry && this.#freshnessOf(entry, call) === 'stale-while-revalidate') {
        if (!batch?.revalidate) this.revalidate(key, scope, call);
        return this.#serve(entry, 'STALE', call);
      }
      return this.#get(key, entry, settled?.get(key), scope, call).catch(asError);
    });
    return Promise.all(reads);
  }

  /** One event for all of them: an operation may read a hundred at once. */
  #noteOutcomes(
    keys: readonly K[],
    entries: readonly (Entry<T> | undefined)[],
    call: Call,
    span: Span,
  ): void {
    const counts = { hit: 0, negative: 0, stale: 0, miss: 0 };
    for (const index of keys.keys()) {
      const entry = entries[index];
      const from = SERVED_FROM[this.#freshnessOf(entry, call)];
      if (from === 'UPSTREAM') counts.miss += 1;
      else if (from === 'STALE') counts.stale += 1;
      else if (entry?.value === null) counts.negative += 1;
      else counts.hit += 1;
    }
    span.addEvent('cache', { kind: this.#source.type.name, ...counts });
  }

  /** The cache status of each key; it fetches, revalidates and counts nothing. */
  async estimate(keys: readonly K[], scope: Scope, call: Call): Promise<CacheStatus<T>[]> {
    const entries = await this.#entriesOf(keys, scope, call);
    return keys.map((key, index) => {
      const freshness = this.#freshnessOf(entries[index], call);
      return {
        from: SERVED_FROM[freshness],
        value: freshness === 'miss' ? undefined : entries[index]?.value,
        isUnderWay: this.#flights.isUnderWay(this.#flightName(key, scope)),
      };
    });
  }

  /**
   * No request waits for it, and it goes on until its own deadline, even when its operation has ended. Its attempts
   * report its failure, and the stale entry stands. It spends the budget of the operation.
   */
  revalidate(key: K, scope: Scope, call: Call): void {
    const { requestId, caller, budget } = call;
    const { now, revalidationTimeoutMs } = this.#options;
    // It joins a fetch that is under way, which has a span.
    const isUnderWay = this.#flights.isUnderWay(this.#flightName(key, scope));
    const span = isUnderWay ? undefined : call.span?.beginApart('revalidation');
    const controller = new AbortController();
    const tooLong = new AppError('UPSTREAM_TIMEOUT', 'The revalidation took too long.');
    const timer = setTimeout(() => controller.abort(tooLong), revalidationTimeoutMs);
    const requester = {
      requestId,
      span,
      signal: controller.signal,
      deadlineAt: now() + revalidationTimeoutMs,
      caller,
      usage: createUsage(),
    };
    const end = () => clearTimeout(timer);
    const fetching = this.#fetch(key, scope, requester, { started: () => spendCall(budget) });
    endSpan(span, fetching).then(end, end);
  }

  async #entriesOf(keys: readonly K[], scope: Scope, call: Call) {
    const { cache, limits } = this.#options;
    if (limits.ttlMs === 0 || call.cacheControl.noCache) return [];
    const { type, cacheKeyOf } = this.#source;
    const isFresh = (entry: Entry<T>) => this.#freshnessOf(entry, call) === 'fresh';
    return cache.getMany(scope, type, keys.map(cacheKeyOf), isFresh);
  }

  #freshnessOf(entry: Entry<T> | undefined, { cacheControl }: Call): Freshness {
    const { now, limits } = this.#options;
    return freshnessOf(entry, now(), limits, cacheControl);
  }

  /** undefined: the entry is not fresh. */
  #hit(key: K, entry: Entry<T> | undefined, scope: Scope, call: Call): Read<T> | null | undefined {
    if (entry === undefined || this.#freshnessOf(entry, call) !== 'fresh') return undefined;
    const { cache, limits, onHit } = this.#options;
    const { type, cacheKeyOf } = this.#source;
    if (onHit) {
      const { name, version } = cache.versionOf(scope, type, cacheKeyOf(key), entry);
      onHit(call, { name, version, freshUntil: freshForMs(entry, 0, limits) });
    }
    return this.#serve(entry, 'CACHE', call);
  }

  /** The entry is no longer served. `settled`: the outcome of a batch fetch. */
  async #get(
    key: K,
    entry: Entry<T> | undefined,
    settled: Outcome<T> | undefined,
    scope: Scope,
    call: Call,
  ): Promise<Read<T> | null> {
    try {
      if (settled instanceof Error) throw settled;
      return settled === undefined ? await this.#fetchLive(key, scope, call) : settled;
    } catch (error) {
      return this.#staleIfError(error, entry, call);
    }
  }

  /** A fetch that it starts is a call of this operation; one that it joins is not. */
  async #fetchLive(key: K, scope: Scope, call: Call): Promise<Read<T> | null> {
    const { budget, usage } = call;
    const entry = await this.#fetch(key, scope, call, {
      started: () => spendCall(budget),
      joined: () => {
        usage.coalesced += 1;
      },
    });
    return this.#serve(entry, 'LIVE', call);
  }

  #fetch(key: K, scope: Scope, requester: Requester, listener: JoinListener): Promise<Entry<T>> {
    const work = (context: FetchContext) => this.#fetchAndStore(key, scope, context);
    return this.#flights.run(this.#flightName(key, scope), requester, work, listener);
  }

  #flightName(key: K, { id }: Scope): string {
    return `${id}:${this.#source.cacheKeyOf(key)}`;
  }

  /** The answer is stored before any requester gets it. */
  async #fetchAndStore(key: K, scope: Scope, context: FetchContext): Promise<Entry<T>> {
    const { cache, now } = this.#options;
    const { type, cacheKeyOf, fetch, onFetched, onRefused } = this.#source;
    try {
      const fetched = await fetch(key, context);
      const entry = fetched ?? { value: null, requestId: null, fetchedAt: now() };
      this.#store(key, entry, scope);
      if (fetched) onFetched?.(fetched, scope);
      return entry;
    } catch (error) {
      // The cache must not serve a thing that the caller may no longer read.
      if (codeOf(error) === 'FORBIDDEN') {
        cache.invalidate(scope, type, cacheKeyOf(key), now());
        onRefused?.(key, scope);
      }
      throw error;
    }
  }

  #store(key: K, entry: Entry<T>, scope: Scope): void {
    const { cache, limits, now } = this.#options;
    const { type, cacheKeyOf, isCacheable } = this.#source;
    const { value, fetchedAt } = entry;
    if (limits.ttlMs === 0 || (value !== null && isCacheable?.(key, value) === false)) return;
    const cacheKey = cacheKeyOf(key);
    if (freshForMs(entry, now(), limits) > 0) {
      cache.setMany(scope, type, new Map([[cacheKey, entry]]));
    } else cache.invalidate(scope, type, cacheKey, fetchedAt);
  }

  /** The old entry instead of a failure, unless it has become too old while the operation waited for PAI. */
  #staleIfError(error: unknown, entry: Entry<T> | undefined, call: Call): Read<T> | null {
    const isServable = entry !== undefined && this.#freshnessOf(entry, call) !== 'miss';
    if (!isServable || !STALE_IF.has(codeOf(error))) throw error;
    call.span?.addEvent('stale if error', { kind: this.#source.type.name });
    return this.#serve(entry, 'STALE', call);
  }

  #serve(entry: Entry<T>, source: Read<T>['source'], call: Call): Read<T> | null {
    const { now, limits } = this.#options;
    if (source === 'CACHE') call.usage.cached += 1;
    if (source === 'STALE') call.usage.stale += 1;
    this.#source.onRead(source, call.span);
    limitValidity(call.validity, Math.floor(freshForMs(entry, now(), limits) / 1000));
    const { value, requestId, fetchedAt } = entry;
    return value === null ? null : { value, requestId, fetchedAt, source };
  }
}

export function isRead<T>(outcome: Outcome<T>): outcome is Read<T> {
  return outcome !== null && !(outcome instanceof Error);
}
