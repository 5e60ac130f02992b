// Reads the part of the registry that a caller may see, at the fewest calls; and tells the cost that a read would have
// now.
import type { Scope } from '../cache/entry.js';
import {
  type CacheStatus,
  isRead,
  type Outcome,
  type Read,
  type ReadThroughOptions,
} from '../cache/read-through.js';
import type { Call, QuotaState } from '../domain/call.js';
import { isNarrowed } from '../domain/caller.js';
import type { Report, UpstreamOperation } from '../domain/events.js';
import type { Page, PageNumber } from '../domain/list.js';
import type { Dataset, Model, ModelVersion, Provenance, Workspace } from '../domain/model.js';
import type { PartStatus } from '../domain/part-status.js';
import { untilAborted } from '../lib/until-aborted.js';
import type { PaiClient } from '../pai/client.js';
import { datasetListQuery, type ListQuery, workspaceListQuery } from '../pai/request.js';
import { batchByIds, inChunks } from './batching/by-ids.js';
import { KnownLists } from './batching/known-lists.js';
import { type EstimatedBatch, ListBatching } from './batching/list-batching.js';
import { ListTrust, storeModels } from './batching/list-trust.js';
import { estimateCalls } from './estimate-calls.js';
import type { KnownCall } from './operations.js';
import { createPageCaps, type PageCaps } from './paging/page-cap.js';
import { createReaders, type DatasetKey, type Readers, type VersionKey } from './readers.js';
import type { Scopes } from './scope.js';
import { isWorkspaceVisible, ownWorkspaces, readWhereModelExists } from './visibility.js';

/** The cost that reads would have now. PAI is not asked. */
export interface Estimates {
  /** In the order of the calls, which are all of this operation. */
  statuses(
    operation: UpstreamOperation,
    calls: readonly KnownCall[],
    call: Call,
  ): Promise<CacheStatus<unknown>[]>;
  /** How this number of missing models would be read; null: one by one. */
  batch(missing: number, call: Call): Promise<EstimatedBatch | null>;
  quota(operation: UpstreamOperation, call: Call): QuotaState;
  /** The least number of milliseconds until this number of further calls of the caller can have started. */
  leastWaitMs(operation: UpstreamOperation, call: Call, count: number): number;
}

interface CatalogOptions extends ReadThroughOptions {
  readonly client: PaiClient;
  /** The scope of the caller's answers in the cache. */
  readonly scopes: Scopes;
  readonly region: string | null;
  readonly report: Report;
  /** The date of a moment of the monotonic clock. */
  readonly dateOf: (moment: number) => number;
  readonly pageSizeMax: number;
  /** Whether many missing models are read through lists where that costs less. */
  readonly isListBatching: boolean;
  readonly quota: Estimates['quota'];
  readonly leastWaitMs: Estimates['leastWaitMs'];
}

interface ModelListRead {
  /** null: PAI was not asked, since nothing that the list matches is visible. */
  readonly outcome: Outcome<Page<Model>>;
  /** Whether lists have proved equal to GetModel here: only then do their items answer reads by id. */
  readonly isProven: boolean;
}

export class Catalog {
  /** The size of PAI's pages, as the latest pages have shown. */
  readonly pageCaps: PageCaps;
  readonly estimates: Estimates;
  readonly #options: CatalogOptions;
  readonly #readers: Readers;
  readonly #known: KnownLists;
  readonly #trust: ListTrust;
  /** null: off. */
  readonly #batching: ListBatching | null;

