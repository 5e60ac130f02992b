// The first tier: decoded values in this process, bounded by number and size, frozen.
import { LRUCache } from 'lru-cache';
import { inOwnMemory } from '../domain/json.js';
import type { Entry, Kind, Tier } from './entry.js';

export interface MemoryTierOptions {
  readonly maxBytes: number;
  readonly keepForMs: (entry: Entry<unknown>) => number;
}

const MAX_ENTRIES = 100_000;
/** Objects took 2.4 bytes for each character of their JSON (sample models, decoded and raw); with room. */
const BYTES_PER_JSON_CHARACTER = 4;
const ENTRY_OVERHEAD_BYTES = 500;
/**
 * Uses that lie no further apart than this part of a whole cache being written count as one. Among many entries,
 * to move each that is read cost an eighth of a request.
 */
const SAME_USE = 1 / 8;

interface Held {
  readonly kind: object;
  readonly entry: Entry<unknown>;
  /** In whole caches written. */
  usedAt: number;
}

export function createMemoryTier({ maxBytes, keepForMs }: MemoryTierOptions): Tier {
  let written = 0;
  const entries = new LRUCache<string, Held>({
    max: MAX_ENTRIES,
    maxSize: maxBytes,
    // To look at the clock each time costs less than the timer that spares it for a millisecond.
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
    watch(kind, key, entry) {
      // Joined once: V8 keeps the hash of a text with it.
      const name = nameOf(kind, key);
      return () => use(name)?.entry === entry;
    },
    async getMany(kind, keys) {
      return keys.map((key) => peek(kind, key));
    },
    async setMany(kind, given) {
      for (const [key, entry] of given) {
        const name = nameOf(kind, key);
        const ttl = keepForMs(entry);
        const later = entries.peek(name);
        if (ttl <= 0 || (later && later.entry.fetchedAt > entry.fetchedAt)) continue;
        const size = sizeOf(kind, entry) + name.length * 2;
        written += Math.max(size / maxBytes, 1 / MAX_ENTRIES);
        const held = { kind, entry: deepFreeze(entry), usedAt: written };
        entries.set(inOwnMemory(name), held, { ttl, size });
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

function sizeOf<T>(kind: Kind<T>, { value }: Entry<T>): number {
  const characters = value === null ? 0 : JSON.stringify(kind.write(value)).length;
  return ENTRY_OVERHEAD_BYTES + characters * BYTES_PER_JSON_CHARACTER;
}

/** A value is shared by all its readers: none may change it. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
