// The models that lists have shown in one operation, while it is not proved that lists give all data of a model.
// Such an item stands for its model in everything that is reached through it, and does not answer a read by id.
import type { SourcedModel, SourcedModelVersion } from '../domain/model.js';
import { asReadById } from '../pai/decode/model.js';

export interface ListedModels {
  add(items: readonly (SourcedModel | null)[]): void;
  /** Whether a list has shown it: it exists, and the caller may see it. */
  has(id: string): boolean;
  /** The item that stands for the model of the version; undefined: no item does. */
  modelOf(version: SourcedModelVersion): SourcedModel | undefined;
  /** The version of that model, marked where the model is such an item. */
  reachedFrom(model: SourcedModel, version: SourcedModelVersion): SourcedModelVersion;
}

export function createListedModels(): ListedModels {
  const ids = new Set<string>();
  // From an item to the model that its versions give, and from this model to itself: the versions below give it, too.
  const asModels = new Map<SourcedModel, SourcedModel>();
  return {
    add(items) {
      for (const item of items) {
        if (item === null) continue;
        ids.add(item.id);
        const asModel = asReadById(item);
        asModels.set(item, asModel);
        asModels.set(asModel, asModel);
      }
    },
    has: (id) => ids.has(id),
    modelOf: ({ reachedFrom }) => reachedFrom && asModels.get(reachedFrom),
    reachedFrom: (model, version) =>
      asModels.has(model) ? { ...version, reachedFrom: model } : version,
  };
}
