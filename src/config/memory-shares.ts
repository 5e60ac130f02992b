// The part of the heap that each memory between requests may take. Pure.

/** In bytes. */
export interface MemoryShares {
  /** Answers of PAI. */
  readonly cache: number;
  /** JSON that was made from those answers. */
  readonly texts: number;
  /** Prepared requests. */
  readonly requests: number;
  /** Whole answers to operations. */
  readonly answers: number;
  readonly compiledOperations: number;
  /** Parsed documents. */
  readonly documents: number;
  /** Texts that clients registered by their hash. */
  readonly persistedQueries: number;
  /** Texts that passed the limits. */
  readonly checkedDocuments: number;
  /** Recent requests, in bytes and as texts. */
  readonly requestTexts: number;
  /** Verified tokens with their claims. */
  readonly tokens: number;
}

const MB = 1024 * 1024;

/** The program itself, and the space that V8 reserves for new objects. */
const PROGRAM_BYTES = 64 * MB;
const LEAST_ROOM_BYTES = 8 * MB;
/** From this size on, a heap of 832 MB, each memory has its full share. */
const FULL_ROOM_BYTES = 768 * MB;

const FULL = {
  cache: 128 * MB,
  answers: 32 * MB,
  compiledOperations: 48 * MB,
  documents: 16 * MB,
  persistedQueries: 16 * MB,
  checkedDocuments: 8 * MB,
  requestTexts: 14 * MB,
  tokens: 8 * MB,
};
/** Parts of the cache's share: where models have room, the data made from them has room, too. */
const OF_CACHE = { texts: 1 / 8, requests: 1 / 16 };

/** Shares are proportional to the heap without the program; so is the cache when `cacheMaxMb` is undefined. */
export function memoryShares(heapLimitBytes: number, cacheMaxMb: number | undefined): MemoryShares {
  const room = Math.max(LEAST_ROOM_BYTES, heapLimitBytes - PROGRAM_BYTES);
  const part = Math.min(1, room / FULL_ROOM_BYTES);
  const shareOf = (full: number) => Math.floor(full * part);
  const cache = cacheMaxMb === undefined ? shareOf(FULL.cache) : cacheMaxMb * MB;
  return {
    cache,
    texts: Math.floor(cache * OF_CACHE.texts),
    requests: Math.floor(cache * OF_CACHE.requests),
    answers: shareOf(FULL.answers),
    compiledOperations: shareOf(FULL.compiledOperations),
    documents: shareOf(FULL.documents),
    persistedQueries: shareOf(FULL.persistedQueries),
    checkedDocuments: shareOf(FULL.checkedDocuments),
    requestTexts: shareOf(FULL.requestTexts),
    tokens: shareOf(FULL.tokens),
  };
}
