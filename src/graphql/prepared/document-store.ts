// Parsed and validated documents, so that a query that comes again is not parsed again: for Apollo by its
// own keys, and by their text for the code that runs them without Apollo.
import { type DocumentNode, visit } from 'graphql';
import { LRUCache } from 'lru-cache';
import { memoryOfText } from '../../domain/memory-of.js';

export interface Prepared {
  readonly document: DocumentNode;
  /** Stands for the document in a key. */
  readonly serial: number;
  /** It selects `meta`: the answers depend on the time of the request. */
  readonly selectsMeta: boolean;
  /** Variables that decide which fields @skip and @include leave out. */
  readonly switches: readonly string[];
  /** The number of times that it was found by its text. */
  hits: number;
}

export interface DocumentStore {
  get(key: string): Promise<DocumentNode | undefined>;
  /** Apollo sets only documents that have passed validation. */
  set(key: string, document: DocumentNode): Promise<void>;
  delete(key: string): Promise<boolean>;
  byText(text: string): Prepared | undefined;
  of(document: DocumentNode): Prepared | undefined;
}

/**
 * A token and the nodes that begin with it took up to 480 bytes. Apollo's own store counts the characters of a
 * document's JSON instead and grows to well over 100 MB of queries that never come again.
 */
const BYTES_PER_TOKEN = 500;
const OVERHEAD_BYTES = 1500;

export function bytesOf({ loc }: DocumentNode): number {
  let bytes = OVERHEAD_BYTES + memoryOfText(loc?.source.body ?? '');
  for (let token = loc?.startToken; token; token = token.next ?? undefined) {
    bytes += BYTES_PER_TOKEN;
  }
  return bytes;
}

export function createDocumentStore(maxBytes: number): DocumentStore {
  const keys = new Map<string, string>();
  const prepared = new WeakMap<DocumentNode, Prepared>();
  const documents = new LRUCache<string, Prepared>({
    maxSize: maxBytes,
    sizeCalculation: ({ document }) => bytesOf(document),
    dispose: ({ document }, key) => {
      const text = textOf(document);
      if (keys.get(text) === key) keys.delete(text);
    },
  });
  let serial = 0;

  return {
    get: async (key) => documents.get(key)?.document,
    async set(key, document) {
      serial += 1;
      const made = { document, serial, hits: 0, ...readDocument(document) };
      prepared.set(document, made);
      documents.set(key, made);
      if (documents.has(key)) keys.set(textOf(document), key);
    },
    delete: async (key) => documents.delete(key),
    byText(text) {
      const key = keys.get(text);
      const found = key === undefined ? undefined : documents.get(key);
      if (found) found.hits += 1;
      return found;
    },
    of: (document) => prepared.get(document),
  };
}

function textOf({ loc }: DocumentNode): string {
  return loc?.source.body ?? '';
}

function readDocument(document: DocumentNode) {
  let selectsMeta = false;
  const switches = new Set<string>();
  visit(document, {
    Field({ name }) {
      if (name.value === 'meta') selectsMeta = true;
    },
    Directive({ arguments: given = [] }) {
      for (const { value } of given) {
        if (value.kind === 'Variable') switches.add(value.name.value);
      }
    },
  });
  return { selectsMeta, switches: [...switches] };
}
