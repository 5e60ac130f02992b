// What a caller may see of the registry, each answer with where it came from.
import type { Call } from '../domain/call.js';
import type { Page, PageNumber } from '../domain/list.js';
import type { Model, ModelVersion } from '../domain/model.js';
import type {
  Provenance,
  Sourced,
  SourcedModel,
  SourcedModelVersion,
} from '../domain/provenance.js';
import type { Fetched, PaiClient } from '../pai/client.js';
import type { ListQuery } from '../pai/list-query.js';
import { initialCap, type PageCap } from './page-plan.js';

export interface VersionKey {
  readonly modelId: string;
  readonly versionName: string;
}

export interface Catalog {
  /** In order, one slot an id: the model, null where there is none, or the error of that id alone. */
  getModels(ids: readonly string[], call: Call): Promise<(SourcedModel | null | Error)[]>;
  /** The same for versions. */
  getVersions(
    keys: readonly VersionKey[],
    call: Call,
  ): Promise<(SourcedModelVersion | null | Error)[]>;
  listModels(list: ListQuery, page: PageNumber, call: Call): Promise<Page<SourcedModel>>;
  /** Empty where there is no such model. */
  listVersions(
    modelId: string,
    list: ListQuery,
    page: PageNumber,
    call: Call,
  ): Promise<Page<SourcedModelVersion>>;
  /** What is known of PAI's page sizes; shared by all reads, updated by them. */
  readonly pageCaps: Readonly<Record<ListQuery['operation'], { current: PageCap }>>;
}

export interface CatalogOptions {
  readonly client: PaiClient;
  readonly region: string | null;
  readonly pageSizeMax: number;
}

export function createCatalog({ client, region, pageSizeMax }: CatalogOptions): Catalog {
  const live = (fetched: Fetched<unknown>): Provenance => ({
    requestId: fetched.requestId,
    fetchedAt: new Date(fetched.fetchedAt).toISOString(),
    ageSeconds: 0,
    source: 'LIVE',
    region,
  });

  function sourced<T extends Model | ModelVersion>(fetched: Fetched<T> | null): Sourced<T> | null {
    return fetched && { ...fetched.value, meta: live(fetched) };
  }

  function sourcedPage<T extends Model | ModelVersion>(
    fetched: Fetched<Page<T>> | null,
  ): Page<Sourced<T>> {
    if (fetched === null) return { items: [], total: 0 };
    const meta = live(fetched);
    const { items, total } = fetched.value;
    return { items: items.map((item) => item && { ...item, meta }), total };
  }

  return {
    getModels: (ids, call) =>
      eachAlone(ids, async (id) => sourced(await client.getModel(id, call))),
    getVersions: (keys, call) =>
      eachAlone(keys, async ({ modelId, versionName }) =>
        sourced(await client.getVersion(modelId, versionName, call)),
      ),
    listModels: async (list, page, call) => sourcedPage(await client.listModels(list, page, call)),
    listVersions: async (modelId, list, page, call) =>
      sourcedPage(await client.listVersions(modelId, list, page, call)),
    pageCaps: {
      ListModels: { current: initialCap(pageSizeMax) },
      ListModelVersions: { current: initialCap(pageSizeMax) },
    },
  };
}

/** PAI has no batch read: a bounded fan-out of one call a key, where one failure is one slot's. */
async function eachAlone<K, T>(
  keys: readonly K[],
  read: (key: K) => Promise<T>,
): Promise<(T | Error)[]> {
  const outcomes = await Promise.allSettled(keys.map(read));
  return outcomes.map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : asError(outcome.reason),
  );
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('A read failed.', { cause: reason });
}
