// The cache of one scope over one or two tiers. A caller without a scope has no cache.
import { type Mark, NO_MARK } from '../domain/call.js';
import type { Entry, Kind, Tier } from './entry.js';
import type { Scope } from './scope.js';

export interface ScopedCache {
  /** The latest known entry of each key; a first-tier entry that `isEnough` accepts spares the second tier. */
  getMany<T>(
    kind: Kind<T>,
    keys: readonly string[],
    isEnough: (entry: Entry<T>) => boolean,
  ): Promise<(Entry<T> | undefined)[]>;
  setMany<T>(kind: Kind<T>, entries: ReadonlyMap<string, Entry<T>>): void;
  /** The entry in the first tier, given at once. */
  peek<T>(kind: Kind<T>, key: string): Entry<T> | undefined;
  /** The mark of this very entry in the first tier; NO_MARK where the tier would not give it. */
  mark<T>(kind: Kind<T>, key: string, entry: Entry<T>): Mark;
  /** From now on neither tier serves an entry older than `at` under this key. */
  invalidate<T>(kind: Kind<T>, key: string, at: number): void;
}

export interface CacheTiers {
  readonly first: Tier;
  readonly second: Tier | null;
}

/** The only way to get a cache. */
export function cacheFor({ first, second }: CacheTiers, scope: Scope): ScopedCache {
  const nameOf = (key: string) => `${scope.id}:${key}`;
  const tiers = second === null ? [first] : [first, second];

  return {
    async getMany(kind, keys, isEnough) {
      const names = keys.map(nameOf);
      const entries = await first.getMany(kind, names);
      if (second === null) return entries;
      const open = names.filter((_, index) => {
        const entry = entries[index];
        return entry === undefined || !isEnough(entry);
      });
      if (open.length === 0) return entries;
      const found = new Map(zip(open, await second.getMany(kind, open)));
      const latest = new Map<string, NonNullable<(typeof entries)[number]>>();
      const merged = entries.map((entry, index) => {
        const other = found.get(names[index] ?? '');
        if (other === undefined || (entry && entry.fetchedAt >= other.fetchedAt)) return entry;
        latest.set(names[index] ?? '', other);
        return other;
      });
      await first.setMany(kind, latest).catch(ignore);
      return merged;
    },
    peek: (kind, key) => first.peek?.(kind, nameOf(key)),
    mark: (kind, key, entry) => first.mark?.(kind, nameOf(key), entry) ?? NO_MARK,
    // No caller waits until a cache has stored an entry.
    setMany(kind, entries) {
      const named = new Map([...entries].map(([key, entry]) => [nameOf(key), entry]));
      for (const tier of tiers) tier.setMany(kind, named).catch(ignore);
    },
    invalidate(kind, key, at) {
      // A marker instead of a removal: the second tier may be unreachable now and return later with the old entry.
      const mark = { value: null, requestId: null, fetchedAt: at, isTombstone: true } as const;
      first.setMany(kind, new Map([[nameOf(key), mark]])).catch(ignore);
      second?.deleteMany(kind, [nameOf(key)]).catch(ignore);
    },
  };
}

/** A tier that cannot store is not an error. A value may be nested too deeply to be written, for example. */
function ignore(): void {}

function zip<A, B>(left: readonly A[], right: readonly (B | undefined)[]): [A, B | undefined][] {
  return left.map((item, index) => [item, right[index]]);
}
