// The operations of PAI as far as the price of a call depends on them: the form of their keys, and the object that a
// narrowed view reads first.
import { isNarrowed, type View } from '../domain/caller.js';
import type { UpstreamOperation } from '../domain/events.js';
import { isLinkedId, isModelId, isVersionName, parseGlobalId, versionId } from '../domain/ids.js';
import type { ListOrder, ModelFilter, PageNumber, VersionFilter } from '../domain/list.js';
import { type ListQuery, versionListQueries, workspaceListQuery } from '../pai/request.js';
import { isWorkspaceVisible, modelList } from './visibility.js';

/** One call whose key is known; for a list, the key names the parent of the list, if it has one. */
export interface KnownCall {
  readonly key: readonly string[];
  /** null: the call reads one object. */
  readonly page: { readonly list: ListQuery; readonly page: PageNumber } | null;
}

export interface CallIds {
  /** The id of a model, a version, a workspace or a dataset. */
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
   * The parts of a key, of which some may not be known yet; null: the key is refused or hidden without a call, or belongs
   * to another operation.
   */
  parse<Unknown extends object>(key: Key<Unknown>, view: View): Key<Unknown> | null;
  /** Whether the answer that holds the parent holds this object as well. */
  comesWith(parent: unknown, key: readonly string[]): boolean;
  /** Reads each object that an answer leaves out; absent: no answer leaves out any. */
  readonly fallback?: UpstreamOperation;
  /** For every caller the parent is read first: its workspace is a part of the call, which reads the objects of one. */
  readonly isParentNeeded?: true;
  /** The most objects that one parent of the field names. */
  readonly mostKeys?: number;
  /** The same operation where it lists. */
  readonly asList?: ListOperation;
}

type Key<Unknown> = readonly (string | Unknown)[];

export interface ListOperation extends AnyOperation {
  readonly kind: 'list';
  /** The list of each parent; null: it is empty without a call. Throws BAD_USER_INPUT. */
  lists(given: GivenList, view: View): (parent: Parent) => ListQuery | null;
  /** Whether rows of this view are read by their ids, of which PAI may leave out some. */
  isReadByIds?(view: View): boolean;
}

/** The id of an object that has a list; null: no object has it, undefined: its id is not known yet. */
type Parent = string | null | undefined;

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
      // Its models are given, so that its workspace is one of the caller's.
      const unknown = isNarrowed(view) ? (view.ids[0] ?? null) : null;
      return (workspaceId = unknown) => {
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
      return (modelId) =>
        typeof modelId !== 'string' || isModelId(modelId) ? listOf(modelId ?? '') : null;
    },
    describe: ([modelId = '']) => ({ modelId }),
  },
  GetDataset: {
    kind: 'object',
    parent: null,
    parse: (key) => keyOf([isLinkedId], key),
    describe: ([id = '']) => ({ id }),
    comesWith: () => false,
  },
  ListDatasets: {
    kind: 'object',
    parent: 'GetModel',
    isParentNeeded: true,
    parse: (key) => keyOf([isModelId, isLinkedId], key),
    describe: ([modelId = '', id = '']) => ({ id, modelId }),
    comesWith: () => false,
    fallback: 'GetDataset',
    // PAI documents 8192 bytes of Metrics at most.
    mostKeys: 200,
  },
  GetWorkspace: workspaceOperation({}),
  ListWorkspaces: workspaceOperation({
    fallback: 'GetWorkspace',
    asList: {
      kind: 'list',
      parent: null,
      lists: (_, view) => {
        const isEmpty = isNarrowed(view) && view.ids.length === 0;
        return () => (isEmpty ? null : workspaceListQuery(null));
      },
      isReadByIds: isNarrowed,
      describe: () => ({}),
    },
  }),
};

function workspaceOperation(rest: Pick<ObjectOperation, 'fallback' | 'asList'>): ObjectOperation {
  return {
    kind: 'object',
    parent: null,
    parse: (key, view) => keyOf([(id) => isLinkedId(id) && isWorkspaceVisible(id, view)], key),
    describe: ([id]) => (id === undefined ? {} : { id }),
    comesWith: () => false,
    ...rest,
  };
}

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
