// The resolver map. A field without a resolver is the property of its parent of the same name.
import type { Resolvers, ResponseMetaResolvers } from '../__generated__/resolvers.js';
import { scalars } from '../scalars.js';
import { ModelConnection } from './facets.js';
import { Model, ModelEdge } from './model.js';
import { MetricDataset, MetricResult, ModelVersion } from './model-version.js';
import { Node, NodeQuery, Query } from './query.js';
import { Workspace, WorkspaceQuery } from './workspace.js';

const ResponseMeta = {
  /** The part of a response that changes while it is kept. */
  ageSeconds: ({ fetchedMoment }, _, { now }) =>
    Math.max(0, Math.floor((now() - fetchedMoment) / 1000)),
} satisfies ResponseMetaResolvers;

export const resolvers = {
  Query,
  Model,
  ModelConnection,
  ModelEdge,
  ModelVersion,
  MetricResult,
  MetricDataset,
  ResponseMeta,
  ...scalars,
} satisfies Resolvers;

/** The further resolvers that workspaces need where this subgraph reads them. */
export const linkedResolvers = { Workspace, Query: WorkspaceQuery } satisfies Resolvers;

/** The further resolvers that schema/node.graphql needs. */
export const nodeResolvers = { Node, Query: NodeQuery } satisfies Resolvers;
