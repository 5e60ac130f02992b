// One score by its name; the scores themselves are properties.
import type { Metric } from '../../domain/model.js';
import type { MetricResultResolvers } from '../__generated__/resolvers.js';
import { findByName } from '../find-by-name.js';

export const MetricResult = {
  metric: ({ metrics }, { name }) => findByName(metrics, nameOf, name)?.value ?? null,
} satisfies MetricResultResolvers;

function nameOf({ name }: Metric): string {
  return name;
}
