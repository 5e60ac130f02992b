// A version, with its model, its labels and its scores.
import { versionId } from '../../domain/ids.js';
import type {
  MetricDatasetResolvers,
  MetricResultResolvers,
  ModelVersionResolvers,
} from '../__generated__/resolvers.js';
import { isKeyEnough } from '../selection.js';
import { findByName, label, labels } from './labels.js';

export const ModelVersion = {
  id: ({ modelId, versionName }) => versionId(modelId, versionName),
  model: (version, _, { loaders }) => loaders.modelOf(version),
  labels,
  label,
  meta: (version, _, { loaders }) => loaders.provenanceOf(version),
} satisfies ModelVersionResolvers;

export const MetricResult = {
  metric: ({ metrics }, { name }) => findByName(metrics, ({ name }) => name, name)?.value ?? null,
} satisfies MetricResultResolvers;

export const MetricDataset = {
  dataset({ datasetId, modelId }, _, { loaders }, info) {
    if (datasetId === null) return null;
    return isKeyEnough(info, ['id'])
      ? { kind: 'dataset', id: datasetId }
      : loaders.linkedDataset(datasetId, modelId);
  },
} satisfies MetricDatasetResolvers;