  constructor(options: CatalogOptions) {
    const { cache, limits, now, pageSizeMax, isListBatching } = options;
    this.#options = options;
    this.pageCaps = createPageCaps(pageSizeMax, now);
    const trust = new ListTrust(now);
    this.#trust = trust;
    this.#known = new KnownLists(now, limits.ttlMs);
    this.#readers = createReaders({
      ...options,
      pageCaps: this.pageCaps,
      onModelPage(page, scope) {
        if (trust.of(scope) === 'trusted') storeModels(page, scope, cache);
      },
    });
    const { pageCaps } = this;
    const parts = { readers: this.#readers, known: this.#known, trust, pageCaps };
    this.#batching = isListBatching ? new ListBatching({ ...options, ...parts }) : null;
    this.estimates = this.#createEstimates();
  }

  /** Whether lists answer reads by id: `failing` where one has disagreed with GetModel in the last hour. */
  listStatus(): PartStatus | 'off' {
    return this.#batching === null ? 'off' : this.#trust.status();
  }

  /** In the order of the ids. */
  async getModels(ids: readonly string[], call: Call): Promise<Outcome<Model>[]> {
    const scope = await this.#scopeOf(call);
    return this.#readers.models.getMany(ids, scope, call, {
      fetch: async (missing) => this.#batching?.batchFetch(missing, scope, call),
    });
  }

  /** The same for versions. `modelExists` is called only for callers whose view is narrowed to workspaces. */
  async getVersions(
    keys: readonly VersionKey[],
    call: Call,
    modelExists: (modelId: string) => Promise<boolean>,
  ): Promise<Outcome<ModelVersion>[]> {
    const read = async (wanted: readonly VersionKey[]) =>
      this.#readers.versions.getMany(wanted, await this.#scopeOf(call), call);
    return isNarrowed(call.caller.view)
      ? readWhereModelExists(keys, modelExists, read)
      : read(keys);
  }

  async listModels(list: ListQuery, page: PageNumber, call: Call): Promise<ModelListRead> {
    if (!isWorkspaceVisible(list.workspaceId, call.caller.view))
      return { outcome: null, isProven: false };
    const scope = await this.#scopeOf(call);
    const [outcome = null] = await this.#readers.modelPages.getMany([{ list, page }], scope, call);
    const isProven = this.#trust.of(scope) === 'trusted';
    if (isRead(outcome)) {
      const { value, fetchedAt } = outcome;
      const seen = { page, total: value.total, fetchedAt, isStored: isProven };
      this.#known.note(scope, list, seen);
    }
    return { outcome, isProven };
  }

  /** null where the model does not exist. */
  async listVersions(
    modelId: string,
    list: ListQuery,
    page: PageNumber,
    call: Call,
  ): Promise<Outcome<Page<ModelVersion>>> {
    const key = { modelId, list, page };
    const scope = await this.#scopeOf(call);
    const [outcome = null] = await this.#readers.versionPages.getMany([key], scope, call);
    return outcome;
  }

  /** In the order of the ids. */
  async getWorkspaces(ids: readonly string[], call: Call): Promise<Outcome<Workspace>[]> {
    const visible = ids.filter((id) => isWorkspaceVisible(id, call.caller.view));
    if (visible.length === 0) return ids.map(() => null);
    const scope = await this.#scopeOf(call);
    const { workspaces, workspacePages } = this.#readers;
    const size = this.pageCaps.of('ListWorkspaces', call.caller);
    const listsOf = (missing: readonly string[]) =>
      inChunks(missing.toSorted(), size).map((keys) => ({ keys, list: workspaceListQuery(keys) }));
    const batch = batchByIds(workspacePages, (id: string) => id, listsOf, scope, call);
    const outcomes = await workspaces.getMany(visible, scope, call, batch);
    const byId = new Map(visible.map((id, index) => [id, outcomes[index] ?? null]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  /** In the order of the keys; those of a workspace together. */
  async getDatasets(keys: readonly DatasetKey[], call: Call): Promise<Outcome<Dataset>[]> {
    const scope = await this.#scopeOf(call);
    const { datasets, datasetPages } = this.#readers;
    const size = this.pageCaps.of('ListDatasets', call.caller);
    const listsOf = (missing: readonly DatasetKey[]) =>
      [...byWorkspace(missing)].flatMap(([workspaceId, own]) =>
        inChunks(own, size).map((chunk) => ({
          keys: chunk,
          list: datasetListQuery(
            workspaceId,
            chunk.map(({ id }) => id),
          ),
        })),
      );
    const batch = batchByIds(datasetPages, ({ id }: DatasetKey) => id, listsOf, scope, call);
    return datasets.getMany(keys, scope, call, {
      fetch: batch.fetch,
      revalidate(stale) {
        batch.revalidate(stale);
        for (const key of stale)
          if (key.workspaceId === null) datasets.revalidate(key, scope, call);
      },
    });
  }

  /** Rejects where the page could not be read. */
  async listWorkspaces(list: ListQuery, page: PageNumber, call: Call): Promise<Page<Workspace>> {
    const own = ownWorkspaces(page, call.caller.view);
    if (own === null) {
      const scope = await this.#scopeOf(call);
      const pages = await this.#readers.workspacePages.getMany([{ list, page }], scope, call);
      return orThrow(pages[0] ?? null) ?? { items: [], total: 0 };
    }
    const outcomes = await this.getWorkspaces(own.ids, call);
    return { items: outcomes.map(orThrow), total: own.total };
  }

  provenanceOf(read: Read<unknown>): Provenance {
    const { requestId, fetchedAt: fetchedMoment, source } = read;
    const { dateOf, region } = this.#options;
    const fetchedAt = new Date(dateOf(fetchedMoment)).toISOString();
    return { requestId, fetchedAt, fetchedMoment, source, region };
  }

  #createEstimates(): Estimates {
    const { quota, leastWaitMs } = this.#options;
    return {
      statuses: async (operation, calls, call) =>
        estimateCalls(this.#readers, operation, calls, await this.#scopeOf(call), call),
      batch: async (missing, call) =>
        this.#batching?.estimate(missing, await this.#scopeOf(call), call) ?? null,
      quota,
      leastWaitMs,
    };
  }

  /** The keys of a caller may come from STS: waiting for them ends with the call. */
  async #scopeOf(call: Call): Promise<Scope> {
    const { scopes } = this.#options;
    call.signal.throwIfAborted();
    return scopes.known(call.caller) ?? untilAborted(scopes.of(call), call.signal);
  }
}

/** Without those of which no workspace is known. */
function byWorkspace(keys: readonly DatasetKey[]): Map<string, DatasetKey[]> {
  const groups = new Map<string, DatasetKey[]>();
  for (const key of keys.toSorted((one, other) => (one.id < other.id ? -1 : 1))) {
    if (key.workspaceId === null) continue;
    const own = groups.get(key.workspaceId) ?? [];
    own.push(key);
    groups.set(key.workspaceId, own);
  }
  return groups;
}

function orThrow<T>(outcome: Outcome<T>): T | null {
  if (outcome instanceof Error) throw outcome;
  return outcome?.value ?? null;
}
