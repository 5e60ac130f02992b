// Reads the part of the registry that a caller may see, at the fewest calls, each answer with its provenance; and tells
// the cost that a read would have now.
import type { CacheTiers } from '../cache/cache.js';
import type { ScopeParts } from '../cache/scope.js';
import type { Call } from '../domain/call.js';
import type { Page, PageNumber } from '../domain/list.js';
import { isPromise, type MaybePromise } from '../domain/maybe-promise.js';
import type { Model, ModelVersion } from '../domain/model.js';
import type { SourcedModel, SourcedModelVersion } from '../domain/provenance.js';
import { untilAborted } from '../domain/until-aborted.js';
import type { PaiClient } from '../pai/client.js';
import type { ListQuery } from '../pai/list-query.js';
import { createAccesses } from './accesses.js';
import { createKeptModels } from './batching/kept-models.js';
import { createKnownLists, seenPage } from './batching/known-lists.js';
import { createListBatching, type ListBatchingParts } from './batching/list-batching.js';
import { createListTrust } from './batching/list-trust.js';
import { createEstimates, type Estimates } from './estimates.js';
import { narrowClient } from './narrowed-client.js';
import { observeCaps } from './paging/observed-client.js';
import { createPageCaps, type PageCaps } from './paging/page-cap.js';
import { type Asking, createPeeking, type Peeking } from './peeking.js';
import type { BatchFetch, Read, ReaderParts } from './reading/cached-reader.js';
import type { Access } from './reading/fetcher.js';
import { isRead } from './reading/serving.js';
import { createPageSourcing, createSourcing, unlessError } from './sourced.js';
import { createSources, type Sources, type VersionKey } from './sources.js';

export type { VersionKey };

export interface Catalog extends Peeking {
  /** In order, one slot for each id: the model, null where PAI has none, or the error of that id alone. */
  getModels(ids: readonly string[], call: Call): Promise<(SourcedModel | null | Error)[]>;
  /** The same for versions. */
  getVersions(
    keys: readonly VersionKey[],
    call: Call,
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

export interface CatalogOptions extends ReaderParts {
  readonly client: PaiClient;
  readonly tiers: CacheTiers;
  /** The access of the caller: all parts of a scope but the caller's view. */
  readonly access: (asking: Asking) => MaybePromise<Omit<ScopeParts, 'view'>>;
  readonly pageSizeMax: number;
  /** Whether many missing models are read through lists where that costs less. */
  readonly isListBatching: boolean;
  readonly quotaLeft: Estimates['quotaLeft'];
  readonly leastWaitMs: Estimates['leastWaitMs'];
}

export function createCatalog(options: CatalogOptions): Catalog {
  const { access, quotaLeft, leastWaitMs, now, windows } = options;
  const accesses = createAccesses(options.tiers);
  const pageCaps = createPageCaps(options.pageSizeMax, now);
  const known = createKnownLists(now, windows.ttlMs);
  const trust = createListTrust(now);
  const kept = createKeptModels(trust, windows.ttlMs > 0);
  const sources = createSources({
    ...options,
    client: observeCaps(narrowClient(options.client), pageCaps),
    onModelPage: kept.onPage,
  });
  const batching = options.isListBatching
    ? batchingOver(sources, { ...options, known, kept, trust, pageCaps })
    : null;

  async function accessOf(call: Call): Promise<Access> {
    call.signal.throwIfAborted();
    const parts = access(call);
    const given = isPromise(parts) ? await untilAborted(parts, call.signal) : parts;
    return accesses(given, call.caller.view);
  }

  const [asModel, asVersion] = [createSourcing<Model>(), createSourcing<ModelVersion>()];
  const asModelPage = createPageSourcing<Model>();
  const asVersionPage = createPageSourcing<ModelVersion>();

  return {
    ...createPeeking(sources, { accesses, access, asModel, asVersion }),
    async getModels(ids, call) {
      const where = await accessOf(call);
      const batchFetch: BatchFetch<Model> | undefined =
        batching === null ? undefined : (missing) => batching.batchFetch(missing, where, call);
      return (await sources.models.read(ids, where, call, batchFetch)).map(unlessError(asModel));
    },
    async getVersions(keys, call) {
      const reads = await sources.versions.read(keys, await accessOf(call), call);
      return reads.map(unlessError(asVersion));
    },
    async listModels(list, page, call) {
      const where = await accessOf(call);
      const read = firstOf(await sources.modelPages.read([{ list, page }], where, call));
      const { items, total } = asModelPage(read);
      const isProven = kept.isProven(where);
      if (isRead(read)) known.note(where.scopeId, list, seenPage(page, read, isProven));
      return { items, total, isProven };
    },
    async listVersions(modelId, list, page, call) {
      const question = { modelId, list, page };
      const reads = await sources.versionPages.read([question], await accessOf(call), call);
      return asVersionPage(firstOf(reads));
    },
    estimates: createEstimates({ sources, accessOf, batching, quotaLeft, leastWaitMs }),
    pageCaps,
  };
}

function batchingOver(
  { models, modelPages }: Sources,
  {
    quotaLeft,
    ...parts
  }: CatalogOptions & Pick<ListBatchingParts, 'known' | 'kept' | 'trust' | 'pageCaps'>,
) {
  return createListBatching({
    ...parts,
    quotaLeft: (call) => ({
      ListModels: quotaLeft('ListModels', call),
      GetModel: quotaLeft('GetModel', call),
    }),
    readPage: async (list, page, ...rest) =>
      firstOf(await modelPages.read([{ list, page }], ...rest)),
    readById: models.read,
  });
}

function firstOf<T>([read]: readonly (Read<T> | null | Error)[]): Read<T> | null | Error {
  return read ?? null;
}
