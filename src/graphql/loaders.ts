// The loaders of one operation: data that it needs twice is requested upstream once, and data that came with one
// answer is not requested by another call. A failure is remembered for the rest of the operation and never beyond it.
import DataLoader from 'dataloader';
import { isRead, type Outcome, type Read } from '../cache/read-through.js';
import type { Catalog } from '../catalog/catalog.js';
import type { DatasetKey, VersionKey } from '../catalog/readers.js';
import { modelList } from '../catalog/visibility.js';
import { BudgetSpent, type Call } from '../domain/call.js';
import {
  isLinkedId,
  parseLinkedId,
  parseModelId,
  parseVersionName,
  versionId,
} from '../domain/ids.js';
import type { ListOrder, ModelFilter, Page, PageNumber, VersionFilter } from '../domain/list.js';
import type {
  Dataset,
  LinkedDataset,
  LinkedWorkspace,
  Model,
  ModelVersion,
  Provenance,
  Workspace,
} from '../domain/model.js';
import { type ListQuery, versionListQueries, workspaceListQuery } from '../pai/request.js';
import { createPageLoader, type ListLoader, NO_PAGES, type PageLoader } from './page-loader.js';

type Given<T> = T | null | undefined;

type ReadObject = Model | ModelVersion | Workspace | Dataset;

export class Loaders {
  readonly #catalog: Catalog;
  readonly #call: Call;
  readonly #models: DataLoader<string, Model | null>;
  readonly #versions: DataLoader<VersionKey, ModelVersion | null, string>;
  readonly #workspaces: DataLoader<string, Workspace | null>;
  readonly #datasets: DataLoader<DatasetKey, Dataset | null, string>;
  readonly #seen = new Map<string, Model>();
  /** The read that gave each model and version. */
  readonly #reads = new Map<ReadObject, Read<unknown>>();
  readonly #listed = new ListedModels();
  readonly #modelPages = new Map<string, PageLoader<Model>>();
  readonly #versionPages = new Map<string, PageLoader<ModelVersion>>();
  readonly #workspacePages = new Map<string, PageLoader<Workspace>>();

