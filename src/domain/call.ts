// What one GraphQL operation hands down with every read: how long it may take, and who counts.

/** What an operation cost upstream; shown to the caller as `extensions.upstream`. */
export interface Usage {
  /** First attempts over the wire. */
  calls: number;
  /** Reads served from the cache, fresh. */
  cached: number;
  /** Reads that joined the flight of another operation. */
  coalesced: number;
  /** Reads served from the cache past their freshness. */
  stale: number;
  /** Attempts after the first. */
  retries: number;
  /** Time spent waiting for quota, summed over calls, in milliseconds. */
  waitMs: number;
  /** First attempts by PAI operation. */
  byOperation: Record<string, number>;
}

export function createUsage(): Usage {
  return {
    calls: 0,
    cached: 0,
    coalesced: 0,
    stale: 0,
    retries: 0,
    waitMs: 0,
    byOperation: {},
  };
}

export interface Call {
  /** Aborts when the deadline is over or the client has gone; its reason is an AppError. */
  readonly signal: AbortSignal;
  readonly usage: Usage;
}
