// Reads the part of the registry that a caller may see, at the fewest calls, each answer with its provenance; and tells
// the cost that a read would have now.

import type { Scope } from '../cache/entry.js';
import {
  type CacheStatus,
  isRead,
  type Outcome,
  type Read,
  type ReadThroughOptions,
} from '../cache/read-through.js';
import type { Call } from '../domain/call.js';
import type { Report, UpstreamOperation } from '../domain/events.js';
import type { Page, PageNumber } from '../domain/list.js';
import type { Sourced, SourcedModel, SourcedModelVersion } from '../domain/model.js';
import { untilAborted } from '../lib/time.js';
import type { PaiClient } from '../pai/client.js';
import type { ListQuery } from '../pai/request.js';
import { createKnownLists, type KnownLists, seenPage } from './batching/known-lists.js';
import {
  createListBatching,
  type EstimatedBatch,
  type ListBatching,
} from './batching/list-batching.js';
import { createListTrust, type ListTrust, storeModels } from './batching/list-proof.js';
import { createPageCaps, type PageCaps } from './paging/page-cap.js';
import {
  createReaders,
  type ListPage,
  type Readers,
  type VersionKey,
  type VersionListPage,
} from './readers.js';
import type { ScopeRequest } from './scope.js';
import { isListVisible, readWhereModelExists } from './visibility.js';

export type { CacheStatus, ListPage, VersionKey, VersionListPage };

export interface Catalog {
  /** Callers of one scope get the same answers, before workspaces narrow them. Rejects where a caller has no access. */
  scopeOf(request: ScopeRequest): Promise<string>;
  /** In the order of the ids: the model, null where PAI has none, or the error of that id alone. */
  getModels(ids: readonly string[], call: Call): Promise<(SourcedModel | null | Error)[]>;
  /** The same for versions. `modelExists` is called only for callers whose view is narrowed to workspaces. */
  getVersions(
    keys: readonly VersionKey[],
    call: Call,
    modelExists: (modelId: string) => Promise<boolean>,
  ): Promise<(SourcedModelVersion | null | Error)[]>;
  listModels(list: ListQuery, page: PageNumber, call: Call): Promise<ModelListPage>;
  /** Empty where the model does not exist. */
  listVersions(
    modelId: string,
    list: ListQuery,
    page: PageNumber,
    call: Call,
  ): Promise<Page<SourcedModelVersion>>;
  readonly estimates: Estimates;
  /** The size of PAI's pages, as the latest pages have shown. */
  readonly pageCaps: Pick<PageCaps, 'of'>;
}

export interface ModelListPage extends Page<SourcedModel> {
  /** Whether lists have proved equal to GetModel here: only then do their items answer reads by id. */
  readonly isProven: boolean;
}

/** The outcomes that reads would have now, in the order of the keys. PAI is not asked. */
export interface Estimates {
  models(ids: readonly string[], call: Call): Promise<CacheStatus<unknown>[]>;
  versions(keys: readonly VersionKey[], call: Call): Promise<CacheStatus<unknown>[]>;
  modelPages(pages: readonly ListPage[], call: Call): Promise<CacheStatus<unknown>[]>;
  versionPages(pages: readonly VersionListPage[], call: Call): Promise<CacheStatus<unknown>[]>;
  /** How this number of missing models would be read; null: one by one. */
  batch(missing: number, call: Call): Promise<EstimatedBatch | null>;
  /** Calls of the operation that may start in this second. */
  quotaLeft(operation: UpstreamOperation, call: Call): number;
  /** The least number of milliseconds until this number of further calls of the caller can have started. */
  leastWaitMs(operation: UpstreamOperation, call: Call, count: number): number;
}

export interface CatalogOptions extends ReadThroughOptions {
  readonly client: PaiClient;
  /** The scope of the caller's answers in the cache. */
  readonly scopeOf: (request: ScopeRequest) => Promise<Scope>;
  readonly region: string | null;
  readonly report: Report;
  /** The date of a moment of the monotonic clock. */
  readonly dateOf: (moment: number) => number;
  readonly pageSizeMax: number;
  /** Whether many missing models are read through lists where that costs less. */
  readonly isListBatching: boolean;
  readonly quotaLeft: Estimates['quotaLeft'];
  readonly leastWaitMs: Estimates['leastWaitMs'];
}

/** The parts of a catalog that its reads share. */
interface CatalogParts {
  readonly readers: Readers;
  readonly known: KnownLists;
  readonly trust: ListTrust;
  readonly pageCaps: PageCaps;
  /** null: off. */
  readonly batching: ListBatching | null;
}

