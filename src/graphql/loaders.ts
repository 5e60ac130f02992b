// The DataLoaders of one operation: what it asks for twice, it asks upstream once.
import DataLoader from 'dataloader';
import type { Catalog } from '../catalog/catalog.js';
import type { Call } from '../domain/call.js';
import { parseModelId } from '../domain/names.js';
import type { SourcedModel } from '../domain/provenance.js';

export interface Loaders {
  /** null where there is no such model; a malformed id, named by its argument, rejects. */
  model(id: string, argument: string): Promise<SourcedModel | null>;
}

/** A failure is remembered with the loader: for the rest of its operation and never beyond it. */
export function createLoaders(catalog: Catalog, call: Call): Loaders {
  const models = new DataLoader((ids: readonly string[]) => catalog.getModels(ids, call));
  return {
    model: async (id, argument) => models.load(parseModelId(id, argument)),
  };
}
