// The operations of PAI as far as the price of a call depends on them: the form of their keys, and the object that a
// narrowed view reads first.
import type { View } from '../domain/caller.js';
import type { UpstreamOperation } from '../domain/events.js';
import { isModelId, isVersionName, parseGlobalId, versionId } from '../domain/ids.js';
import type { ListOrder, ModelFilter, PageNumber, VersionFilter } from '../domain/list.js';
import { type ListQuery, versionListQueries } from '../pai/request.js';
import { modelList } from './visibility.js';

/** One call whose key is known; for a list, the key names the parent of the list, if it has one. */
export interface KnownCall {
  readonly key: readonly string[];
  /** null: the call reads one object. */
  readonly page: { readonly list: ListQuery; readonly page: PageNumber } | null;
}

export interface CallIds {
  /** The id of a model or a version. */
  readonly id?: string;
  /** The model of the version or of the list of versions. */
  readonly modelId?: string;
}

interface AnyOperation {
  /** The operation that reads the object to which the result belongs, by the first part of the same key. */
  readonly parent: UpstreamOperation | null;
  describe(key: readonly string[]): CallIds;
}

export interface ObjectOperation extends AnyOperation {
  readonly kind: 'object';
  /**
   * The parts of a key, of which some may not be known yet; null: the key is refused without a call, or belongs to
   * another operation.
   */
  parse<Unknown extends object>(key: Key<Unknown>): Key<Unknown> | null;
  /** Whether the answer that holds the parent holds this object as well. */
  comesWith(parent: unknown, key: readonly string[]): boolean;
}

type Key<Unknown> = readonly (string | Unknown)[];

export interface ListOperation extends AnyOperation {
  readonly kind: 'list';
  /** The list of each parent; null: it is empty without a call. Throws BAD_USER_INPUT. */
  lists(given: GivenList, view: View): (parent: string | null) => ListQuery | null;
}

/** Coerced by the schema. */
type GivenList = Readonly<Record<string, unknown>>;

interface Given<Filter> {
  readonly filter?: Filter | null;
  readonly order?: ListOrder | null;
}

export type Operations = Readonly<Record<UpstreamOperation, ObjectOperation | ListOperation>>;

export const OPERATIONS: Operations = {
  GetModel: {
    kind: 'object',
    parent: null,
    parse: (key) => keyOf([isModelId], key),
    describe: ([id = '']) => ({ id }),
    comesWith: () => false,
  },
  GetModelVersion: {
    kind: 'object',
    parent: 'GetModel',
    parse: (key) => (key.length === 1 ? keyOfId(key) : keyOf([isModelId, isVersionName], key)),
    describe: ([modelId = '', versionName = '']) => ({
      id: versionId(modelId, versionName),
      modelId,
    }),
    comesWith: (model, [, versionName]) => latestNameOf(model) === versionName,
  },
  ListModels: {
    kind: 'list',
    parent: null,
    lists(given, view) {
      const { filter, order }: Given<ModelFilter> = given;
      return (workspaceId) => {
        const owned = workspaceId === null ? filter : { ...filter, workspaceId };
        const found = modelList(owned, order, view);
        return found.kind === 'list' ? found.list : null;
      };
    },
    describe: () => ({}),
  },
  ListModelVersions: {
    kind: 'list',
    parent: 'GetModel',
    lists(given) {
      const { filter, order }: Given<VersionFilter> = given;
      const listOf = versionListQueries(filter ?? {}, order);
      return (modelId) => (modelId === null || isModelId(modelId) ? listOf(modelId ?? '') : null);
    },
    describe: ([modelId = '']) => ({ modelId }),
  },
};

export function isUpstreamOperation(name: string): name is UpstreamOperation {
  return Object.hasOwn(OPERATIONS, name);
}

function keyOf<Unknown extends object>(
  checks: readonly ((part: string) => boolean)[],
  key: Key<Unknown>,
): Key<Unknown> | null {
  const isValid = (part: string | Unknown, index: number) =>
    typeof part !== 'string' || checks[index]?.(part) === true;
  return key.length === checks.length && key.every(isValid) ? key : null;
}

function keyOfId<Unknown extends object>(key: Key<Unknown>): Key<Unknown> | null {
  const [id] = key;
  if (typeof id !== 'string') return key;
  const parsed = parseGlobalId(id);
  return parsed?.kind === 'version' ? [parsed.modelId, parsed.versionName] : null;
}

function latestNameOf(model: unknown): unknown {
  if (typeof model !== 'object' || model === null || !('latestVersion' in model)) return undefined;
  const { latestVersion } = model;
  const isVersion = typeof latestVersion === 'object' && latestVersion !== null;
  return isVersion && 'versionName' in latestVersion ? latestVersion.versionName : undefined;
}
