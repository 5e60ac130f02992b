// What a caller may see of the registry, each answer with where it came from: one cached reader for
// each kind of thing, and what an answer of one kind says of another.
import { type CacheTiers, cacheFor } from '../cache/cache.js';
import { createScope, type ScopeParts } from '../cache/scope.js';
import type { Call } from '../domain/call.js';
import type { Page, PageNumber } from '../domain/list.js';
import type { Model, ModelVersion } from '../domain/model.js';
import type { Sourced, SourcedModel, SourcedModelVersion } from '../domain/provenance.js';
import { untilAborted } from '../domain/until-aborted.js';
import type { Fetched, PaiClient } from '../pai/client.js';
import { asReadById } from '../pai/decode/model.js';
import type { ListQuery } from '../pai/list-query.js';
import { createCachedReader, type Read, type ReaderParts } from './cached-reader.js';
import type { Access, Wanted } from './fetcher.js';
import { MODEL, MODEL_PAGE, VERSION, VERSION_PAGE } from './kinds.js';
import { type CapMemory, createCapMemory } from './page-cap.js';

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
  readonly pageCaps: Readonly<Record<ListQuery['operation'], CapMemory>>;
}

export interface CatalogOptions extends ReaderParts {
  readonly client: PaiClient;
  readonly tiers: CacheTiers;
  /** Whose access to what: everything that a scope is made of but the caller's view. */
  readonly access: () => Promise<Omit<ScopeParts, 'view'>>;
  readonly pageSizeMax: number;
}

export function createCatalog({ client, tiers, access, pageSizeMax, ...parts }: CatalogOptions) {
  const models = createCachedReader(MODEL, parts);
  const versions = createCachedReader(VERSION, parts);
  const modelPages = createCachedReader(MODEL_PAGE, parts, keepModels);
  const versionPages = createCachedReader(VERSION_PAGE, parts);

  async function accessOf({ signal, caller: { view } }: Call): Promise<Access> {
    signal.throwIfAborted();
    const scope = createScope({ ...(await untilAborted(access(), signal)), view });
    return { cache: cacheFor(tiers, scope), scopeId: scope.id };
  }

  const catalog: Catalog = {
    async getModels(ids, call) {
      const wanted = ids.map((id) => modelWanted(client, id));
      return (await models.readMany(wanted, await accessOf(call), call)).map(sourced);
    },
    async getVersions(keys, call) {
      const wanted = keys.map((key) => versionWanted(client, key));
      return (await versions.readMany(wanted, await accessOf(call), call)).map(sourced);
    },
    async listModels(list, page, call) {
      const fetch: Wanted<Page<Model>>['fetch'] = (flight) => client.listModels(list, page, flight);
      const wanted = { key: pageKey(list, page), fetch };
      return sourcedPage(await modelPages.readMany([wanted], await accessOf(call), call));
    },
    async listVersions(modelId, list, page, call) {
      const fetch: Wanted<Page<ModelVersion>>['fetch'] = (flight) =>
        client.listVersions(modelId, list, page, flight);
      const wanted = { key: pageKey(list, page), fetch };
      return sourcedPage(await versionPages.readMany([wanted], await accessOf(call), call));
    },
    pageCaps: {
      ListModels: createCapMemory(pageSizeMax, parts.now),
      ListModelVersions: createCapMemory(pageSizeMax, parts.now),
    },
  };
  return catalog;
}

/** A page of a list answers for each model on it, too. */
function keepModels({ value, ...origin }: Fetched<Page<Model>>, { cache }: Access): void {
  const models = value.items.filter((item) => item !== null).map(asReadById);
  cache.setMany(MODEL, new Map(models.map((model) => [model.id, { value: model, ...origin }])));
}

function modelWanted(client: PaiClient, id: string): Wanted<Model> {
  return { key: id, fetch: (flight) => client.getModel(id, flight) };
}

/** The slash is in neither part, so that no two keys meet. */
function versionWanted(client: PaiClient, { modelId, versionName }: VersionKey) {
  const fetch: Wanted<ModelVersion>['fetch'] = (flight) =>
    client.getVersion(modelId, versionName, flight);
  return { key: `${modelId}/${versionName}`, fetch };
}

function pageKey({ key }: ListQuery, { number, size }: PageNumber): string {
  return `${key}#${number}/${size}`;
}

function sourced<T extends object>(read: Read<T> | null | Error): Sourced<T> | null | Error {
  if (read === null || read instanceof Error) return read;
  return { ...read.value, meta: read.meta };
}

/** A list of what is not there is empty. */
function sourcedPage<T extends object>([read]: readonly (Read<Page<T>> | null | Error)[]): Page<
  Sourced<T>
> {
  if (read instanceof Error) throw read;
  if (!read) return { items: [], total: 0 };
  const { meta, value } = read;
  return { items: value.items.map((item) => item && { ...item, meta }), total: value.total };
}
