// The things that can be read, each through the cache: models, versions, workspaces, datasets, and pages of lists. For each:
// its key, and its fetch, narrowed to the caller's workspaces before it is stored.
import type { Cache } from '../cache/cache.js';
import type { Entry, EntryType, Scope } from '../cache/entry.js';
import { ReadThrough, type ReadThroughOptions, type Source } from '../cache/read-through.js';
import type { ReadKind, Report } from '../domain/events.js';
import type { Page, PageNumber } from '../domain/list.js';
import type { Model } from '../domain/model.js';
import type { PaiClient } from '../pai/client.js';
import type { ListQuery } from '../pai/request.js';
import type { PageCaps } from './paging/page-cap.js';
import { judgePage } from './paging/page-plan.js';
import {
  DATASET,
  DATASET_PAGE,
  MODEL,
  MODEL_PAGE,
  VERSION,
  VERSION_PAGE,
  WORKSPACE,
  WORKSPACE_PAGE,
} from './stored-forms.js';
import { getVisible, hideRows } from './visibility.js';

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
      fetch: (id, context) => getVisible(() => client.getModel(id, context), context.caller.view),
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
        return { ...fetched, value: hideRows(fetched.value, context.caller.view) };
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
  function dropItems<T>(type: EntryType<T>, { list: { ids } }: ListPage, scope: Scope): void {
    for (const id of ids ?? []) cache.invalidate(scope, type, id, now());
  }
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
      onRefused: (key, scope) => dropItems(WORKSPACE, key, scope),
    }),
    datasets: reader(DATASET, {
      cacheKeyOf: ({ id }: DatasetKey) => id,
      fetch: ({ id }, context) =>
        getVisible(() => client.getDataset(id, context), context.caller.view),
    }),
    datasetPages: reader(DATASET_PAGE, {
      cacheKeyOf: pageKey<ListPage>,
      async fetch({ list, page }, context) {
        const fetched = await client.listDatasets(list, page, context);
        if (fetched === null) return null;
        pageCaps.observe(list.operation, context.caller, page, fetched.value);
        return {
          ...fetched,
          value: hideRows(believed(list, fetched.value), context.caller.view),
        };
      },
      isCacheable: () => false,
      onFetched: (entry, scope) => storeItems(DATASET, entry, scope, cache),
      onRefused: (key, scope) => dropItems(DATASET, key, scope),
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

/** A page that PAI has cut begins elsewhere than its key says, and would make every later read plan again. */
function startsAsKeyed({ page }: ListPage, { items, total }: Page<unknown>): boolean {
  return page.number === 1 || judgePage(page, items.length, total).kind !== 'cut';
}

function pageKey<P extends ListPage>({ list, page }: P): string {
  return `${list.key}#${page.number}/${page.size}`;
}
