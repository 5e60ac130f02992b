// Where an answer came from, as the caller is told.
import type { Model, ModelVersion } from './model.js';

export interface Provenance {
  /** PAI's RequestId of the answer. */
  readonly requestId: string | null;
  /** When PAI gave the answer; ISO 8601, UTC. */
  readonly fetchedAt: string;
  readonly ageSeconds: number;
  readonly source: 'LIVE' | 'CACHE' | 'STALE';
  readonly region: string | null;
}

/** A value together with where it came from. */
export type Sourced<T> = T & { readonly meta: Provenance };

export type SourcedModel = Sourced<Model>;
export type SourcedModelVersion = Sourced<ModelVersion>;
