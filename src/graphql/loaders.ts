// The loaders of one operation: data that it needs twice is requested upstream once, and data that came with one
// answer is not requested by another call. A failure is remembered for the rest of the operation and never beyond it.
import DataLoader from 'dataloader';
import type { Catalog } from '../catalog/catalog.js';
import type { VersionKey } from '../catalog/readers.js';
import { modelList } from '../catalog/visibility.js';
import { type Budget, BudgetSpent, type Call } from '../domain/call.js';
import { parseModelId, parseVersionName, versionId } from '../domain/ids.js';
import type { ListOrder, ModelFilter, PageNumber, VersionFilter } from '../domain/list.js';
import { latestVersionOf, type SourcedModel, type SourcedModelVersion } from '../domain/model.js';
import { type ListQuery, versionListQueries } from '../pai/request.js';
import { createPageLoader, type ListLoader, NO_PAGES, type PageLoader } from './page-loader.js';

type Given<T> = T | null | undefined;

export class Loaders {
  readonly #catalog: Catalog;
  readonly #call: Call;
  readonly #models: DataLoader<string, SourcedModel | null>;
  readonly #versions: DataLoader<VersionKey, SourcedModelVersion | null, string>;
  readonly #seen = new Map<string, SourcedModel>();
  readonly #listed = new ListedModels();
  readonly #modelPages = new Map<string, PageLoader<SourcedModel>>();
  readonly #versionPages = new Map<string, PageLoader<SourcedModelVersion>>();

  constructor(catalog: Catalog, call: Call) {
    this.#catalog = catalog;
    this.#call = call;
    this.#models = new DataLoader(async (ids) => {
      const found = await catalog.getModels(ids, call);
      for (const one of found) if (one && !(one instanceof Error)) this.#seen.set(one.id, one);
      return omitUnread(found, ids, call.budget);
    });
    this.#versions = new DataLoader(
      async (keys) => {
        const found = await catalog.getVersions(keys, call, (id) => this.#exists(id));
        return omitUnread(found, keys.map(globalIdOf), call.budget);
      },
      { cacheKeyFn: globalIdOf },
    );
  }

  /** null where the model does not exist; a malformed id, named by its argument, rejects. */
  async model(id: string, argument: string): Promise<SourcedModel | null> {
    parseModelId(id, argument);
    this.#countSelection();
    return this.#models.load(id);
  }

  /** null where the version does not exist. */
  async version(key: VersionKey, argument: string): Promise<SourcedModelVersion | null> {
    parseModelId(key.modelId, 'modelId');
    parseVersionName(key.versionName, argument);
    this.#countSelection();
    this.#primeLatestVersion(key.modelId);
    return this.#versions.load(key);
  }

  /** The model of a version: the item of a list that it was reached from, else read by id. */
  async modelOf(version: SourcedModelVersion): Promise<SourcedModel | null> {
    this.#countSelection();
    return this.#listed.modelOf(version) ?? this.#models.load(version.modelId);
  }

  /** The version of that model, marked so that `modelOf` knows its model again. */
  reachedFrom(model: SourcedModel, version: SourcedModelVersion): SourcedModelVersion {
    return this.#listed.isItem(model) ? { ...version, reachedFrom: model } : version;
  }

  /** Throws BAD_USER_INPUT that names the filter. */
  models(filter: Given<ModelFilter>, order: Given<ListOrder>): ListLoader<SourcedModel> {
    const idOf = ({ id }: SourcedModel) => id;
    const found = modelList(filter, order, this.#call.caller.view);
    if (found.kind === 'nothing_visible') {
      return this.#listLoader('ListModels', found.key, NO_PAGES, idOf);
    }
    const { list } = found;
    const pages = this.#pagesOf(this.#modelPages, list, (page) => this.#listModels(list, page));
    return this.#listLoader('ListModels', list.key, pages, idOf);
  }

  versions(
    modelId: string,
    filter: Given<VersionFilter>,
    order: Given<ListOrder>,
  ): ListLoader<SourcedModelVersion> {
    const list = versionListQueries(filter ?? {}, order)(modelId);
    const pages = this.#pagesOf(this.#versionPages, list, (page) =>
      this.#catalog.listVersions(modelId, list, page, this.#call),
    );
    const idOf = ({ versionName }: SourcedModelVersion) => versionName;
    return this.#listLoader('ListModelVersions', list.key, pages, idOf);
  }

  async #listModels(list: ListQuery, page: PageNumber) {
    const found = await this.#catalog.listModels(list, page, this.#call);
    for (const item of found.items) {
      if (item === null) continue;
      if (found.isProven) this.#prime(item);
      else this.#listed.add(item);
    }
    return found;
  }

  /** For a model that came with another answer. */
  #prime(model: SourcedModel): void {
    this.#models.prime(model.id, model);
    this.#seen.set(model.id, model);
  }

  /** The newest version comes with its model. It is a copy, which only a request for a version needs. */
  #primeLatestVersion(modelId: string): void {
    const model = this.#seen.get(modelId);
    const latest = model ? latestVersionOf(model) : null;
    if (latest) this.#versions.prime(latest, latest);
  }

  async #exists(id: string): Promise<boolean> {
    return this.#listed.has(id) || (await this.#models.load(id)) !== null;
  }

  #countSelection(): void {
    this.#call.selections.count += 1;
  }

  #pagesOf<T>(
    made: Map<string, PageLoader<T>>,
    { key }: ListQuery,
    fetchPage: Parameters<typeof createPageLoader<T>>[0],
  ): PageLoader<T> {
    const pages = made.get(key) ?? createPageLoader(fetchPage, () => this.#countSelection());
    made.set(key, pages);
    return pages;
  }

  #listLoader<T>(
    operation: ListQuery['operation'],
    key: string,
    { page, total }: PageLoader<T>,
    idOf: (row: T) => string,
  ): ListLoader<T> {
    const sizeMax = () => this.#catalog.pageCaps.of(operation, this.#call.caller);
    return { key, total, reader: { fetchPage: page, sizeMax, idOf } };
  }
}

/**
 * The models that lists have shown, while it is not proved that lists give all data of a model. Such an item stands for
 * its model in everything that is reached through it, and does not answer a read by id.
 */
class ListedModels {
  readonly #ids = new Set<string>();
  readonly #items = new Set<SourcedModel>();

  add(item: SourcedModel): void {
    this.#ids.add(item.id);
    this.#items.add(item);
  }

  /** Whether a list has shown it: it exists, and the caller may see it. */
  has(id: string): boolean {
    return this.#ids.has(id);
  }

  isItem(model: SourcedModel): boolean {
    return this.#items.has(model);
  }

  /** The item that stands for the model of the version; undefined: no item does. */
  modelOf({ reachedFrom }: SourcedModelVersion): SourcedModel | undefined {
    return reachedFrom && this.isItem(reachedFrom) ? reachedFrom : undefined;
  }
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
