// A version, with its model and its labels.
import { versionId } from '../../domain/ids.js';
import type { ModelVersionResolvers } from '../__generated__/resolvers.js';
import { label, labels } from './labels.js';

export const ModelVersion = {
  id: ({ modelId, versionName }) => versionId(modelId, versionName),
  model: (version, _, { loaders }) => loaders.modelOf(version),
  labels,
  label,
} satisfies ModelVersionResolvers;
