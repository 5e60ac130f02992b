// The cache: the memory store in front of the Redis store that replicas share. Each access names its scope.
import { type Entry, type EntryType, type EntryVersion, nameOf, type Scope } from './entry.js';
import type { MemoryStore } from './memory-store.js';
import type { RedisStore } from './redis-store.js';

export class Cache {
  readonly #memory: MemoryStore;
  readonly #redis: RedisStore | null;

  /** `redis` null: memory alone. */
  constructor(memory: MemoryStore, redis: RedisStore | null) {
    this.#memory = memory;
    this.#redis = redis;
  }

  /** The latest known entry of each key; an entry in memory that `isEnough` accepts spares a read of Redis. */
  async getMany<T>(
    scope: Scope,
    type: EntryType<T>,
    keys: readonly string[],
    isEnough: (entry: Entry<T>) => boolean,
  ): Promise<(Entry<T> | undefined)[]> {
    const names = keys.map(within(scope));
    const entries = names.map((name) => this.#memory.get(type, name));
    if (this.#redis === null) return entries;
    const latest = new Map(names.map((name, index) => [name, entries[index]]));
    const open = names.filter((name) => {
      const entry = latest.get(name);
      return entry === undefined || !isEnough(entry);
    });
    if (open.length === 0) return entries;
    const shared = await this.#redis.getMany(type, open);
    for (const [index, name] of open.entries()) {
      const [known, entry] = [latest.get(name), shared[index]];
      if (!entry || (known && known.fetchedAt >= entry.fetchedAt)) continue;
      latest.set(name, entry);
      this.#memory.set(type, name, entry);
    }
    return names.map((name) => latest.get(name));
  }

  /** Does not wait until Redis has stored the entries. */
  setMany<T>(scope: Scope, type: EntryType<T>, entries: ReadonlyMap<string, Entry<T>>): void {
    const named = new Map([...entries].map(([key, entry]) => [within(scope)(key), entry]));
    for (const [name, entry] of named) this.#memory.set(type, name, entry);
    this.#redis?.setMany(type, named).catch(ignore);
  }

  /**
   * From now on this process serves no entry older than `at` under this key. Redis is asked to delete it; where that
   * fails, other replicas may serve it until it expires.
   */
  invalidate<T>(scope: Scope, type: EntryType<T>, key: string, at: number): void {
    const name = within(scope)(key);
    // A tombstone instead of a removal: Redis may be out of reach now and return later with the old entry.
    const tombstone = { value: null, requestId: null, fetchedAt: at, isTombstone: true } as const;
    this.#memory.set(type, name, tombstone);
    this.#redis?.deleteMany(type, [name]).catch(ignore);
  }

  versionOf<T>(scope: Scope, type: EntryType<T>, key: string, entry: Entry<T>): EntryVersion {
    return this.#memory.versionOf(nameOf(type, within(scope)(key)), entry);
  }
}

function within({ id }: Scope) {
  return (key: string): string => `${id}:${key}`;
}

/** That Redis cannot store is not an error. */
function ignore(): void {}
