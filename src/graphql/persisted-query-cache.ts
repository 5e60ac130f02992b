// The texts that clients sent by automatic persisted queries, up to a bound: a client whose text is forgotten
// sends it again. It does not verify hashes: Apollo does so before it sets a text.
import { LRUCache } from 'lru-cache';
import { memoryOfText } from '../lib/memory.js';

export interface PersistedQueryCache {
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string): Promise<void>;
  delete(key: string): Promise<boolean>;
}

const ENTRY_OVERHEAD_BYTES = 200;

export function createPersistedQueryCache(maxBytes: number): PersistedQueryCache {
  const texts = new LRUCache<string, string>({
    maxSize: maxBytes,
    sizeCalculation: (text, key) => ENTRY_OVERHEAD_BYTES + memoryOfText(text) + memoryOfText(key),
  });
  return {
    get: async (key) => texts.get(key),
    async set(key, text) {
      texts.set(key, text);
    },
    delete: async (key) => texts.delete(key),
  };
}
