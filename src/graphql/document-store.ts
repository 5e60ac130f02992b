// The documents that Apollo keeps, bounded by their memory: parsed and validated, and as the texts that clients sent by
// automatic persisted queries. A client whose text is forgotten sends it again; Apollo verifies its hash.
import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { memoryOfText } from '../lib/memory.js';

interface Store<T> {
  get(key: string): Promise<T | undefined>;
  set(key: string, value: T): Promise<void>;
  delete(key: string): Promise<boolean>;
}

/** A token and the nodes that begin with it took up to 480 bytes. */
const BYTES_PER_TOKEN = 500;
const OVERHEAD_BYTES = 1500;

export function bytesOf({ loc }: DocumentNode): number {
  let bytes = OVERHEAD_BYTES + memoryOfText(loc?.source.body ?? '');
  for (let token = loc?.startToken; token; token = token.next ?? undefined) {
    bytes += BYTES_PER_TOKEN;
  }
  return bytes;
}

/**
 * Apollo's own store counts the characters of a document's JSON instead, and grows to well over 100 MB of queries that
 * never come again.
 */
export function createDocumentStore(maxBytes: number): Store<DocumentNode> {
  return createStore(maxBytes, bytesOf);
}

const TEXT_OVERHEAD_BYTES = 200;

export function createPersistedQueryCache(maxBytes: number): Store<string> {
  return createStore(
    maxBytes,
    (text, key) => TEXT_OVERHEAD_BYTES + memoryOfText(text) + memoryOfText(key),
  );
}

function createStore<T extends DocumentNode | string>(
  maxSize: number,
  sizeCalculation: (value: T, key: string) => number,
): Store<T> {
  const values = new LRUCache<string, T>({ maxSize, sizeCalculation });
  return {
    get: async (key) => values.get(key),
    async set(key, value) {
      values.set(key, value);
    },
    delete: async (key) => values.delete(key),
  };
}
