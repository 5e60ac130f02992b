// One score by its name; the scores themselves are properties.
import type { MetricResultResolvers } from '../__generated__/resolvers.js';

export const MetricResult = {
  metric: ({ metrics }, { name }) => metrics.find((metric) => metric.name === name)?.value ?? null,
} satisfies MetricResultResolvers;
