// The catalog as each caller may see it: what lies outside their workspaces is as if it did not exist.
import type { Call } from '../domain/call.js';
import { asError } from '../domain/errors.js';
import type { Page } from '../domain/list.js';
import type { SourcedModel, SourcedModelVersion } from '../domain/provenance.js';
import type { Catalog, VersionKey } from './catalog.js';
import { isListVisible, isVisible, visibleOrNull } from './visibility.js';

/** Versions name no workspace: they exist where their model does. */
type ModelOf = (modelId: string) => Promise<SourcedModel | null>;

export interface NarrowedCatalog extends Omit<Catalog, 'getVersions'> {
  /** `modelOf` is asked for narrowed callers alone. */
  getVersions(
    keys: readonly VersionKey[],
    call: Call,
    modelOf: ModelOf,
  ): Promise<(SourcedModelVersion | null | Error)[]>;
}

export function narrowCatalog(catalog: Catalog): NarrowedCatalog {
  return {
    ...catalog,
    async getModels(ids, call) {
      const found = await catalog.getModels(ids, call);
      return found.map((model) => visibleOrNull(model, call.caller.workspaces));
    },
    async getVersions(keys, call, modelOf) {
      if (call.caller.workspaces === null) return catalog.getVersions(keys, call);
      return getVersionsOfVisible(keys, (visible) => catalog.getVersions(visible, call), modelOf);
    },
    async listModels(list, page, call): Promise<Page<SourcedModel>> {
      const { workspaces } = call.caller;
      if (!isListVisible(list, workspaces)) return { items: [], total: 0 };
      const { items, total } = await catalog.listModels(list, page, call);
      return {
        items: items.map((item) => item && (isVisible(item, workspaces) ? item : null)),
        total,
      };
    },
    // A list of versions is asked of a model that was seen.
    foresight: {
      ...catalog.foresight,
      async models(ids, call) {
        const outlooks = await catalog.foresight.models(ids, call);
        const { workspaces } = call.caller;
        return outlooks.map((outlook) =>
          outlook.value && !isVisible(outlook.value, workspaces)
            ? { ...outlook, value: null }
            : outlook,
        );
      },
    },
  };
}

/** Only versions of models that are there are asked for. */
async function getVersionsOfVisible(
  keys: readonly VersionKey[],
  getVersions: (keys: readonly VersionKey[]) => Promise<(SourcedModelVersion | null | Error)[]>,
  modelOf: ModelOf,
): Promise<(SourcedModelVersion | null | Error)[]> {
  const owners = await Promise.allSettled(keys.map(({ modelId }) => modelOf(modelId)));
  const isSeen = (index: number) => {
    const owner = owners[index];
    return owner?.status === 'fulfilled' && owner.value !== null;
  };
  const visible = keys.filter((_, index) => isSeen(index));
  const found = visible.length > 0 ? await getVersions(visible) : [];
  const byKey = new Map(visible.map((key, index) => [key, found[index] ?? null]));
  return keys.map((key, index) => {
    const owner = owners[index];
    if (owner?.status === 'rejected') return asError(owner.reason);
    return byKey.get(key) ?? null;
  });
}
