// The context that the resolvers of one operation share.
import type { NarrowedCatalog } from '../catalog/narrowed-catalog.js';
import type { Call } from '../domain/call.js';
import type { ResponseSize } from './limits/response-size.js';
import type { Loaders } from './loaders.js';

export interface Context {
  readonly requestId: string;
  /** The time at which the request had arrived, by `now`. */
  readonly startedAt: number;
  readonly call: Call;
  readonly loaders: Loaders;
  readonly size: ResponseSize;
  readonly pageCaps: NarrowedCatalog['pageCaps'];
  readonly estimates: NarrowedCatalog['estimates'];
  /** The operation is to be explained instead of run. */
  readonly isExplain: boolean;
  readonly summary: OperationSummary;
  /** The monotonic clock. */
  readonly now: () => number;
}

/** The facts that a run leaves for the code that runs after it. */
export interface OperationSummary {
  name: string | null;
  kind: string | null;
  /** The same request would get the same answer again, as long as the data that was read is the same. */
  isMemorable: boolean;
}

export function createSummary(): OperationSummary {
  return { name: null, kind: null, isMemorable: false };
}
