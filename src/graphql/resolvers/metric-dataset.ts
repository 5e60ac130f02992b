// The dataset of a score; this subgraph knows only its id.
import type { MetricDatasetResolvers } from '../__generated__/resolvers.js';

export const MetricDataset = {
  dataset: ({ id }) => (id === null ? null : { id }),
} satisfies MetricDatasetResolvers;
