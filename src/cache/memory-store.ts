// Keeps decoded values in this process, bounded by number and by the memory they take.
import { type CacheUse, measuredLru } from '../lib/measured-lru.js';
import { inOwnMemory, memoryOf, memoryOfText } from '../lib/memory.js';
import { type Entry, type EntryType, type EntryVersion, NOT_STORED, nameOf } from './entry.js';

interface MemoryStoreOptions {
  readonly maxBytes: number;
  readonly keepForMs: (entry: Entry<unknown>) => number;
}

/** It may forget any entry at any time. */
export interface MemoryStore {
  get<T>(type: EntryType<T>, key: string): Entry<T> | undefined;
  /** An entry never replaces a later one. */
  set<T>(type: EntryType<T>, key: string, entry: Entry<T>): void;
  /** The version of this very entry; NOT_STORED where the store would give another one, or none. */
  versionOf(name: string, entry: Entry<unknown>): EntryVersion;
  /** Whether the store still gives the entry of this version. It counts as a use of the entry. */
  isCurrent(name: string, version: number): boolean;
  use(): CacheUse;
}

const MAX_ENTRIES = 100_000;
/** Includes the objects that a read of the entry makes. */
const ENTRY_OVERHEAD_BYTES = 500;

interface Stored extends EntryVersion {
  readonly type: object;
  readonly entry: Entry<unknown>;
}

export function createMemoryStore({ maxBytes, keepForMs }: MemoryStoreOptions): MemoryStore {
  let versions = NOT_STORED.version;
  const { entries, use } = measuredLru<Stored>({
    // lru-cache allocates room for them at once.
    max: Math.min(MAX_ENTRIES, Math.ceil(maxBytes / ENTRY_OVERHEAD_BYTES)),
    maxSize: maxBytes,
    // Reading the clock each time costs less than the timer that saves the readings for a millisecond.
    ttlResolution: 0,
  });

  return {
    get(type, key) {
      const stored = entries.get(nameOf(type, key));
      return stored && isOfType(stored, type) ? stored.entry : undefined;
    },
    set(type, key, entry) {
      const ttl = keepForMs(entry);
      const wanted = nameOf(type, key);
      const earlier = entries.peek(wanted);
      if (ttl <= 0 || (earlier && earlier.entry.fetchedAt > entry.fetchedAt)) return;
      const name = earlier?.name ?? inOwnMemory(wanted);
      const size = ENTRY_OVERHEAD_BYTES + memoryOfText(name) + memoryOf(entry);
      versions += 1;
      entries.set(name, { type, entry, name, version: versions }, { ttl, size });
    },
    versionOf(name, entry) {
      const stored = entries.peek(name);
      return stored?.entry === entry ? stored : NOT_STORED;
    },
    isCurrent: (name, version) => entries.get(name)?.version === version,
    use,
  };
}

function isOfType<T>(
  stored: Stored,
  type: EntryType<T>,
): stored is Stored & { readonly type: EntryType<T>; readonly entry: Entry<T> } {
  return stored.type === type;
}
