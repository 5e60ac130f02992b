import type { ModelVersionResolvers } from '../__generated__/resolvers.js';
import { label, labels } from './labels.js';

export const ModelVersion = {
  model: ({ modelId }, _, { loaders }) => loaders.model(modelId, 'modelId'),
  labels,
  label,
} satisfies ModelVersionResolvers;
