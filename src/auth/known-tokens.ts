// Verified tokens by their hash: a request with such a token costs a look-up instead of a signature check.
import { LRUCache } from 'lru-cache';
import { memoryOf } from '../domain/memory-of.js';
import { type Keys, MAX_AGE_MS } from './key-set.js';
import type { Principal } from './principal.js';

export interface KnownTokens {
  find(name: string, keys: Keys): Principal | null;
  add(name: string, principal: Principal, keys: Keys): void;
}

/** The name, the entry in the table, and the caller that is made from the token. */
const ENTRY_OVERHEAD_BYTES = 700;

interface Known {
  readonly principal: Principal;
  /** The keys that verified the token: when the issuer replaces them, the token is verified again. */
  readonly keys: Keys;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
}

/** Keeps tokens until they expire, and for ten minutes at most. */
export function createKnownTokens(maxBytes: number, now: () => number): KnownTokens {
  const known = new LRUCache<string, Known>({
    maxSize: maxBytes,
    sizeCalculation: ({ principal }) => ENTRY_OVERHEAD_BYTES + memoryOf(principal),
  });
  return {
    find(name, keys) {
      const found = known.get(name);
      return found?.keys === keys && now() < found.endsAt ? found.principal : null;
    },
    add(name, principal, keys) {
      const endsAt = Math.min(principal.token?.expiresAt ?? 0, now() + MAX_AGE_MS);
      known.set(name, { principal, keys, endsAt });
    },
  };
}
