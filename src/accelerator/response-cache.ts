// Whole responses. Each notes name and version of the cache entries that it was made from, without holding them: it is
// valid while all of them are current and fresh.
import { LRUCache } from 'lru-cache';
import type { CacheHit } from '../cache/read-through.js';
import type { IsCurrent, Usage } from '../domain/call.js';
import { memoryOfText } from '../lib/memory.js';

/** The caller's scope and view with all that the response depends on in the request. */
export type ResponseCacheKey = string;

export interface CachedResponse {
  readonly body: Buffer;
  /** Without `cache-control`, which says how long the response stays fresh. */
  readonly headers: Readonly<Record<string, string>>;
  readonly usage: Usage;
  /** For the log. */
  readonly operationName: string | null;
}

export interface ResponseCache {
  get(key: ResponseCacheKey): { response: CachedResponse; maxAgeSeconds: number } | null;
  set(key: ResponseCacheKey, response: CachedResponse, hits: readonly CacheHit[]): void;
}

export interface ResponseCacheOptions {
  readonly maxBytes: number;
  readonly isCurrent: IsCurrent;
  /** The monotonic clock. */
  readonly now: () => number;
}

interface Entry {
  readonly response: CachedResponse;
  readonly dependencies: readonly Pick<CacheHit, 'name' | 'version'>[];
  readonly freshUntil: number;
}

const MAX_BODY_BYTES = 1024 * 1024;
const ENTRY_OVERHEAD_BYTES = 1000;
/** Bytes of a dependency beside its name. */
const DEPENDENCY_BYTES = 48;

export function createResponseCache(options: ResponseCacheOptions): ResponseCache {
  const { maxBytes, isCurrent, now } = options;
  const entries = new LRUCache<ResponseCacheKey, Entry>({ maxSize: maxBytes });
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return null;
      const { response, dependencies, freshUntil } = entry;
      const freshForMs = freshUntil - now();
      if (freshForMs > 0 && dependencies.every(({ name, version }) => isCurrent(name, version))) {
        return { response, maxAgeSeconds: Math.floor(freshForMs / 1000) };
      }
      entries.delete(key);
      return null;
    },
    set(key, response, hits) {
      if (hits.length === 0 || response.body.length > MAX_BODY_BYTES) return;
      const dependencies = hits.map(({ name, version }) => ({ name, version }));
      const freshUntil = hits.reduce((first, hit) => Math.min(first, hit.freshUntil), Infinity);
      const noted = hits.reduce((sum, { name }) => sum + memoryOfText(name) + DEPENDENCY_BYTES, 0);
      const size = ENTRY_OVERHEAD_BYTES + memoryOfText(key) + response.body.length + noted;
      entries.set(key, { response, dependencies, freshUntil }, { size });
    },
  };
}
