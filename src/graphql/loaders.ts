// The loaders of one operation: data that it needs twice is requested upstream once, and data that came with one
// answer is not requested by another call.
import DataLoader from 'dataloader';
import type { Catalog } from '../catalog/catalog.js';
import type { VersionKey } from '../catalog/readers.js';
import { modelList } from '../catalog/visibility.js';
import { type Budget, BudgetSpent, type Call } from '../domain/call.js';
import { parseModelId, parseVersionName, versionId } from '../domain/ids.js';
import type { ListOrder, ModelFilter, PageNumber, VersionFilter } from '../domain/list.js';
import { latestVersionOf, type SourcedModel, type SourcedModelVersion } from '../domain/model.js';
import { asReadById } from '../pai/decode/model.js';
import { type ListQuery, versionListQueries } from '../pai/request.js';
import { createListedModels, type ListedModels } from './listed-models.js';
import { createPageLoader, type ListLoader, NO_PAGES, type PageLoader } from './page-loader.js';

export interface Loaders {
  /** null where the model does not exist; a malformed id, named by its argument, rejects. */
  model(id: string, argument: string): Promise<SourcedModel | null>;
  /** null where the version does not exist. */
  version(key: VersionKey, argument: string): Promise<SourcedModelVersion | null>;
  /** The model of a version: the item of a list that it was reached from, else read by id. */
  modelOf(version: SourcedModelVersion): Promise<SourcedModel | null>;
  /** The version of that model, marked so that `modelOf` knows its model again. */
  reachedFrom(model: SourcedModel, version: SourcedModelVersion): SourcedModelVersion;
  /** Throws BAD_USER_INPUT that names the filter. */
  models(filter: Given<ModelFilter>, order: Given<ListOrder>): ListLoader<SourcedModel>;
  versions(
    modelId: string,
    filter: Given<VersionFilter>,
    order: Given<ListOrder>,
  ): ListLoader<SourcedModelVersion>;
}

type Given<T> = T | null | undefined;

/** A failure is remembered with the loader: for the rest of its operation and never beyond it. */
export function createLoaders(catalog: Catalog, call: Call): Loaders {
  const countSelection = () => {
    call.selections.count += 1;
  };
  const listed = createListedModels();
  const { models, versions, prime } = createEntityLoaders(catalog, call, listed);
  const modelPages = new Map<string, PageLoader<SourcedModel>>();
  const versionPages = new Map<string, PageLoader<SourcedModelVersion>>();

  async function listModels(list: ListQuery, page: PageNumber) {
    const found = await catalog.listModels(list, page, call);
    if (!found.isProven) listed.add(found.items);
    else for (const item of found.items) if (item) prime(asReadById(item));
    return found;
  }

  return {
    async model(id, argument) {
      parseModelId(id, argument);
      countSelection();
      return models.load(id);
    },
    async version(key, argument) {
      parseModelId(key.modelId, 'modelId');
      parseVersionName(key.versionName, argument);
      countSelection();
      return versions.load(key);
    },
    async modelOf(version) {
      countSelection();
      return listed.modelOf(version) ?? models.load(version.modelId);
    },
    reachedFrom: listed.reachedFrom,
    models(filter, order) {
      const found = modelList(filter, order, call.caller.view);
      const sizeMax = () => catalog.pageCaps.of('ListModels', call.caller);
      if (found.kind === 'nothing_visible') return listLoader(found.key, NO_PAGES, sizeMax, idOf);
      const { list } = found;
      const pages = once(modelPages, list.key, () =>
        createPageLoader((page) => listModels(list, page), countSelection),
      );
      return listLoader(list.key, pages, sizeMax, idOf);
    },
    versions(modelId, filter, order) {
      const list = versionListQueries(filter ?? {}, order)(modelId);
      const pages = once(versionPages, list.key, () =>
        createPageLoader((page) => catalog.listVersions(modelId, list, page, call), countSelection),
      );
      const sizeMax = () => catalog.pageCaps.of('ListModelVersions', call.caller);
      return listLoader(list.key, pages, sizeMax, ({ versionName }) => versionName);
    },
  };
}

function createEntityLoaders(catalog: Catalog, call: Call, listed: ListedModels) {
  const { budget } = call;
  const models = new DataLoader<string, SourcedModel | null>(async (ids) => {
    const found = await catalog.getModels(ids, call);
    for (const model of found) if (model && !(model instanceof Error)) primeLatestVersion(model);
    return omitUnread(found, ids, budget);
  });
  const versions = new DataLoader<VersionKey, SourcedModelVersion | null, string>(
    async (keys) => {
      const modelExists = async (id: string) => listed.has(id) || (await models.load(id)) !== null;
      const found = await catalog.getVersions(keys, call, modelExists);
      return omitUnread(found, keys.map(globalIdOf), budget);
    },
    { cacheKeyFn: globalIdOf },
  );

  /** The newest version comes with its model. */
  function primeLatestVersion(model: SourcedModel): void {
    const latest = latestVersionOf(model);
    if (latest) versions.prime(latest, latest);
  }

  /** For a model that came with another answer. */
  function prime(model: SourcedModel): void {
    models.prime(model.id, model);
    primeLatestVersion(model);
  }

  return { models, versions, prime };
}

function listLoader<T>(
  key: string,
  { page, total }: PageLoader<T>,
  sizeMax: () => number,
  idOf: (row: T) => string,
): ListLoader<T> {
  return { key, total, reader: { fetchPage: page, sizeMax, idOf } };
}

function idOf({ id }: SourcedModel): string {
  return id;
}

/** null where the budget was used up: one error of the operation names all that it left out. */
function omitUnread<T>(
  found: readonly (T | null | Error)[],
  ids: readonly string[],
  { omitted }: Budget,
): (T | null | Error)[] {
  return found.map((one, index) => {
    if (!(one instanceof BudgetSpent)) return one;
    omitted.ids.add(ids[index] ?? '');
    return null;
  });
}

function globalIdOf({ modelId, versionName }: VersionKey): string {
  return versionId(modelId, versionName);
}

function once<T>(made: Map<string, T>, key: string, make: () => T): T {
  const value = made.get(key) ?? make();
  made.set(key, value);
  return value;
}
