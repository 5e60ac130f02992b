// The things that can be read, each through the cache: models, versions, workspaces, datasets, and pages of lists. For each:
// its key, its fetch, narrowed to the caller's workspaces before it is stored, and its stored form. Answers are stored as
// PAI's own objects, so that the stored form changes only when PAI's does.
import type { Cache } from '../cache/cache.js';
import type { Entry, EntryType, Scope } from '../cache/entry.js';
import {
  type CacheStatus,
  ReadThrough,
  type ReadThroughOptions,
  type Source,
} from '../cache/read-through.js';
import type { Call } from '../domain/call.js';
import type { ReadKind, Report, UpstreamOperation } from '../domain/events.js';
import { isModelId } from '../domain/ids.js';
import type { Page, PageNumber } from '../domain/list.js';
import type { Dataset, Model, ModelVersion, Workspace } from '../domain/model.js';
import { isJsonObject, type JsonObject } from '../lib/json.js';
import type { PaiClient } from '../pai/client.js';
import { decodeDataset } from '../pai/decode/dataset.js';
import { decodeModel, encodeModel, modelIdOf } from '../pai/decode/model.js';
import { decodeVersion } from '../pai/decode/version.js';
import { decodeWorkspace } from '../pai/decode/workspace.js';
import type { ListQuery } from '../pai/request.js';
import type { KnownCall } from './operations.js';
import type { PageCaps } from './paging/page-cap.js';
import { judgePage } from './paging/page-plan.js';
import {
  getVisibleDataset,
  getVisibleModel,
  hideModels,
  isDatasetVisible,
  ownWorkspaces,
} from './visibility.js';

export interface VersionKey {
  readonly modelId: string;
  readonly versionName: string;
}

export interface DatasetKey {
  readonly id: string;
  /** That of the model that names it; null: not known. */
  readonly workspaceId: string | null;
}

export interface ListPage {
  readonly list: ListQuery;
  readonly page: PageNumber;
}

export interface VersionListPage extends ListPage {
  readonly modelId: string;
}

export interface ArrivedPage {
  readonly items: Page<Model>['items'];
  readonly requestId: string | null;
  /** By the monotonic clock. */
  readonly fetchedAt: number;
}

interface ReadersOptions extends ReadThroughOptions {
  readonly client: PaiClient;
  readonly pageCaps: PageCaps;
  readonly report: Report;
  /** Called for each page of models when it arrives. */
  readonly onModelPage: (page: ArrivedPage, scope: Scope) => void;
}

export type Readers = ReturnType<typeof createReaders>;

export function createReaders(options: ReadersOptions) {
  return { ...createModelReaders(options), ...createLinkedReaders(options) };
}

/** Each read is reported with its kind. */
function readerWith(options: ReadersOptions) {
  return <K, T>(
    type: EntryType<T> & { readonly name: ReadKind },
    source: Omit<Source<K, T>, 'type' | 'onRead'>,
  ): ReadThrough<K, T> => {
    const onRead: Source<K, T>['onRead'] = (from, span) =>
      options.report({ type: 'read', kind: type.name, source: from, span });
    return new ReadThrough({ ...source, type, onRead }, options);
  };
}

function createModelReaders(options: ReadersOptions) {
  const { client, pageCaps, onModelPage } = options;
  const reader = readerWith(options);
  return {
    models: reader(MODEL, {
      cacheKeyOf: (id: string) => id,
      fetch: (id, context) => getVisibleModel(client, id, context),
    }),
    versions: reader(VERSION, {
      // Neither part contains a slash, so that keys never collide.
      cacheKeyOf: ({ modelId, versionName }: VersionKey) => `${modelId}/${versionName}`,
      fetch: ({ modelId, versionName }, context) =>
        client.getVersion(modelId, versionName, context),
    }),
    modelPages: reader(MODEL_PAGE, {
      cacheKeyOf: pageKey<ListPage>,
      async fetch({ list, page }, context) {
        const fetched = await client.listModels(list, page, context);
        if (fetched === null) return null;
        pageCaps.observe(list.operation, context.caller, page, fetched.value);
        return { ...fetched, value: hideModels(fetched.value, context.caller.view) };
      },
      isCacheable: startsAsKeyed,
      onFetched({ value, requestId, fetchedAt }, scope) {
        if (value !== null) onModelPage({ items: value.items, requestId, fetchedAt }, scope);
      },
    }),
    versionPages: reader(VERSION_PAGE, {
      cacheKeyOf: pageKey<VersionListPage>,
      async fetch({ modelId, list, page }, context) {
        const fetched = await client.listVersions(modelId, list, page, context);
        if (fetched) pageCaps.observe(list.operation, context.caller, page, fetched.value);
        return fetched;
      },
      isCacheable: startsAsKeyed,
    }),
  };
}

