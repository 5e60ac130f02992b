// A cache of whole responses by the text of their requests. Each response notes name and version of the cache entries that
// it was made from, without holding them: it is valid while all of them are current and fresh.
import type { Scope } from '../cache/entry.js';
import type { MemoryStore } from '../cache/memory-store.js';
import type { CacheHit, OnHit } from '../cache/read-through.js';
import type { Usage } from '../domain/call.js';
import type { ReceivedRequest } from '../graphql/execute.js';
import { type CacheUse, measuredLru } from '../lib/measured-lru.js';
import { memoryOfText } from '../lib/memory.js';

export interface CachedResponse {
  /** Shared by all responses that send it, in the coding that `content-encoding` names. */
  readonly body: Buffer;
  /** Its `cache-control` is that of the first response. */
  readonly headers: Readonly<Record<string, string>>;
  readonly usage: Usage;
  /** For the log. */
  readonly operationName: string | null;
}

export interface ResponseCache {
  get(key: string): { response: CachedResponse; maxAgeSeconds: number } | null;
  set(key: string, response: CachedResponse, hits: readonly CacheHit[]): void;
  use(): CacheUse;
}

export interface ResponseCacheOptions {
  readonly maxBytes: number;
  readonly isCurrent: MemoryStore['isCurrent'];
  /** The monotonic clock. */
  readonly now: () => number;
}

interface StoredResponse {
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
  const { entries, use } = measuredLru<StoredResponse>({
    maxSize: maxBytes,
    sizeCalculation: bytesOf,
  });
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
      entries.set(key, { response, dependencies, freshUntil });
    },
    use,
  };
}

function bytesOf({ response, dependencies }: StoredResponse, key: string): number {
  const names = dependencies.map(({ name }) => memoryOfText(name) + DEPENDENCY_BYTES);
  const own = ENTRY_OVERHEAD_BYTES + memoryOfText(key) + response.body.length;
  return names.reduce((sum, bytes) => sum + bytes, own);
}

/** The text alone decides about the response: no header changes the data that are read, or adds to them. */
export function isPlain(request: ReceivedRequest): boolean {
  const { cacheControl, budget, isExplain, headers } = request;
  const { noCache, maxStaleSeconds } = cacheControl;
  if (noCache || maxStaleSeconds !== null || budget !== null || isExplain) return false;
  return headers['apollo-federation-include-trace'] === undefined;
}

/** For plain requests: equal keys have equal responses, as long as those are valid. The scope includes the view. */
export function keyOf({ method, mediaType, coding, text }: ReceivedRequest, { id }: Scope): string {
  return [id, method, mediaType, coding, text].join('\n');
}

/** The cache entries that each operation has read. An operation has one usage, also where its call is copied. */
export class CacheHits {
  readonly #byUsage = new WeakMap<Usage, CacheHit[]>();

  readonly onHit: OnHit = ({ usage }, hit) => {
    const hits = this.#byUsage.get(usage);
    if (hits === undefined) this.#byUsage.set(usage, [hit]);
    else hits.push(hit);
  };

  of(usage: Usage): readonly CacheHit[] {
    return this.#byUsage.get(usage) ?? [];
  }
}
