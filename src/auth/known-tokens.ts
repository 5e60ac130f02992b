// Tokens that were verified, by their hash, so that a request with one costs a look-up instead of a signature.
import { LRUCache } from 'lru-cache';
import { type Keys, MAX_AGE_MS } from './key-set.js';
import type { Principal } from './principal.js';

export interface KnownTokens {
  find(name: string, keys: Keys): Principal | null;
  add(name: string, principal: Principal, keys: Keys): void;
}

/** Of tokens, each with what it claims. */
const MAX_CHARACTERS = 16 * 1024 * 1024;

interface Known {
  readonly principal: Principal;
  /** Those that have verified it: when the issuer replaces them, it is verified anew. */
  readonly keys: Keys;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
}

/** Until they expire, and for ten minutes at most. */
export function createKnownTokens(now: () => number): KnownTokens {
  const known = new LRUCache<string, Known>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: ({ principal: { token } }) => 2 * (token?.token.length ?? 0) + 1,
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
