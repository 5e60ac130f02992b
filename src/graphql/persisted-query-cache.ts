// The texts that clients taught by automatic persisted queries, up to a bound: a client whose text is forgotten
// sends it again. It verifies no hash: Apollo did, before it set a text.
import { LRUCache } from 'lru-cache';

export interface PersistedQueryCache {
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string): Promise<void>;
  delete(key: string): Promise<boolean>;
  /** At once, for what runs it without Apollo; it is as recently used as by `get`. */
  byHash(hash: string): string | undefined;
}

const MAX_CHARACTERS = 8 * 1024 * 1024;
/** Of Apollo's keys, which end in the hash. */
const PREFIX = 'apq:';

export function createPersistedQueryCache(): PersistedQueryCache {
  const texts = new LRUCache<string, string>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (text, key) => text.length + key.length,
  });
  return {
    get: async (key) => texts.get(key),
    async set(key, text) {
      texts.set(key, text);
    },
    delete: async (key) => texts.delete(key),
    byHash: (hash) => texts.get(`${PREFIX}${hash}`),
  };
}
