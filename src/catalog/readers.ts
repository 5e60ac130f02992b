// The four things that can be read, each through the cache: models, versions, and pages of their lists. For each: its
// key, its fetch, narrowed to the caller's workspaces before it is stored, and its stored form. Answers are stored as
// PAI's own objects, so that the stored form changes only when PAI's does.
import type { EntryType, Scope } from '../cache/entry.js';
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
import type { Model, ModelVersion } from '../domain/model.js';
import { isJsonObject, type JsonObject } from '../lib/json.js';
import type { PaiClient } from '../pai/client.js';
import { decodeModel, encodeModel, modelIdOf } from '../pai/decode/model.js';
import { decodeVersion } from '../pai/decode/version.js';
import type { ListQuery } from '../pai/request.js';
import type { KnownCall } from './operations.js';
import type { PageCaps } from './paging/page-cap.js';
import { judgePage } from './paging/page-plan.js';
import { getVisibleModel, hideModels } from './visibility.js';

export interface VersionKey {
  readonly modelId: string;
  readonly versionName: string;
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
  const { client, pageCaps, report, onModelPage } = options;

  function reader<K, T>(
    type: EntryType<T> & { readonly name: ReadKind },
    source: Omit<Source<K, T>, 'type' | 'onRead'>,
  ): ReadThrough<K, T> {
    const onRead: Source<K, T>['onRead'] = (from, span) =>
      report({ type: 'read', kind: type.name, source: from, span });
    return new ReadThrough({ ...source, type, onRead }, options);
  }

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

export function estimateCalls(
  { models, versions, modelPages, versionPages }: Readers,
  operation: UpstreamOperation,
  calls: readonly KnownCall[],
  scope: Scope,
  call: Call,
): Promise<CacheStatus<unknown>[]> {
  switch (operation) {
    case 'GetModel': {
      const ids = calls.map(({ key: [id = ''] }) => id);
      return models.estimate(ids, scope, call);
    }
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
  }
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
