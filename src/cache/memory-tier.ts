// The first tier: decoded values in this process, bounded by number and by the memory they take, frozen.
import { LRUCache } from 'lru-cache';
import { type IsCurrent, NO_MARK } from '../domain/call.js';
import { inOwnMemory } from '../domain/json.js';
import { memoryOf, memoryOfText } from '../domain/memory-of.js';
import type { Entry, Kind, Tier } from './entry.js';

export interface MemoryTierOptions {
  readonly maxBytes: number;
  readonly keepForMs: (entry: Entry<unknown>) => number;
}

export interface MemoryTier extends Required<Tier> {
  /** Cheap enough to be called often. */
  readonly isCurrent: IsCurrent;
}

const MAX_ENTRIES = 100_000;
/** Includes the objects that a read of the entry makes and that later reads find again. */
const ENTRY_OVERHEAD_BYTES = 500;
/**
 * Uses count as one when less than this part of a whole cache is written between them. With many entries, moving each
 * entry that is read cost an eighth of a request.
 */
const SAME_USE = 1 / 8;

interface Held {
  readonly kind: object;
  readonly entry: Entry<unknown>;
  /** The string that the cache itself holds, so that a caller that notes it shares that string. */
  readonly name: string;
  readonly version: number;
  /** Measured in whole caches written. */
  usedAt: number;
}

export function createMemoryTier({ maxBytes, keepForMs }: MemoryTierOptions): MemoryTier {
  let written = 0;
  let versions = NO_MARK.version;
  const entries = new LRUCache<string, Held>({
    // lru-cache allocates room for them at once.
    max: Math.min(MAX_ENTRIES, Math.ceil(maxBytes / ENTRY_OVERHEAD_BYTES)),
    maxSize: maxBytes,
    // Reading the clock each time costs less than the timer that saves the readings for a millisecond.
    ttlResolution: 0,
  });

  function use(name: string): Held | undefined {
    const held = entries.peek(name);
    if (held === undefined || written - held.usedAt < SAME_USE) return held;
    held.usedAt = written;
    return entries.get(name);
  }

  function peek<T>(kind: Kind<T>, key: string): Entry<T> | undefined {
    const found = use(nameOf(kind, key));
    return found && isOfKind(found, kind) ? found.entry : undefined;
  }

  return {
    peek,
    mark(kind, key, entry) {
      const held = entries.peek(nameOf(kind, key));
      return held?.entry === entry ? { name: held.name, version: held.version } : NO_MARK;
    },
    isCurrent: (name, version) => use(name)?.version === version,
    async getMany(kind, keys) {
      return keys.map((key) => peek(kind, key));
    },
    async setMany(kind, given) {
      for (const [key, entry] of given) {
        const ttl = keepForMs(entry);
        const wanted = nameOf(kind, key);
        const earlier = entries.peek(wanted);
        if (ttl <= 0 || (earlier && earlier.entry.fetchedAt > entry.fetchedAt)) continue;
        const name = earlier?.name ?? inOwnMemory(wanted);
        const size = ENTRY_OVERHEAD_BYTES + memoryOfText(name) + memoryOf(entry);
        written += Math.max(size / maxBytes, 1 / MAX_ENTRIES);
        versions += 1;
        const held = { kind, entry: deepFreeze(entry), name, version: versions, usedAt: written };
        entries.set(name, held, { ttl, size });
      }
    },
    async deleteMany(kind, keys) {
      for (const key of keys) entries.delete(nameOf(kind, key));
    },
  };
}

function nameOf({ name, version }: Pick<Kind<unknown>, 'name' | 'version'>, key: string): string {
  return `${name}/${version}:${key}`;
}

function isOfKind<T>(
  found: Held,
  kind: Kind<T>,
): found is Held & { readonly kind: Kind<T>; readonly entry: Entry<T> } {
  return found.kind === kind;
}

/** All readers share a value, so none of them may change it. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
