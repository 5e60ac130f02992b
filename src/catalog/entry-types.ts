// How answers are stored: as PAI's own objects, so that the stored form changes only when PAI's does, and decoding
// stays in one place.
import type { EntryType } from '../cache/entry.js';
import type { ReadKind } from '../domain/events.js';
import { isModelId } from '../domain/ids.js';
import type { Page } from '../domain/list.js';
import type { Model, ModelVersion } from '../domain/model.js';
import { isJsonObject, type JsonObject } from '../lib/json.js';
import { decodeModel, modelIdOf } from '../pai/decode/model.js';
import { decodeVersion } from '../pai/decode/version.js';

/** Its name is also that under which reads are reported. */
export type RegistryEntryType<T> = EntryType<T> & { readonly name: ReadKind };

/** Drift was reported when the answer came from PAI. */
const reportedBefore = () => {};

export const MODEL: RegistryEntryType<Model> = {
  name: 'model',
  version: 1,
  write: ({ raw }) => raw,
  read: readModel,
};

export const VERSION: RegistryEntryType<ModelVersion> = {
  name: 'version',
  version: 1,
  write: writeVersion,
  read: readVersion,
};

export const MODEL_PAGE: RegistryEntryType<Page<Model>> = {
  name: 'model_page',
  version: 1,
  write: ({ items, total }) => ({ items: items.map((item) => item?.raw ?? null), total }),
  read: (stored) => readPage(stored, readModel),
};

export const VERSION_PAGE: RegistryEntryType<Page<ModelVersion>> = {
  name: 'version_page',
  version: 1,
  write: ({ items, total }) => ({ items: items.map((item) => item && writeVersion(item)), total }),
  read: (stored) => readPage(stored, readVersion),
};

function readModel(stored: unknown): Model | undefined {
  if (!isJsonObject(stored)) return undefined;
  const id = modelIdOf(stored);
  return id === null ? undefined : decodeModel(stored, id, reportedBefore);
}

/** PAI's version objects do not name their model. */
function writeVersion({ modelId, raw }: ModelVersion): JsonObject {
  return { modelId, raw };
}

function readVersion(stored: unknown): ModelVersion | undefined {
  if (!isJsonObject(stored)) return undefined;
  const { modelId, raw } = stored;
  if (typeof modelId !== 'string' || !isModelId(modelId) || !isJsonObject(raw)) return undefined;
  return decodeVersion(raw, modelId, '', reportedBefore) ?? undefined;
}

function readPage<T>(
  stored: unknown,
  readItem: (stored: unknown) => T | undefined,
): Page<T> | undefined {
  if (!isJsonObject(stored) || !Array.isArray(stored.items)) return undefined;
  const items = stored.items.map((item: unknown) => (item === null ? null : readItem(item)));
  const total = typeof stored.total === 'number' ? stored.total : null;
  const readable = items.filter((item) => item !== undefined);
  return readable.length === items.length ? { items: readable, total } : undefined;
}
