// What a resolver is told of its field, as the executor tells it; resolvers of this schema read no path.
import type { FieldNode, GraphQLField, GraphQLObjectType, GraphQLResolveInfo } from 'graphql';
import type { Compilation } from './compilation.js';
import type { Run } from './run.js';

export type InfoOf = (run: Run) => GraphQLResolveInfo;

export function createInfo(
  { schema, fragments, operation }: Compilation,
  parentType: GraphQLObjectType,
  { name, type }: GraphQLField<unknown, unknown>,
  nodes: readonly FieldNode[],
): InfoOf {
  const path = { prev: undefined, key: name, typename: parentType.name };
  const field = { fieldName: name, fieldNodes: nodes, returnType: type, parentType, path };
  const rest = { schema, fragments, rootValue: undefined, operation };
  const infos = new WeakMap<Run, GraphQLResolveInfo>();
  // One for a run: a list asks for each of its items.
  return (run) => {
    const info = infos.get(run) ?? { ...field, ...rest, variableValues: run.variables };
    infos.set(run, info);
    return info;
  };
}
