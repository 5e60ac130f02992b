// Where an answer came from, as the caller is told; all null for what nobody was asked about. It says
// nothing that changes while the answer is kept: how old it is is told when it is asked for.
import type { Model, ModelVersion } from './model.js';

export interface Provenance {
  /** PAI's RequestId of the answer. */
  readonly requestId: string | null;
  /** When PAI gave the answer; ISO 8601, UTC. */
  readonly fetchedAt: string | null;
  /** The same by the monotonic clock, which ages are counted by. */
  readonly fetchedMoment: number | null;
  readonly source: 'LIVE' | 'CACHE' | 'STALE' | null;
  readonly region: string | null;
}

/** A value together with where it came from. */
export type Sourced<T> = T & { readonly meta: Provenance };

export type SourcedModel = Sourced<Model>;
export type SourcedModelVersion = Sourced<ModelVersion> & {
  /** The model that it was reached from, as that was read; absent: it was read on its own. */
  readonly reachedFrom?: SourcedModel;
};

/** The newest version, which came with its model and from where that came. */
export function latestVersionOf(model: SourcedModel): SourcedModelVersion | null {
  const { latestVersion, meta } = model;
  return latestVersion && { ...latestVersion, meta, reachedFrom: model };
}