/** Workspaces and datasets: their lists by ids store each object on its own. */
function createLinkedReaders(options: ReadersOptions) {
  const { client, pageCaps, cache, now } = options;
  const reader = readerWith(options);
  return {
    workspaces: reader(WORKSPACE, {
      cacheKeyOf: (id: string) => id,
      fetch: (id, context) => client.getWorkspace(id, context),
    }),
    workspacePages: reader(WORKSPACE_PAGE, {
      cacheKeyOf: pageKey<ListPage>,
      async fetch({ list, page }, context) {
        const fetched = await client.listWorkspaces(list, page, context);
        if (fetched === null) return null;
        pageCaps.observe(list.operation, context.caller, page, fetched.value);
        return { ...fetched, value: believed(list, fetched.value) };
      },
      // Each object of a list by ids is stored on its own.
      isCacheable: (key, page) => key.list.ids === null && startsAsKeyed(key, page),
      onFetched: (entry, scope) => storeItems(WORKSPACE, entry, scope, cache),
      onRefused({ list: { ids } }, scope) {
        for (const id of ids ?? []) cache.invalidate(scope, WORKSPACE, id, now());
      },
    }),
    datasets: reader(DATASET, {
      cacheKeyOf: ({ id }: DatasetKey) => id,
      fetch: ({ id }, context) => getVisibleDataset(client, id, context),
    }),
    datasetPages: reader(DATASET_PAGE, {
      cacheKeyOf: pageKey<ListPage>,
      async fetch({ list, page }, context) {
        const fetched = await client.listDatasets(list, page, context);
        if (fetched === null) return null;
        pageCaps.observe(list.operation, context.caller, page, fetched.value);
        const { items, total } = believed(list, fetched.value);
        const isShown = (item: Dataset) => isDatasetVisible(item, context.caller.view);
        return {
          ...fetched,
          value: { items: items.map((item) => (item && isShown(item) ? item : null)), total },
        };
      },
      isCacheable: () => false,
      onFetched: (entry, scope) => storeItems(DATASET, entry, scope, cache),
      onRefused({ list: { ids } }, scope) {
        for (const id of ids ?? []) cache.invalidate(scope, DATASET, id, now());
      },
    }),
  };
}

/** PAI may not know a parameter with ids: only objects that were asked for are believed. */
function believed<T extends { readonly id: string }>({ ids }: ListQuery, page: Page<T>): Page<T> {
  if (ids === null) return page;
  const asked = new Set(ids);
  return { ...page, items: page.items.map((item) => (item && asked.has(item.id) ? item : null)) };
}

/** Stores the items of a page as answers to reads by id. */
function storeItems<T extends { readonly id: string }>(
  type: EntryType<T>,
  { value: page, requestId, fetchedAt }: Entry<Page<T>>,
  scope: Scope,
  cache: Cache,
): void {
  const items = (page?.items ?? []).filter((item) => item !== null);
  const entries = items.map((value) => [value.id, { value, requestId, fetchedAt }] as const);
  cache.setMany(scope, type, new Map(entries));
}

export function estimateCalls(
  { models, versions, modelPages, versionPages, workspaces, workspacePages, datasets }: Readers,
  operation: UpstreamOperation,
  calls: readonly KnownCall[],
  scope: Scope,
  call: Call,
): Promise<CacheStatus<unknown>[]> {
  switch (operation) {
    case 'GetModel':
      return models.estimate(firstParts(calls), scope, call);
    case 'GetModelVersion': {
      const keys = calls.map(({ key: [modelId = '', versionName = ''] }) => ({
        modelId,
        versionName,
      }));
      return versions.estimate(keys, scope, call);
    }
    case 'ListModels': {
      const pages = calls.flatMap(({ page }) => page ?? []);
      return modelPages.estimate(pages, scope, call);
    }
    case 'ListModelVersions': {
      const pages = calls.flatMap(({ key: [modelId = ''], page }) =>
        page ? [{ modelId, ...page }] : [],
      );
      return versionPages.estimate(pages, scope, call);
    }
    case 'GetDataset':
    case 'ListDatasets': {
      const keys = calls.map(({ key }) => ({ id: key.at(-1) ?? '', workspaceId: null }));
      return datasets.estimate(keys, scope, call);
    }
    case 'GetWorkspace':
      return workspaces.estimate(firstParts(calls), scope, call);
    case 'ListWorkspaces':
      return Promise.all(
        calls.map(async ({ key, page }) => {
          const ids = page ? (ownWorkspaces(page.page, call.caller.view)?.ids ?? null) : key;
          const [status] =
            page && ids === null
              ? await workspacePages.estimate([page], scope, call)
              : [statusOfAll(await workspaces.estimate(ids ?? [], scope, call))];
          return status ?? NO_CALL;
        }),
      );
  }
}

