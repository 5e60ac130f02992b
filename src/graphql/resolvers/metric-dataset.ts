// The dataset of a score, of which this subgraph knows the id alone.
import type { MetricDatasetResolvers } from '../__generated__/resolvers.js';

export const MetricDataset = {
  dataset: ({ id }) => (id === null ? null : { id }),
} satisfies MetricDatasetResolvers;
