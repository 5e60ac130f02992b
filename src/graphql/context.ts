// What the resolvers of one operation share.
import type { NarrowedCatalog } from '../catalog/narrowed-catalog.js';
import type { Call } from '../domain/call.js';
import type { Loaders } from './loaders.js';

export interface Context {
  readonly requestId: string;
  readonly call: Call;
  readonly loaders: Loaders;
  readonly pageCaps: NarrowedCatalog['pageCaps'];
  /** The operation is to be explained instead of run. */
  readonly isExplain: boolean;
}