  /** `whenRequested` resolves when all that the response is made of so far has been requested. */
  constructor(catalog: Catalog, call: Call, whenRequested: () => Promise<void>) {
    this.#catalog = catalog;
    this.#call = call;
    this.#models = new DataLoader(async (ids) => {
      const outcomes = await catalog.getModels(ids, call);
      for (const outcome of outcomes) {
        if (isRead(outcome)) this.#seen.set(outcome.value.id, outcome.value);
      }
      return this.#valuesOf(outcomes, ids);
    });
    this.#versions = new DataLoader(
      async (keys) => {
        const outcomes = await catalog.getVersions(keys, call, (id) => this.#exists(id));
        return this.#valuesOf(outcomes, keys.map(globalIdOf));
      },
      { cacheKeyFn: globalIdOf },
    );
    // One call reads many, and a long response is built in turns: it would need a call for each turn.
    const batchScheduleFn = (dispatch: () => void) => void whenRequested().then(dispatch);
    this.#workspaces = new DataLoader(
      async (ids) => this.#valuesOf(await catalog.getWorkspaces(ids, call), ids),
      { batchScheduleFn },
    );
    this.#datasets = new DataLoader(
      async (keys) => {
        const ids = keys.map(({ id }) => id);
        return this.#valuesOf(await catalog.getDatasets(keys, call), ids);
      },
      { batchScheduleFn, cacheKeyFn: ({ id }) => id },
    );
  }

  /** null where the model does not exist. Throws where the id, named by its argument, is malformed. */
  model(id: string, argument: string): Promise<Model | null> {
    parseModelId(id, argument);
    this.#countSelection();
    return this.#models.load(id);
  }

  /** The same for a version. */
  version(key: VersionKey, argument: string): Promise<ModelVersion | null> {
    parseModelId(key.modelId, 'modelId');
    parseVersionName(key.versionName, argument);
    this.#countSelection();
    this.#primeLatestVersion(key.modelId);
    return this.#versions.load(key);
  }

  /** The same for a workspace. */
  workspace(id: string, argument: string): Promise<Workspace | null> {
    parseLinkedId(id, argument);
    this.#countSelection();
    return this.#workspaces.load(id);
  }

  /** The same for a dataset of which no workspace is known. */
  dataset(id: string, argument: string): Promise<Dataset | null> {
    parseLinkedId(id, argument);
    this.#countSelection();
    return this.#datasets.load({ id, workspaceId: null });
  }

  /** The workspace that an answer of PAI names; an id of another form is not asked for. */
  async linkedWorkspace(id: string): Promise<LinkedWorkspace | null> {
    return isLinkedId(id) ? this.workspace(id, 'id') : { kind: 'workspace', id };
  }

  /** The dataset that a version of this model was scored on; an id of another form is not asked for. */
  async linkedDataset(id: string, modelId: string): Promise<LinkedDataset | null> {
    if (!isLinkedId(id)) return { kind: 'dataset', id };
    this.#countSelection();
    const model = this.#listed.find(modelId) ?? (await this.#models.load(modelId));
    const workspaceId = model?.workspaceId ?? null;
    const isAsked = workspaceId !== null && isLinkedId(workspaceId);
    return this.#datasets.load({ id, workspaceId: isAsked ? workspaceId : null });
  }

  /** The model of a version: the item of a list that it was reached from, else read by id. */
  async modelOf(version: ModelVersion): Promise<Model | null> {
    this.#countSelection();
    return this.#listed.modelOf(version) ?? this.#models.load(version.modelId);
  }

  /** The version as that model gives it: `modelOf` knows its model again. */
  reachedFrom(model: Model, version: ModelVersion): ModelVersion {
    const reached = this.#listed.reachedFrom(model, version);
    const read = this.#reads.get(version);
    if (read) this.#reads.set(reached, read);
    return reached;
  }

  /** null where PAI gave no such object: only its keys are known. */
  provenanceOf(object: Model | ModelVersion): Provenance | null {
    const read = this.#reads.get(object);
    this.#call.validity.showsAge = true;
    return read ? this.#catalog.provenanceOf(read) : null;
  }

  /** Throws BAD_USER_INPUT that names the filter. */
  models(filter: Given<ModelFilter>, order: Given<ListOrder>): ListLoader<Model> {
    const idOf = ({ id }: Model) => id;
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
  ): ListLoader<ModelVersion> {
    const list = versionListQueries(filter ?? {}, order)(modelId);
    const pages = this.#pagesOf(this.#versionPages, list, async (page) =>
      this.#pageOf(await this.#catalog.listVersions(modelId, list, page, this.#call)),
    );
    const idOf = ({ versionName }: ModelVersion) => versionName;
    return this.#listLoader('ListModelVersions', list.key, pages, idOf);
  }

  workspaces(): ListLoader<Workspace> {
    const list = workspaceListQuery(null);
    const pages = this.#pagesOf(this.#workspacePages, list, async (page) => {
      const found = await this.#catalog.listWorkspaces(list, page, this.#call);
      for (const item of found.items) if (item) this.#workspaces.prime(item.id, item);
      return found;
    });
    return this.#listLoader('ListWorkspaces', list.key, pages, ({ id }) => id);
  }

  async #listModels(list: ListQuery, page: PageNumber) {
    const { outcome, isProven } = await this.#catalog.listModels(list, page, this.#call);
    const found = this.#pageOf(outcome);
    for (const item of found.items) {
      if (item === null) continue;
      if (isProven) this.#prime(item);
      else this.#listed.add(item);
    }
    return found;
  }

  /** The list of a thing that does not exist is empty. */
  #pageOf<T extends Model | ModelVersion>(outcome: Outcome<Page<T>>): Page<T> {
    if (outcome instanceof Error) throw outcome;
    if (outcome === null) return { items: [], total: 0 };
    for (const item of outcome.value.items) if (item) this.#noteRead(item, outcome);
    return outcome.value;
  }

  #valuesOf<T extends ReadObject>(outcomes: readonly Outcome<T>[], ids: readonly string[]) {
    return outcomes.map((outcome, index) => this.#valueOf(outcome, ids[index] ?? ''));
  }

  /** null also where the budget was used up: one error of the operation names all that it left out. */
  #valueOf<T extends ReadObject>(outcome: Outcome<T>, id: string): T | null | Error {
    if (outcome instanceof BudgetSpent) {
      this.#call.budget.omitted.ids.add(id);
      return null;
    }
    if (!isRead(outcome)) return outcome;
    this.#noteRead(outcome.value, outcome);
    return outcome.value;
  }

  /** The newest version comes with its model. */
  #noteRead(object: ReadObject, read: Read<unknown>): void {
    this.#reads.set(object, read);
    if ('latestVersion' in object && object.latestVersion) {
      this.#reads.set(object.latestVersion, read);
    }
  }

  /** For a model that came with another answer. */
  #prime(model: Model): void {
    this.#models.prime(model.id, model);
    this.#seen.set(model.id, model);
  }

  #primeLatestVersion(modelId: string): void {
    const latest = this.#seen.get(modelId)?.latestVersion;
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
  readonly #byId = new Map<string, Model>();
  readonly #items = new Set<Model>();
  /** The items that versions were reached from. */
  readonly #itemOf = new Map<ModelVersion, Model>();

  add(item: Model): void {
    this.#byId.set(item.id, item);
    this.#items.add(item);
    if (item.latestVersion) this.#itemOf.set(item.latestVersion, item);
  }

  /** Whether a list has shown it: it exists, and the caller may see it. */
  has(id: string): boolean {
    return this.#byId.has(id);
  }

  find(id: string): Model | undefined {
    return this.#byId.get(id);
  }

  /** A copy where the model is an item, since the same version may also be reached from the model read by id. */
  reachedFrom(model: Model, version: ModelVersion): ModelVersion {
    if (!this.#items.has(model)) return version;
    const reached = { ...version };
    this.#itemOf.set(reached, model);
    return reached;
  }

  /** undefined: the version was not reached from an item. */
  modelOf(version: ModelVersion): Model | undefined {
    return this.#itemOf.get(version);
  }
}

function globalIdOf({ modelId, versionName }: VersionKey): string {
  return versionId(modelId, versionName);
}
