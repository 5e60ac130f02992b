// Parsed and validated documents for Apollo, bounded by their memory.
import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { memoryOfText } from '../lib/memory.js';

export interface DocumentStore {
  get(key: string): Promise<DocumentNode | undefined>;
  set(key: string, document: DocumentNode): Promise<void>;
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
export function createDocumentStore(maxBytes: number): DocumentStore {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: maxBytes,
    sizeCalculation: bytesOf,
  });
  return {
    get: async (key) => documents.get(key),
    async set(key, document) {
      documents.set(key, document);
    },
    delete: async (key) => documents.delete(key),
  };
}
