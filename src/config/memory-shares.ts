// What of the heap each thing may take that is kept between requests. Pure.

/** In bytes. */
export interface MemoryShares {
  /** What PAI answered. */
  readonly cache: number;
  /** JSON that was made of it. */
  readonly texts: number;
  /** Requests that were prepared to be run. */
  readonly requests: number;
  /** Whole answers. */
  readonly answers: number;
  readonly compiledOperations: number;
  /** Parsed. */
  readonly documents: number;
  /** Texts that clients taught. */
  readonly persistedQueries: number;
  /** Texts that passed the limits. */
  readonly checkedDocuments: number;
  /** Requests that came lately, in bytes and as texts. */
  readonly requestTexts: number;
  /** Tokens that were verified, with what they claim. */
  readonly tokens: number;
}

const MB = 1024 * 1024;

/** The program itself, and what V8 sets aside for what is new. */
const PROGRAM_BYTES = 64 * MB;
const LEAST_ROOM_BYTES = 8 * MB;
/** From here on everything has its full share: a heap of 832 MB. */
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
/** Of the cache: with room for models there is room for what is made of them. */
const OF_CACHE = { texts: 1 / 8, requests: 1 / 16 };

/** In proportion to what a heap of this limit leaves beside the program; `cacheMaxMb` undefined: the cache, too. */
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
