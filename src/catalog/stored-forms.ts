// How answers are stored: as PAI's own objects, so that the stored form changes only when PAI's does.
import type { EntryType } from '../cache/entry.js';
import { isModelId } from '../domain/ids.js';
import type { Page } from '../domain/list.js';
import type { Dataset, Model, ModelVersion, Workspace } from '../domain/model.js';
import { isJsonObject } from '../lib/json.js';
import { decodeDataset } from '../pai/decode/dataset.js';
import { decodeModel, encodeModel, modelIdOf } from '../pai/decode/model.js';
import { decodeVersion } from '../pai/decode/version.js';
import { decodeWorkspace } from '../pai/decode/workspace.js';

export const MODEL = {
  name: 'model',
  version: 1,
  write: encodeModel,
  read(stored: unknown): Model | undefined {
    if (!isJsonObject(stored)) return undefined;
    const id = modelIdOf(stored);
    return id === null ? undefined : decodeModel(stored, id, ignoreDrift);
  },
} as const;

export const VERSION = {
  name: 'version',
  version: 1,
  /** PAI's version objects do not name their model. */
  write: ({ modelId, raw }: ModelVersion) => ({ modelId, raw }),
  read(stored: unknown): ModelVersion | undefined {
    if (!isJsonObject(stored)) return undefined;
    const { modelId, raw } = stored;
    if (typeof modelId !== 'string' || !isModelId(modelId) || !isJsonObject(raw)) return undefined;
    return decodeVersion(raw, modelId, '', ignoreDrift) ?? undefined;
  },
} as const;

export const WORKSPACE = {
  name: 'workspace',
  version: 1,
  write: ({ raw }: Workspace) => raw,
  read: (stored: unknown): Workspace | undefined =>
    isJsonObject(stored) ? (decodeWorkspace(stored, ignoreDrift) ?? undefined) : undefined,
} as const;

export const DATASET = {
  name: 'dataset',
  version: 1,
  write: ({ raw }: Dataset) => raw,
  read: (stored: unknown): Dataset | undefined =>
    isJsonObject(stored) ? (decodeDataset(stored, ignoreDrift) ?? undefined) : undefined,
} as const;

export const MODEL_PAGE = pageOf(MODEL);
export const VERSION_PAGE = pageOf(VERSION);
export const WORKSPACE_PAGE = pageOf(WORKSPACE);
export const DATASET_PAGE = pageOf(DATASET);

/** Drift was reported when the answer came from PAI. */
function ignoreDrift(): void {}

function pageOf<Name extends string, T>(item: EntryType<T> & { readonly name: Name }) {
  return {
    name: `${item.name}_page`,
    version: 1,
    write: ({ items, total }: Page<T>) => ({
      items: items.map((one) => (one === null ? null : item.write(one))),
      total,
    }),
    read(stored: unknown): Page<T> | undefined {
      if (!isJsonObject(stored) || !Array.isArray(stored.items)) return undefined;
      const items = stored.items.map((one: unknown) => (one === null ? null : item.read(one)));
      const total = typeof stored.total === 'number' ? stored.total : null;
      const readable = items.filter((one) => one !== undefined);
      return readable.length === items.length ? { items: readable, total } : undefined;
    },
  } as const;
}
