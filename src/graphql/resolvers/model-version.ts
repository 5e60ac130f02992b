// A version as an entity, with its model and its labels.

import { parseGlobalId, parseModelId, parseVersionName, versionId } from '../../domain/ids.js';
import type { ModelVersionResolvers } from '../__generated__/resolvers.js';
import {
  keyText,
  malformedKey,
  type Representation,
  selectsOnly,
  versionStub,
} from '../reference.js';
import { label, labels } from './labels.js';

const VERSION_KEYS = ['__typename', 'id', 'modelId', 'versionName'];

export const ModelVersion = {
  __resolveReference(reference: Representation, { loaders }, info) {
    const key = keyOf(reference);
    return selectsOnly(VERSION_KEYS, info, 'ModelVersion')
      ? versionStub(key.modelId, key.versionName)
      : loaders.version(key, 'versionName');
  },

  id: ({ modelId, versionName }) => versionId(modelId, versionName),
  model: (version, _, { loaders }) => loaders.modelOf(version),
  labels,
  label,
} satisfies ModelVersionResolvers;

/** Reads either key: the opaque id, or the model's id with the version's name. */
function keyOf(reference: Representation) {
  if (reference.id === undefined) {
    return {
      modelId: parseModelId(keyText(reference, 'modelId'), 'modelId'),
      versionName: parseVersionName(keyText(reference, 'versionName'), 'versionName'),
    };
  }
  const id = parseGlobalId(keyText(reference, 'id'));
  if (id?.kind !== 'version') throw malformedKey('id');
  return id;
}
