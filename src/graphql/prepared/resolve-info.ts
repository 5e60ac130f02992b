// The info that a resolver gets about its field, as the executor makes it; resolvers of this schema read no path.
import type { FieldNode, GraphQLField, GraphQLObjectType, GraphQLResolveInfo } from 'graphql';
import type { Compilation } from './compilation.js';
import type { Run } from './run.js';

export type InfoOf = (run: Run) => GraphQLResolveInfo;

export function createInfo(
  compilation: Compilation,
  parentType: GraphQLObjectType,
  { name, type }: GraphQLField<unknown, unknown>,
  nodes: readonly FieldNode[],
): InfoOf {
  const { schema, fragments, operation } = compilation;
  const path = { prev: undefined, key: name, typename: parentType.name };
  const field = { fieldName: name, fieldNodes: nodes, returnType: type, parentType, path };
  const rest = { schema, fragments, rootValue: undefined, operation };
  const slot = compilation.infos;
  compilation.infos += 1;
  // Made once for a run: a list needs it for each of its items.
  return ({ infos, variables }) => {
    infos[slot] ??= { ...field, ...rest, variableValues: variables };
    return infos[slot];
  };
}
