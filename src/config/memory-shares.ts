// The part of the heap that each cache in memory may take. Pure.

const MB = 1024 * 1024;

/** The program itself, and the space that V8 reserves for new objects. */
const PROGRAM_BYTES = 64 * MB;
const LEAST_ROOM_BYTES = 8 * MB;
/** From this size on, a heap of 832 MB, each cache has its full share. */
const FULL_ROOM_BYTES = 768 * MB;
const FULL_CACHE_BYTES = 128 * MB;

export type MemoryShares = ReturnType<typeof memoryShares>;

/**
 * Shares in bytes, proportional to the heap without the program; `cacheMaxMb` replaces the share of the cache of
 * PAI's answers.
 */
export function memoryShares(heapLimitBytes: number, cacheMaxMb: number | undefined) {
  const room = Math.max(LEAST_ROOM_BYTES, heapLimitBytes - PROGRAM_BYTES);
  const part = Math.min(1, room / FULL_ROOM_BYTES);
  const shareOf = (fullBytes: number) => Math.floor(fullBytes * part);
  const cache = cacheMaxMb === undefined ? shareOf(FULL_CACHE_BYTES) : cacheMaxMb * MB;
  return {
    cache,
    /** Whole responses to operations. */
    responses: shareOf(32 * MB),
    compiledOperations: shareOf(48 * MB),
    /** Parsed documents. */
    documents: shareOf(16 * MB),
    /** Texts that clients registered by their hash. */
    persistedQueries: shareOf(16 * MB),
    /** Texts that passed the limits. */
    checkedDocuments: shareOf(8 * MB),
    /** Verified tokens with their claims. */
    tokens: shareOf(8 * MB),
  };
}
