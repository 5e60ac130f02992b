// What the resolvers of one operation share.
import type { NarrowedCatalog } from '../catalog/narrowed-catalog.js';
import type { Call } from '../domain/call.js';
import type { ResponseSize } from './limits/response-size.js';
import type { Loaders } from './loaders.js';

export interface Context {
  readonly requestId: string;
  /** When the request had arrived, by `now`. */
  readonly startedAt: number;
  readonly call: Call;
  readonly loaders: Loaders;
  readonly size: ResponseSize;
  readonly pageCaps: NarrowedCatalog['pageCaps'];
  readonly foresight: NarrowedCatalog['foresight'];
  /** The operation is to be explained instead of run. */
  readonly isExplain: boolean;
  readonly trail: Trail;
  /** The monotonic clock. */
  readonly now: () => number;
}

/** What a run tells those who come after it. */
export interface Trail {
  name: string | null;
  kind: string | null;
  /** The same again would have the same answer, as long as what was read is the same. */
  isMemorable: boolean;
}

export function createTrail(): Trail {
  return { name: null, kind: null, isMemorable: false };
}
