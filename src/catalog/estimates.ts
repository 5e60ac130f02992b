// The outcomes that reads would have now, in the order of the questions. It asks PAI nothing.
import type { Call } from '../domain/call.js';
import type { UpstreamOperation } from '../domain/events.js';
import type { Page } from '../domain/list.js';
import type { Model, ModelVersion } from '../domain/model.js';
import type { EstimatedBatch, ListBatching } from './batching/list-batching.js';
import type { Access } from './reading/fetcher.js';
import type { CacheStatus } from './reading/lookup.js';
import type { ListPage, Sources, VersionKey, VersionListPage } from './sources.js';

export interface Estimates {
  models(ids: readonly string[], call: Call): Promise<CacheStatus<Model>[]>;
  versions(keys: readonly VersionKey[], call: Call): Promise<CacheStatus<ModelVersion>[]>;
  modelPages(pages: readonly ListPage[], call: Call): Promise<CacheStatus<Page<Model>>[]>;
  versionPages(
    pages: readonly VersionListPage[],
    call: Call,
  ): Promise<CacheStatus<Page<ModelVersion>>[]>;
  /** How this number of missing models would be read; null: one by one. */
  batch(missing: number, call: Call): Promise<EstimatedBatch | null>;
  /** Calls of the operation that may start in this second. */
  quotaLeft(operation: UpstreamOperation, call: Call): number;
  /** The least number of milliseconds until this number of further calls of the caller can have started. */
  leastWaitMs(operation: UpstreamOperation, call: Call, count: number): number;
}

export interface EstimatesParts {
  readonly sources: Sources;
  readonly accessOf: (call: Call) => Promise<Access>;
  /** null: off. */
  readonly batching: ListBatching | null;
  readonly quotaLeft: Estimates['quotaLeft'];
  readonly leastWaitMs: Estimates['leastWaitMs'];
}

export function createEstimates(parts: EstimatesParts): Estimates {
  const { sources, accessOf, batching, quotaLeft, leastWaitMs } = parts;
  const { models, versions, modelPages, versionPages } = sources;
  return {
    models: async (ids, call) => models.estimate(ids, await accessOf(call), call),
    versions: async (keys, call) => versions.estimate(keys, await accessOf(call), call),
    modelPages: async (pages, call) => modelPages.estimate(pages, await accessOf(call), call),
    versionPages: async (pages, call) => versionPages.estimate(pages, await accessOf(call), call),
    batch: async (missing, call) => batching?.estimate(missing, await accessOf(call), call) ?? null,
    quotaLeft,
    leastWaitMs,
  };
}
