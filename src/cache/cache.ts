// The cache: the memory store in front of the Redis store that replicas share. Each access names its scope.
import {
  type Entry,
  type EntryType,
  type EntryVersion,
  nameOf,
  type Scope,
  type Store,
} from './entry.js';
import type { MemoryStore } from './memory-store.js';

export interface Cache {
  /** The latest known entry of each key; an entry in memory that `isEnough` accepts spares a read of Redis. */
  getMany<T>(
    scope: Scope,
    type: EntryType<T>,
    keys: readonly string[],
    isEnough: (entry: Entry<T>) => boolean,
  ): Promise<(Entry<T> | undefined)[]>;
  /** Does not wait until the entries are stored. */
  setMany<T>(scope: Scope, type: EntryType<T>, entries: ReadonlyMap<string, Entry<T>>): void;
  /** From now on neither store serves an entry older than `at` under this key. */
  invalidate<T>(scope: Scope, type: EntryType<T>, key: string, at: number): void;
  versionOf<T>(scope: Scope, type: EntryType<T>, key: string, entry: Entry<T>): EntryVersion;
}

/** `redis` null: memory alone. */
export function createCache(memory: MemoryStore, redis: Store | null): Cache {
  async function getMany<T>(
    type: EntryType<T>,
    keys: readonly string[],
    isEnough: (entry: Entry<T>) => boolean,
  ): Promise<(Entry<T> | undefined)[]> {
    const entries = await memory.getMany(type, keys);
    if (redis === null) return entries;
    const latest = new Map(keys.map((key, index) => [key, entries[index]]));
    const open = keys.filter((key) => {
      const entry = latest.get(key);
      return entry === undefined || !isEnough(entry);
    });
    if (open.length === 0) return entries;
    const shared = await redis.getMany(type, open);
    const later = new Map<string, Entry<T>>();
    for (const [index, key] of open.entries()) {
      const [known, entry] = [latest.get(key), shared[index]];
      if (entry && (known === undefined || entry.fetchedAt > known.fetchedAt))
        later.set(key, entry);
    }
    await memory.setMany(type, later).catch(ignore);
    return keys.map((key) => later.get(key) ?? latest.get(key));
  }

  return {
    getMany: (scope, type, keys, isEnough) => getMany(type, keys.map(within(scope)), isEnough),
    setMany(scope, type, entries) {
      const scoped = new Map([...entries].map(([key, entry]) => [within(scope)(key), entry]));
      memory.setMany(type, scoped).catch(ignore);
      redis?.setMany(type, scoped).catch(ignore);
    },
    invalidate(scope, type, key, at) {
      const name = within(scope)(key);
      // A tombstone instead of a removal: Redis may be out of reach now and return later with the old entry.
      const tombstone = { value: null, requestId: null, fetchedAt: at, isTombstone: true } as const;
      memory.setMany(type, new Map([[name, tombstone]])).catch(ignore);
      redis?.deleteMany(type, [name]).catch(ignore);
    },
    versionOf: (scope, type, key, entry) =>
      memory.versionOf(nameOf(type, within(scope)(key)), entry),
  };
}

function within({ id }: Scope) {
  return (key: string): string => `${id}:${key}`;
}

/** A store that cannot store is not an error. A value may be nested too deeply to be written, for example. */
function ignore(): void {}