function firstParts(calls: readonly KnownCall[]): string[] {
  return calls.map(({ key: [id = ''] }) => id);
}

const NO_CALL: CacheStatus<unknown> = { from: 'CACHE', value: undefined, isUnderWay: false };

/** Of one call that reads several objects. */
function statusOfAll(statuses: readonly CacheStatus<unknown>[]): CacheStatus<unknown> {
  const [only, ...others] = statuses;
  if (only !== undefined && others.length === 0) return only;
  const worst = ['UPSTREAM', 'STALE'] as const;
  const from = worst.find((candidate) => statuses.some(({ from }) => from === candidate));
  return { ...NO_CALL, from: from ?? 'CACHE' };
}

/** A page that PAI has cut begins elsewhere than its key says, and would make every later read plan again. */
function startsAsKeyed({ page }: ListPage, { items, total }: Page<unknown>): boolean {
  return page.number === 1 || judgePage(page, items.length, total).kind !== 'cut';
}

function pageKey<P extends ListPage>({ list, page }: P): string {
  return `${list.key}#${page.number}/${page.size}`;
}

export const MODEL = {
  name: 'model',
  version: 1,
  write: encodeModel,
  read: readModel,
} as const;

export const VERSION = {
  name: 'version',
  version: 1,
  write: writeVersion,
  read: readVersion,
} as const;

export const MODEL_PAGE = {
  name: 'model_page',
  version: 1,
  write: ({ items, total }: Page<Model>) => ({
    items: items.map((item) => item && encodeModel(item)),
    total,
  }),
  read: (stored: unknown) => readPage(stored, readModel),
} as const;

export const VERSION_PAGE = {
  name: 'version_page',
  version: 1,
  write: ({ items, total }: Page<ModelVersion>) => ({
    items: items.map((item) => item && writeVersion(item)),
    total,
  }),
  read: (stored: unknown) => readPage(stored, readVersion),
} as const;

export const WORKSPACE = {
  name: 'workspace',
  version: 1,
  write: ({ raw }: Workspace) => raw,
  read: readWorkspace,
} as const;

export const WORKSPACE_PAGE = {
  name: 'workspace_page',
  version: 1,
  write: ({ items, total }: Page<Workspace>) => ({
    items: items.map((item) => item?.raw ?? null),
    total,
  }),
  read: (stored: unknown) => readPage(stored, readWorkspace),
} as const;

export const DATASET = {
  name: 'dataset',
  version: 1,
  write: ({ raw }: Dataset) => raw,
  read: readDataset,
} as const;

export const DATASET_PAGE = {
  name: 'dataset_page',
  version: 1,
  write: ({ items, total }: Page<Dataset>) => ({
    items: items.map((item) => item?.raw ?? null),
    total,
  }),
  read: (stored: unknown) => readPage(stored, readDataset),
} as const;

/** Drift was reported when the answer came from PAI. */
function ignoreDrift(): void {}

function readModel(stored: unknown): Model | undefined {
  if (!isJsonObject(stored)) return undefined;
  const id = modelIdOf(stored);
  return id === null ? undefined : decodeModel(stored, id, ignoreDrift);
}

/** PAI's version objects do not name their model. */
function writeVersion({ modelId, raw }: ModelVersion): JsonObject {
  return { modelId, raw };
}

function readVersion(stored: unknown): ModelVersion | undefined {
  if (!isJsonObject(stored)) return undefined;
  const { modelId, raw } = stored;
  if (typeof modelId !== 'string' || !isModelId(modelId) || !isJsonObject(raw)) return undefined;
  return decodeVersion(raw, modelId, '', ignoreDrift) ?? undefined;
}

function readWorkspace(stored: unknown): Workspace | undefined {
  return isJsonObject(stored) ? (decodeWorkspace(stored, ignoreDrift) ?? undefined) : undefined;
}

function readDataset(stored: unknown): Dataset | undefined {
  return isJsonObject(stored) ? (decodeDataset(stored, ignoreDrift) ?? undefined) : undefined;
}

function readPage<T>(
  stored: unknown,
  readItem: (stored: unknown) => T | undefined,
): Page<T> | undefined {
  if (!isJsonObject(stored) || !Array.isArray(stored.items)) return undefined;
  const items = stored.items.map((item: unknown) => (item === null ? null : readItem(item)));
  const total = typeof stored.total === 'number' ? stored.total : null;
  const readable = items.filter((item) => item !== undefined);
  return readable.length === items.length ? { items: readable, total } : undefined;
}
