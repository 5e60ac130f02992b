// The four things that can be read, each through the cache: models, versions, and pages of their lists. What a reader
// stores is already narrowed to the caller's workspaces.

import type { Scope } from '../cache/entry.js';
import { ReadThrough, type ReadThroughOptions, type Source } from '../cache/read-through.js';
import type { Report } from '../domain/events.js';
import type { Page, PageNumber } from '../domain/list.js';
import type { Model, ModelVersion } from '../domain/model.js';
import type { PaiClient } from '../pai/client.js';
import type { ListQuery } from '../pai/request.js';
import { MODEL, MODEL_PAGE, type RegistryEntryType, VERSION, VERSION_PAGE } from './entry-types.js';
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

export interface Readers {
  readonly models: ReadThrough<string, Model>;
  readonly versions: ReadThrough<VersionKey, ModelVersion>;
  readonly modelPages: ReadThrough<ListPage, Page<Model>>;
  readonly versionPages: ReadThrough<VersionListPage, Page<ModelVersion>>;
}

export interface ReadersOptions extends ReadThroughOptions {
  readonly client: PaiClient;
  readonly pageCaps: Pick<PageCaps, 'observe'>;
  readonly report: Report;
  /** Called for each page of models when it arrives. */
  readonly onModelPage: (page: ArrivedPage, scope: Scope) => void;
}

export interface ArrivedPage {
  readonly items: Page<Model>['items'];
  readonly requestId: string | null;
  /** By the monotonic clock. */
  readonly fetchedAt: number;
}

export function createReaders({
  client,
  pageCaps,
  report,
  onModelPage,
  ...options
}: ReadersOptions): Readers {
  function reader<K, T>(
    type: RegistryEntryType<T>,
    source: Omit<Source<K, T>, 'type' | 'onRead'>,
  ): ReadThrough<K, T> {
    const onRead = (from: 'LIVE' | 'CACHE' | 'STALE') =>
      report({ type: 'read', kind: type.name, source: from });
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

/** A page that PAI has cut begins elsewhere than its key says, and would make every later read plan again. */
function startsAsKeyed({ page }: ListPage, { items, total }: Page<unknown>): boolean {
  return page.number === 1 || judgePage(page, items.length, total).kind !== 'cut';
}

function pageKey<P extends ListPage>({ list, page }: P): string {
  return `${list.key}#${page.number}/${page.size}`;
}
