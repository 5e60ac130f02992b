import type { MetricDatasetResolvers } from '../__generated__/resolvers.js';

export const MetricDataset = {
  dataset: ({ id }) => (id === null ? null : { id }),
} satisfies MetricDatasetResolvers;
