// The resolver map. A field without a resolver is the property of its parent of the same name.
import type { Resolvers } from '../__generated__/resolvers.js';
import { scalars } from '../scalars.js';
import { MetricDataset } from './metric-dataset.js';
import { MetricResult } from './metric-result.js';
import { Model } from './model.js';
import { ModelVersion } from './model-version.js';
import { Node } from './node.js';
import { NodeQuery, Query } from './query.js';
import { ResponseMeta } from './response-meta.js';

export const resolvers = {
  Query,
  Model,
  ModelVersion,
  MetricResult,
  MetricDataset,
  ResponseMeta,
  ...scalars,
} satisfies Resolvers;

/** The further resolvers that schema/node.graphql needs. */
export const nodeResolvers = { Node, Query: NodeQuery } satisfies Resolvers;
