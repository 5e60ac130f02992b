// Remembers used nonces; forgets them after 30 minutes, when the dates of their requests are too old anyway.
const REMEMBERED_MS = 30 * 60_000;

export interface NonceMemory {
  /** False when this key has used the nonce before. */
  use(keyId: string, nonce: string, now: number): boolean;
}

export function createNonceMemory(): NonceMemory {
  const usedAt = new Map<string, number>();

  const prune = (now: number): void => {
    // A Map keeps the order of insertion, so the oldest come first.
    for (const [entry, at] of usedAt) {
      if (now - at <= REMEMBERED_MS) return;
      usedAt.delete(entry);
    }
  };

  return {
    use(keyId, nonce, now) {
      prune(now);
      const entry = `${keyId} ${nonce}`;
      if (usedAt.has(entry)) return false;
      usedAt.set(entry, now);
      return true;
    },
  };
}
