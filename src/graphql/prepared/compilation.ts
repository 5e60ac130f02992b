// The state that the compilation of one operation shares.
import type {
  FieldNode,
  FragmentDefinitionNode,
  GraphQLFieldResolver,
  GraphQLObjectType,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import type { Context } from '../context.js';
import type { Variables, Writer } from './run.js';

export type Resolver = GraphQLFieldResolver<unknown, Context>;

export type Fields = ReadonlyMap<string, readonly FieldNode[]>;

export interface CompileParts {
  readonly schema: GraphQLSchema;
  /** The resolvers of the schema as it was made, by `Type.field`: Apollo wraps them at its first trace. */
  readonly resolvers: ReadonlyMap<string, Resolver>;
}

export interface Compilation extends CompileParts {
  readonly fragments: Record<string, FragmentDefinitionNode>;
  readonly operation: OperationDefinitionNode;
  /** They decide which fields @skip and @include leave out. */
  readonly variables: Variables;
  readonly compileObject: (
    compilation: Compilation,
    type: GraphQLObjectType,
    fields: Fields,
  ) => Writer;
  /** The number of field writers that were made so far. */
  fields: number;
  /** The number of places in a run for the info that resolvers get about their fields. */
  infos: number;
}

/** The operation cannot be compiled: the ordinary executor runs it. */
export class UnsupportedOperation extends Error {
  override readonly name = 'UnsupportedOperation';
}

/** Must be called before other code gets the schema. */
export function resolversOf(schema: GraphQLSchema): ReadonlyMap<string, Resolver> {
  const resolvers = new Map<string, Resolver>();
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
