// The catalog as each caller may see it: things outside the caller's workspaces appear not to exist. narrowed-client
// narrows models; this module narrows the things that belong to models.
import type { Call } from '../domain/call.js';
import { asError } from '../domain/errors.js';
import type { SourcedModelVersion } from '../domain/provenance.js';
import type { Catalog, ModelListPage, VersionKey } from './catalog.js';
import { isListVisible } from './visibility.js';

/** Versions name no workspace: they exist where their model does. */
type IsModelThere = (modelId: string) => Promise<boolean>;

export interface NarrowedCatalog extends Omit<Catalog, 'getVersions'> {
  /** `isThere` is called for narrowed callers only. */
  getVersions(
    keys: readonly VersionKey[],
    call: Call,
    isThere: IsModelThere,
  ): Promise<(SourcedModelVersion | null | Error)[]>;
}

export function narrowCatalog(catalog: Catalog): NarrowedCatalog {
  return {
    ...catalog,
    peekVersion: (key, call) =>
      call.caller.workspaces === null ? catalog.peekVersion(key, call) : undefined,
    async getVersions(keys, call, isThere) {
      if (call.caller.workspaces === null) return catalog.getVersions(keys, call);
      return getVersionsOfVisible(keys, (visible) => catalog.getVersions(visible, call), isThere);
    },
    async listModels(list, page, call) {
      if (!isListVisible(list, call.caller.workspaces)) return NOTHING_VISIBLE;
      return catalog.listModels(list, page, call);
    },
  };
}

const NOTHING_VISIBLE: ModelListPage = { items: [], total: 0, isProven: false };

/** Reads only the versions whose models exist for the caller. */
async function getVersionsOfVisible(
  keys: readonly VersionKey[],
  getVersions: (keys: readonly VersionKey[]) => Promise<(SourcedModelVersion | null | Error)[]>,
  isThere: IsModelThere,
): Promise<(SourcedModelVersion | null | Error)[]> {
  const owners = await Promise.allSettled(keys.map(({ modelId }) => isThere(modelId)));
  const isSeen = (index: number) => {
    const owner = owners[index];
    return owner?.status === 'fulfilled' && owner.value;
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
