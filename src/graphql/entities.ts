// `_entities`: each reference of a gateway on its own, in order, so that one wrong reference is null
// with one error at its place. Apollo's own resolver fails the whole list for an unknown type.
import type { GraphQLResolveInfo } from 'graphql';
import { AppError } from '../domain/errors.js';
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

/** Async, so that whatever one reference throws is the error of its own place. */
async function resolveEntity(
  representation: unknown,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<object | null> {
  const reference = isRepresentation(representation) ? representation : {};
  const { __typename } = reference;
  if (__typename === 'Model') {
    const model = await Model.__resolveReference(reference, context, info);
    return model && { ...model, __typename };
  }
  if (__typename === 'ModelVersion') {
    const version = await ModelVersion.__resolveReference(reference, context, info);
    return version && { ...version, __typename };
  }
  throw new AppError(
    'BAD_USER_INPUT',
    '__typename: the reference names no entity of this subgraph.',
  );
}

function isRepresentation(value: unknown): value is Representation {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
