// The resolvers that compiled operations may call. Each is safe to call without graphql-js, and to call again by
// Apollo after a run that bailed out: it returns plain values or native promises, reads only through the loaders of its
// context, changes nothing, and takes from `info` nothing but the selection. An operation with any other resolver is
// left to Apollo.
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import type { Context } from '../graphql/context.js';

/** By schema coordinates. */
export const SAFE_RESOLVERS: ReadonlySet<string> = new Set([
  'Query.model',
  'Query.modelsByIds',
  'Query.models',
  'Query.modelVersion',
  'Query.node',
  'Query.nodes',
  'Query.workspace',
  'Query.workspaces',
  'Query._entities',
  'Model.workspace',
  'Model.labels',
  'Model.label',
  'Model.meta',
  'Model.latestApprovedVersion',
  'Model.versions',
  'Model.version',
  'Model.metricHistory',
  'Model.metricHistories',
  'ModelConnection.facets',
  'ModelEdge.tags',
  'ModelVersion.id',
  'ModelVersion.model',
  'ModelVersion.labels',
  'ModelVersion.label',
  'ModelVersion.meta',
  'Workspace.models',
  'MetricResult.metric',
  'MetricDataset.dataset',
  'ResponseMeta.ageSeconds',
]);

/** Abstract types whose `resolveType` looks at the value alone. */
export const SAFE_ABSTRACT_TYPES: ReadonlySet<string> = new Set(['Node', '_Entity']);

/** By schema coordinates; fields without a resolver are properties of their objects. */
export type Resolvers = ReadonlyMap<string, GraphQLFieldResolver<unknown, Context>>;

/** Call it before other code wraps the resolvers of the schema: Apollo does, and the bounds of Apollo's executor. */
export function resolversOf(schema: GraphQLSchema): Resolvers {
  const resolvers = new Map<string, GraphQLFieldResolver<unknown, Context>>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!('getFields' in type)) continue;
    for (const field of Object.values(type.getFields())) {
      if ('resolve' in field && field.resolve) {
        resolvers.set(`${type.name}.${field.name}`, field.resolve);
      }
    }
  }
  return resolvers;
}
