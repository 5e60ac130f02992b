// The cache of one scope over one or two tiers. Who has no scope has no cache.
import type { Entry, Kind, Tier } from './entry.js';
import type { Scope } from './scope.js';

export interface ScopedCache {
  /** The latest known entry of each key; a first-tier entry that `isEnough` needs no second look. */
  getMany<T>(
    kind: Kind<T>,
    keys: readonly string[],
    isEnough: (entry: Entry<T>) => boolean,
  ): Promise<(Entry<T> | undefined)[]>;
  setMany<T>(kind: Kind<T>, entries: ReadonlyMap<string, Entry<T>>): void;
  delete<T>(kind: Kind<T>, key: string): void;
}

export interface CacheTiers {
  readonly first: Tier;
  readonly second: Tier | null;
}

/** The one way to a cache. */
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
      await first.setMany(kind, latest);
      return merged;
    },
    // Nobody waits for a cache to have stored; a tier that cannot is no error.
    setMany(kind, entries) {
      const named = new Map([...entries].map(([key, entry]) => [nameOf(key), entry]));
      for (const tier of tiers) void tier.setMany(kind, named);
    },
    delete(kind, key) {
      for (const tier of tiers) void tier.deleteMany(kind, [nameOf(key)]);
    },
  };
}

function zip<A, B>(left: readonly A[], right: readonly (B | undefined)[]): [A, B | undefined][] {
  return left.map((item, index) => [item, right[index]]);
}
