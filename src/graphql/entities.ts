// `_entities` resolves each reference of a gateway on its own, in order, so that one wrong reference is null
// with one error at its place. Apollo's own resolver fails the whole list for an unknown type.
import type { GraphQLResolveInfo } from 'graphql';
import { AppError } from '../domain/errors.js';
import type { SourcedModel, SourcedModelVersion } from '../domain/model.js';
import type { Context } from './context.js';
import type { Representation } from './reference.js';
import { Model } from './resolvers/model.js';
import { ModelVersion } from './resolvers/model-version.js';

export function resolveEntities(
  _: unknown,
  { representations }: { representations: readonly unknown[] },
  context: Context,
  info: GraphQLResolveInfo,
) {
  return representations.map((representation) => resolveEntity(representation, context, info));
}

/** An error that one reference throws is the error of its own place. */
async function resolveEntity(
  representation: unknown,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<SourcedModel | SourcedModelVersion | null> {
  return readEntity(isRepresentation(representation) ? representation : {}, context, info);
}

function readEntity(reference: Representation, context: Context, info: GraphQLResolveInfo) {
  const { __typename } = reference;
  if (__typename === 'Model') return Model.__resolveReference(reference, context, info);
  if (__typename === 'ModelVersion') {
    return ModelVersion.__resolveReference(reference, context, info);
  }
  throw new AppError(
    'BAD_USER_INPUT',
    '__typename: the reference names no entity of this subgraph.',
  );
}

function isRepresentation(value: unknown): value is Representation {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
