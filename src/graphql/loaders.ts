// The loaders of one operation: data that it needs twice is requested upstream once, and data that came with one
// answer is not requested by another call.
import type { VersionKey } from '../catalog/catalog.js';
import { type ListQuery, modelList, versionLists } from '../catalog/lists.js';
import type { NarrowedCatalog } from '../catalog/narrowed-catalog.js';
import { type Budget, BudgetSpent } from '../domain/budget.js';
import type { Call } from '../domain/call.js';
import { versionId } from '../domain/global-id.js';
import type { ListOrder, ModelFilter, PageNumber, VersionFilter } from '../domain/list.js';
import { isModelId, isVersionName, parseModelId, parseVersionName } from '../domain/names.js';
import {
  latestVersionOf,
  type SourcedModel,
  type SourcedModelVersion,
} from '../domain/provenance.js';
import { asReadById } from '../pai/decode/model.js';
import { createListedModels } from './listed-models.js';
import { createLoader, type Loaded } from './loader.js';
import { createPageLoader, type ListLoader, NO_PAGES, type PageLoader } from './page-loader.js';

export interface Loaders {
  /** null where the model does not exist; a malformed id, named by its argument, rejects. Synchronous if at hand. */
  model(id: string, argument: string): Loaded<SourcedModel>;
  /** null where the version does not exist. */
  version(key: VersionKey, argument: string): Loaded<SourcedModelVersion>;
  /** The model of a version: the item of a list that it was reached from, else read by id. */
  modelOf(version: SourcedModelVersion): Loaded<SourcedModel>;
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
export function createLoaders(catalog: NarrowedCatalog, call: Call): Loaders {
  const { budget } = call;
  const onAsked = () => countSelection(call);
  const listed = createListedModels();
  const versions = createLoader<VersionKey, SourcedModelVersion>({
    nameOf: versionKey,
    peek: (key) => latestOf(models.atHand(key.modelId), key) ?? catalog.peekVersion(key, call),
    async read(keys) {
      const isThere = async (id: string) => listed.has(id) || (await models.load(id)) !== null;
      const found = await catalog.getVersions(keys, call, isThere);
      return omitUnread(found, keys.map(globalIdOf), budget);
    },
  });
  const models = createLoader<string, SourcedModel>({
    nameOf: (id) => id,
    peek: (id) => catalog.peekModel(id, call),
    async read(ids) {
      const found = await catalog.getModels(ids, call);
      return omitUnread(found, ids, budget);
    },
  });

  const modelPages = new Map<string, PageLoader<SourcedModel>>();
  const versionPages = new Map<string, PageLoader<SourcedModelVersion>>();

  async function listModels(list: ListQuery, page: PageNumber) {
    const found = await catalog.listModels(list, page, call);
    if (!found.isProven) listed.note(found.items);
    else for (const model of found.items) if (model) models.prime(model.id, asReadById(model));
    return found;
  }

  return {
    model(id, argument) {
      if (!isModelId(id)) return rejected(() => parseModelId(id, argument));
      onAsked();
      return models.load(id);
    },
    version(key, argument) {
      if (!isVersionKey(key)) return rejected(() => parseVersionKey(key, argument));
      onAsked();
      return versions.load(key);
    },
    modelOf(version) {
      onAsked();
      return listed.modelOf(version) ?? models.load(version.modelId);
    },
    reachedFrom: listed.reachedFrom,
    models(filter, order) {
      const found = modelList(filter, order, call.caller.workspaces);
      const sizeMax = () => catalog.pageCaps.of('ListModels', call.caller);
      if (found.kind === 'nothing_visible') return listLoader(found.key, NO_PAGES, sizeMax, idOf);
      const { list } = found;
      const pages = once(modelPages, list.key, () =>
        createPageLoader((page) => listModels(list, page), onAsked),
      );
      return listLoader(list.key, pages, sizeMax, idOf);
    },
    versions(modelId, filter, order) {
      const list = versionLists(filter, order)(modelId);
      const pages = once(versionPages, list.key, () =>
        createPageLoader((page) => catalog.listVersions(modelId, list, page, call), onAsked),
      );
      const sizeMax = () => catalog.pageCaps.of('ListModelVersions', call.caller);
      return listLoader(list.key, pages, sizeMax, ({ versionName }) => versionName);
    },
  };
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

/** null where the budget was spent: one error of the operation names all that it left out. */
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

function countSelection({ selections }: Call): void {
  selections.count += 1;
}

function isVersionKey({ modelId, versionName }: VersionKey): boolean {
  return isModelId(modelId) && isVersionName(versionName);
}

/** Rejects with the error that `refuse` throws. */
async function rejected(refuse: () => unknown): Promise<never> {
  refuse();
  throw new Error('It was not refused.');
}

/** The newest version comes with its model. */
function latestOf(
  model: SourcedModel | null | undefined,
  { versionName }: VersionKey,
): SourcedModelVersion | undefined {
  if (model?.latestVersion?.versionName !== versionName) return undefined;
  return latestVersionOf(model) ?? undefined;
}

function globalIdOf({ modelId, versionName }: VersionKey): string {
  return versionId(modelId, versionName);
}

function parseVersionKey({ modelId, versionName }: VersionKey, argument: string): VersionKey {
  return {
    modelId: parseModelId(modelId, 'modelId'),
    versionName: parseVersionName(versionName, argument),
  };
}

/** Neither part contains a slash, so that two keys are never equal by chance. */
function versionKey({ modelId, versionName }: VersionKey): string {
  return `${modelId}/${versionName}`;
}

function once<T>(made: Map<string, T>, key: string, make: () => T): T {
  const value = made.get(key) ?? make();
  made.set(key, value);
  return value;
}
