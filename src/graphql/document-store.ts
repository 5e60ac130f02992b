// The documents that Apollo keeps, bounded by their memory: parsed and validated, and as the texts that clients sent by
// automatic persisted queries. A client whose text is forgotten sends it again; Apollo verifies its hash.
import type { DocumentNode } from 'graphql';
import { measuredLru } from '../lib/measured-lru.js';
import { memoryOfText } from '../lib/memory.js';

/** A token and the nodes that begin with it took up to 480 bytes. */
const BYTES_PER_TOKEN = 500;
const OVERHEAD_BYTES = 1500;

export function bytesOf(document: DocumentNode): number {
  let bytes = OVERHEAD_BYTES + memoryOfText(textOf(document));
  for (let token = document.loc?.startToken; token; token = token.next ?? undefined) {
    bytes += BYTES_PER_TOKEN;
  }
  return bytes;
}

/**
 * Apollo's own store counts the characters of a document's JSON instead, and grows to well over 100 MB of queries that
 * never come again.
 */
export class DocumentStore {
  readonly #keys = new Map<string, string>();
  readonly #documents;
  readonly use;

  constructor(maxBytes: number) {
    const { entries, use } = measuredLru<DocumentNode>({
      maxSize: maxBytes,
      sizeCalculation: bytesOf,
      dispose: (document) => this.#keys.delete(textOf(document)),
    });
    this.#documents = entries;
    this.use = use;
  }

  /** Whether the document of this text is here: it has passed the limits and validation. */
  hasText(text: string): boolean {
    return this.#documents.get(this.#keys.get(text) ?? '') !== undefined;
  }

  async get(key: string): Promise<DocumentNode | undefined> {
    return this.#documents.get(key);
  }

  async set(key: string, document: DocumentNode): Promise<void> {
    this.#documents.set(key, document);
    if (this.#documents.has(key)) this.#keys.set(textOf(document), key);
  }

  async delete(key: string): Promise<boolean> {
    return this.#documents.delete(key);
  }
}

function textOf({ loc }: DocumentNode): string {
  return loc?.source.body ?? '';
}

const TEXT_OVERHEAD_BYTES = 200;

export type PersistedQueryCache = ReturnType<typeof createPersistedQueryCache>;

export function createPersistedQueryCache(maxBytes: number) {
  const { entries: texts, use } = measuredLru<string>({
    maxSize: maxBytes,
    sizeCalculation: (text, key) => TEXT_OVERHEAD_BYTES + memoryOfText(text) + memoryOfText(key),
  });
  return {
    get: async (key: string) => texts.get(key),
    async set(key: string, text: string) {
      texts.set(key, text);
    },
    delete: async (key: string) => texts.delete(key),
    use,
  };
}