export function createCatalog(options: CatalogOptions): Catalog {
  const parts = createParts(options);
  const { readers, batching, trust, known, pageCaps } = parts;
  const sourced = createSourced(options);

  /** The keys of a caller may come from STS: waiting for them ends with the call. */
  async function scopeOf(call: Call): Promise<Scope> {
    call.signal.throwIfAborted();
    return untilAborted(options.scopeOf(call), call.signal);
  }

  async function getVersions(keys: readonly VersionKey[], call: Call) {
    const outcomes = await readers.versions.getMany(keys, await scopeOf(call), call);
    return outcomes.map((outcome) => (isRead(outcome) ? sourced(outcome.value, outcome) : outcome));
  }

  function pageOf<T extends object>(outcome: Outcome<Page<T>> | undefined): Page<Sourced<T>> {
    if (outcome instanceof Error) throw outcome;
    // The list of a thing that does not exist is empty.
    if (!outcome) return EMPTY;
    const { items, total } = outcome.value;
    return { items: items.map((item) => item && sourced(item, outcome)), total };
  }

  return {
    scopeOf: async (request) => (await options.scopeOf(request)).id,
    async getModels(ids, call) {
      const scope = await scopeOf(call);
      const batchFetch = batching
        ? (missing: readonly string[]) => batching.batchFetch(missing, scope, call)
        : undefined;
      const outcomes = await readers.models.getMany(ids, scope, call, batchFetch);
      return outcomes.map((outcome) =>
        isRead(outcome) ? sourced(outcome.value, outcome) : outcome,
      );
    },
    getVersions: async (keys, call, modelExists) =>
      call.caller.view.kind !== 'workspaces'
        ? getVersions(keys, call)
        : readWhereModelExists(keys, modelExists, (visible) => getVersions(visible, call)),
    async listModels(list, page, call) {
      if (!isListVisible(list, call.caller.view)) return { ...EMPTY, isProven: false };
      const scope = await scopeOf(call);
      const [outcome] = await readers.modelPages.getMany([{ list, page }], scope, call);
      const isProven = trust.of(scope) === 'trusted';
      if (outcome && isRead(outcome)) known.note(scope, list, seenPage(page, outcome, isProven));
      return { ...pageOf(outcome), isProven };
    },
    async listVersions(modelId, list, page, call) {
      const key = { modelId, list, page };
      const [outcome] = await readers.versionPages.getMany([key], await scopeOf(call), call);
      return pageOf(outcome);
    },
    estimates: createEstimates(parts, scopeOf, options),
    pageCaps,
  };
}

const EMPTY: Page<never> = { items: [], total: 0 };

function createParts(options: CatalogOptions): CatalogParts {
  const { cache, limits, now, quotaLeft } = options;
  const pageCaps = createPageCaps(options.pageSizeMax, now);
  const known = createKnownLists(now, limits.ttlMs);
  const trust = createListTrust(now);
  const readers = createReaders({
    ...options,
    pageCaps,
    onModelPage(page, scope) {
      if (trust.of(scope) === 'trusted') storeModels(page, scope, cache);
    },
  });
  const { models, modelPages } = readers;
  const batching = createListBatching({
    known,
    trust,
    pageCaps,
    cache: limits.ttlMs > 0 ? cache : null,
    report: options.report,
    now,
    quotaLeft: (call) => ({
      ListModels: quotaLeft('ListModels', call),
      GetModel: quotaLeft('GetModel', call),
    }),
    readPage: async (list, page, scope, call) =>
      (await modelPages.getMany([{ list, page }], scope, call))[0] ?? null,
    readById: (ids, scope, call) => models.getMany(ids, scope, call),
  });
  return { readers, known, trust, pageCaps, batching: options.isListBatching ? batching : null };
}

function createEstimates(
  { readers, batching }: CatalogParts,
  scopeOf: (call: Call) => Promise<Scope>,
  { quotaLeft, leastWaitMs }: CatalogOptions,
): Estimates {
  const { models, versions, modelPages, versionPages } = readers;
  return {
    models: async (ids, call) => models.estimate(ids, await scopeOf(call), call),
    versions: async (keys, call) => versions.estimate(keys, await scopeOf(call), call),
    modelPages: async (pages, call) => modelPages.estimate(pages, await scopeOf(call), call),
    versionPages: async (pages, call) => versionPages.estimate(pages, await scopeOf(call), call),
    batch: async (missing, call) => batching?.estimate(missing, await scopeOf(call), call) ?? null,
    quotaLeft,
    leastWaitMs,
  };
}

/** The value with the provenance of its read. */
function createSourced({ region, dateOf }: Pick<CatalogOptions, 'region' | 'dateOf'>) {
  return <T extends object>(
    value: T,
    { requestId, fetchedAt: fetchedMoment, source }: Read<unknown>,
  ): Sourced<T> => {
    const fetchedAt = new Date(dateOf(fetchedMoment)).toISOString();
    return { ...value, meta: { requestId, fetchedAt, fetchedMoment, source, region } };
  };
}
