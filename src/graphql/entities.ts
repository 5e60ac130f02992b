// `_entities` reads each reference of a gateway on its own, in order, so that one wrong reference is null with one error
// at its place. Apollo's own resolver fails the whole list for an unknown type. A reference of which only its keys are
// selected is echoed, unverified and without a call.
import type { GraphQLResolveInfo } from 'graphql';
import { AppError } from '../domain/errors.js';
import { parseGlobalId, parseModelId, parseVersionName } from '../domain/ids.js';
import type { Model, ModelVersion } from '../domain/model.js';
import { isJsonObject } from '../lib/json.js';
import { modelOfKey } from '../pai/decode/model.js';
import { versionOfKey } from '../pai/decode/version.js';
import type { Context } from './context.js';
import type { Loaders } from './loaders.js';
import { selectedFields } from './selection.js';

const MODEL_KEYS = ['__typename', 'id'];
const VERSION_KEYS = ['__typename', 'id', 'modelId', 'versionName'];

/** It is certain only that it is an object. */
type Reference = Readonly<Record<string, unknown>>;

export function resolveEntities(
  _: unknown,
  { representations }: { representations: readonly unknown[] },
  { loaders }: Context,
  info: GraphQLResolveInfo,
): Promise<Model | ModelVersion | null>[] {
  const isEcho = {
    model: selectsOnly(MODEL_KEYS, info, 'Model'),
    version: selectsOnly(VERSION_KEYS, info, 'ModelVersion'),
  };
  return representations.map(async (representation) => {
    const reference = isJsonObject(representation) ? representation : {};
    if (reference.__typename === 'Model') return readModel(reference, isEcho.model, loaders);
    if (reference.__typename === 'ModelVersion') {
      return readVersion(reference, isEcho.version, loaders);
    }
    const problem = '__typename: the reference names no entity of this subgraph.';
    throw new AppError('BAD_USER_INPUT', problem);
  });
}

function selectsOnly(keys: readonly string[], info: GraphQLResolveInfo, typeName: string) {
  return [...selectedFields(info, typeName)].every((field) => keys.includes(field));
}

/** Of an echo, only the key is known; PAI was not asked whether it exists. */
function readModel(reference: Reference, isEcho: boolean, loaders: Loaders) {
  const id = parseModelId(textOf(reference, 'id'), 'id');
  return isEcho ? modelOfKey(id) : loaders.model(id, 'id');
}

function readVersion(reference: Reference, isEcho: boolean, loaders: Loaders) {
  const key = versionKeyOf(reference);
  return isEcho ? versionOfKey(key) : loaders.version(key, 'versionName');
}

/** Reads either key: the opaque id, or the model's id with the version's name. */
function versionKeyOf(reference: Reference) {
  if (reference.id === undefined) {
    return {
      modelId: parseModelId(textOf(reference, 'modelId'), 'modelId'),
      versionName: parseVersionName(textOf(reference, 'versionName'), 'versionName'),
    };
  }
  const id = parseGlobalId(textOf(reference, 'id'));
  if (id?.kind !== 'version') throw malformedKey('id');
  return id;
}

function textOf(reference: Reference, key: string): string {
  const value = reference[key];
  if (typeof value !== 'string') throw malformedKey(key);
  return value;
}

function malformedKey(key: string): AppError {
  return new AppError('BAD_USER_INPUT', `${key}: the reference has no such key in its form.`);
}
