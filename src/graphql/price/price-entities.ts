// The price of the references of a gateway: each distinct one is a call, unless only its keys are selected.
import { parseGlobalId } from '../../domain/global-id.js';
import { isJsonObject } from '../../domain/model.js';
import { isOnly } from '../reference.js';
import { MODEL_KEYS } from '../resolvers/model.js';
import { VERSION_KEYS } from '../resolvers/model-version.js';
import { type Priced, ZERO_COST } from './priced-call.js';
import { type PricedField, priceModel, priceVersion, sum } from './rules.js';

export function priceEntities({ args, selected, context }: PricedField): Priced {
  const references = Array.isArray(args.representations) ? args.representations : [];
  const sizes = { representations: references.length };
  // Pricing them would take the time that refusing them saves.
  if (references.length > context.limits.representations) return { ...ZERO_COST, sizes };
  const isModelFree = isOnly(MODEL_KEYS, selected('Model'));
  const isVersionFree = isOnly(VERSION_KEYS, selected('ModelVersion'));
  const priced = sum(
    references.filter(isJsonObject).map((reference) => {
      const { __typename, id, modelId, versionName } = reference;
      if (__typename === 'Model') return isModelFree ? ZERO_COST : priceModel(keyOf(id));
      if (__typename !== 'ModelVersion' || isVersionFree) return ZERO_COST;
      if (id === undefined) return priceVersion(keyOf(modelId), keyOf(versionName), context);
      const key = parseGlobalId(keyOf(id));
      if (key?.kind !== 'version') return ZERO_COST;
      return priceVersion(key.modelId, key.versionName, context);
    }),
  );
  return { ...priced, sizes };
}

/** A key that is not a text is refused, as an empty one is. */
function keyOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
