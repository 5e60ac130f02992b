// The origin of an answer, as shown to the caller; all null for things that were not asked of PAI. It contains nothing
// that changes while the answer is kept: the age is computed when the caller asks for it.
import type { Model, ModelVersion } from './model.js';

export interface Provenance {
  /** PAI's RequestId of the answer. */
  readonly requestId: string | null;
  /** When PAI gave the answer; ISO 8601, UTC. */
  readonly fetchedAt: string | null;
  /** The same by the monotonic clock, which measures ages. */
  readonly fetchedMoment: number | null;
  readonly source: 'LIVE' | 'CACHE' | 'STALE' | null;
  readonly region: string | null;
}

/** A value together with its provenance. */
export type Sourced<T> = T & { readonly meta: Provenance };

export type SourcedModel = Sourced<Model>;
export type SourcedModelVersion = Sourced<ModelVersion> & {
  /** The model through which the version was reached, as it was read; absent: the version was read on its own. */
  readonly reachedFrom?: SourcedModel;
};

/** The newest version, which came with its model and has the same provenance. */
export function latestVersionOf(model: SourcedModel): SourcedModelVersion | null {
  const { latestVersion, meta } = model;
  return latestVersion && { ...latestVersion, meta, reachedFrom: model };
}
