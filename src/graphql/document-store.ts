// Parsed and validated documents, so that a query that comes again is not parsed again.
import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

export interface DocumentStore {
  get(key: string): Promise<DocumentNode | undefined>;
  set(key: string, document: DocumentNode): Promise<void>;
  delete(key: string): Promise<boolean>;
}

/**
 * A parsed document took 80 bytes for each character of its text. Apollo's own store counts the
 * characters of its JSON instead and grows to well over 100 MB of queries that never come again.
 */
const BYTES_PER_CHARACTER = 80;
const MAX_BYTES = 16 * 1024 * 1024;

export function createDocumentStore(): DocumentStore {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ loc }) => 1 + (loc?.end ?? 0) * BYTES_PER_CHARACTER,
  });
  return {
    get: async (key) => documents.get(key),
    async set(key, document) {
      documents.set(key, document);
    },
    delete: async (key) => documents.delete(key),
  };
}
