// `_entities` reads each reference of a gateway on its own, in order, so that one wrong reference is null with one error
// at its place. Apollo's own resolver fails the whole list for an unknown type. A reference of which only its keys are
// selected is echoed, unverified and without a call. A version that is absent or cannot be read is given by its keys:
// they follow from the reference, and a gateway may lack one of them, which is not nullable, and would lose the parent.
import type { GraphQLResolveInfo } from 'graphql';
import { AppError, asError } from '../domain/errors.js';
import { parseGlobalId, parseLinkedId, parseModelId, parseVersionName } from '../domain/ids.js';
import type { LinkedDataset, LinkedWorkspace, Model, ModelVersion } from '../domain/model.js';
import { isJsonObject } from '../lib/json.js';
import type { Context } from './context.js';
import type { Loaders } from './loaders.js';
import { selectedFields } from './selection.js';

const ID_KEYS = ['__typename', 'id'];
const VERSION_KEYS = ['__typename', 'id', 'modelId', 'versionName'];

/** It is certain only that it is an object. */
type Reference = Readonly<Record<string, unknown>>;

/** Objects of which only the keys are known: all other properties are absent, but for one that may have an error. */
type ModelKeys = Pick<Model, 'id'>;
type VersionKeys = Pick<ModelVersion, 'modelId' | 'versionName'>;

type Entity = Model | ModelKeys | ModelVersion | VersionKeys | LinkedWorkspace | LinkedDataset;

const LINKED_TYPES = { workspace: 'Workspace', dataset: 'Dataset' } as const;

export function typeNameOf(entity: Entity): string {
  if ('kind' in entity) return LINKED_TYPES[entity.kind];
  return 'versionName' in entity ? 'ModelVersion' : 'Model';
}

export function resolveEntities(
  _: unknown,
  { representations }: { representations: readonly unknown[] },
  { loaders }: Context,
  info: GraphQLResolveInfo,
): Promise<Entity | null>[] {
  const isEcho = (typeName: string) => othersThan(ID_KEYS, info, typeName).length === 0;
  const [isModelEcho, isWorkspaceEcho] = [isEcho('Model'), isEcho('Workspace')];
  const isDatasetEcho = isEcho('Dataset');
  const ofVersion = othersThan(VERSION_KEYS, info, 'ModelVersion');
  // Otherwise another subgraph owns workspaces and datasets.
  const isLinked = info.schema.getQueryType()?.getFields().workspace !== undefined;
  return representations.map(async (representation) => {
    const reference = isJsonObject(representation) ? representation : {};
    if (reference.__typename === 'Model') return readModel(reference, isModelEcho, loaders);
    if (reference.__typename === 'ModelVersion') return readVersion(reference, ofVersion, loaders);
    if (isLinked && reference.__typename === 'Workspace') {
      return readWorkspace(reference, isWorkspaceEcho, loaders);
    }
    if (isLinked && reference.__typename === 'Dataset') {
      return readDataset(reference, isDatasetEcho, loaders);
    }
    const problem = '__typename: the reference names no entity of this subgraph.';
    throw new AppError('BAD_USER_INPUT', problem);
  });
}

/** The selected fields that are not keys. */
function othersThan(keys: readonly string[], info: GraphQLResolveInfo, typeName: string) {
  return [...selectedFields(info, typeName)].filter((field) => !keys.includes(field));
}

function readModel(reference: Reference, isEcho: boolean, loaders: Loaders) {
  const id = textOf(reference, 'id');
  return isEcho ? { id: parseModelId(id, 'id') } : loaders.model(id, 'id');
}

function readWorkspace(reference: Reference, isEcho: boolean, loaders: Loaders) {
  const id = textOf(reference, 'id');
  if (!isEcho) return loaders.workspace(id, 'id');
  return { kind: 'workspace', id: parseLinkedId(id, 'id') } as const;
}

function readDataset(reference: Reference, isEcho: boolean, loaders: Loaders) {
  const id = textOf(reference, 'id');
  if (!isEcho) return loaders.dataset(id, 'id');
  return { kind: 'dataset', id: parseLinkedId(id, 'id') } as const;
}

async function readVersion(reference: Reference, fields: readonly string[], loaders: Loaders) {
  const key = versionKeyOf(reference);
  if (fields.length === 0) return key;
  try {
    return (await loaders.version(key, 'versionName')) ?? key;
  } catch (error) {
    return withError(key, fields, asError(error));
  }
}

/** One failure is one error: the first field of the version has it. `model` and `meta` are not read from the version. */
function withError(key: VersionKeys, fields: readonly string[], error: Error): VersionKeys {
  const field = fields.find((name) => name !== 'model' && name !== 'meta');
  if (field !== undefined) return { ...key, [field === 'label' ? 'labels' : field]: error };
  if (fields.includes('meta')) throw error;
  return key;
}

/** Reads either key: the opaque id, or the model's id with the version's name. */
function versionKeyOf(reference: Reference): VersionKeys {
  if (reference.id === undefined) {
    return {
      modelId: parseModelId(textOf(reference, 'modelId'), 'modelId'),
      versionName: parseVersionName(textOf(reference, 'versionName'), 'versionName'),
    };
  }
  const id = parseGlobalId(textOf(reference, 'id'));
  if (id?.kind !== 'version') throw malformedKey('id');
  const { modelId, versionName } = id;
  return { modelId, versionName };
}

function textOf(reference: Reference, key: string): string {
  const value = reference[key];
  if (typeof value !== 'string') throw malformedKey(key);
  return value;
}

function malformedKey(key: string): AppError {
  return new AppError('BAD_USER_INPUT', `${key}: the reference has no such key in its form.`);
}
