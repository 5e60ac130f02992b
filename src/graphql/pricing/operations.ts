// What the price of a call depends on, for each operation of PAI: the form of its keys, the object that a narrowed
// view reads before it, and how the cache is asked for it.
import type { CacheStatus, Estimates } from '../../catalog/catalog.js';
import { type ListQuery, modelList, versionLists } from '../../catalog/lists.js';
import type { Call } from '../../domain/call.js';
import type { UpstreamOperation } from '../../domain/events.js';
import { parseGlobalId, versionId } from '../../domain/global-id.js';
import type { ListOrder, ModelFilter, VersionFilter } from '../../domain/list.js';
import { isModelId, isVersionName } from '../../domain/names.js';
import type { PageTarget, Part } from './priced-call.js';

type Statuses = Promise<CacheStatus<unknown>[]>;

interface AnyOperation {
  /** The operation that reads the object to which the result belongs, by the first part of the same key. */
  readonly owner: UpstreamOperation | null;
}

export interface ObjectOperation extends AnyOperation {
  readonly kind: 'object';
  /** null: the key is refused without a call, or belongs to another operation. */
  parse(key: readonly unknown[]): readonly Part[] | null;
  estimate(keys: readonly (readonly string[])[], estimates: Estimates, call: Call): Statuses;
  /** The ids in an explanation. */
  describe(key: readonly string[]): { readonly id: string; readonly modelId?: string };
  /** Whether the answer that holds the owner holds this object as well. */
  comesWith(owner: unknown, key: readonly string[]): boolean;
}

export interface ListOperation extends AnyOperation {
  readonly kind: 'list';
  /** The list of each owner; null: it is empty without a call. Throws BAD_USER_INPUT. */
  lists(given: GivenList, workspaces: Workspaces): (owner: string | null) => ListQuery | null;
  estimate(pages: readonly PageTarget[], estimates: Estimates, call: Call): Statuses;
  describe(owner: string): { readonly modelId?: string };
}

type Workspaces = readonly string[] | null;

/** Coerced by the schema. */
export type GivenList = Readonly<Record<'filter' | 'order', unknown>>;

interface Given<Filter> {
  readonly filter?: Filter | null;
  readonly order?: ListOrder | null;
}

export type Operations = Readonly<Record<UpstreamOperation, ObjectOperation | ListOperation>>;

export const OPERATIONS: Operations = {
  GetModel: {
    kind: 'object',
    owner: null,
    parse: ([id, ...rest]) =>
      rest.length === 0 && isPart(id) && isUnknownOr(isModelId, id) ? [id] : null,
    estimate: (keys, estimates, call) =>
      estimates.models(
        keys.map(([id = '']) => id),
        call,
      ),
    describe: ([id = '']) => ({ id }),
    comesWith: () => false,
  },
  GetModelVersion: {
    kind: 'object',
    owner: 'GetModel',
    parse: (key) => (key.length === 1 ? versionOfId(key[0]) : versionKey(key)),
    estimate: (keys, estimates, call) =>
      estimates.versions(
        keys.map(([modelId = '', versionName = '']) => ({ modelId, versionName })),
        call,
      ),
    describe: ([modelId = '', name = '']) => ({ id: versionId(modelId, name), modelId }),
    comesWith: (model, [, name]) => latestNameOf(model) === name,
  },
  ListModels: {
    kind: 'list',
    owner: null,
    lists(given, workspaces) {
      const { filter, order }: Given<ModelFilter> = asGiven(given);
      return (workspaceId) => {
        const owned = workspaceId === null ? filter : { ...filter, workspaceId };
        const found = modelList(owned, order, workspaces);
        return found.kind === 'list' ? found.list : null;
      };
    },
    estimate: (pages, estimates, call) => estimates.modelPages(pages, call),
    describe: () => ({}),
  },
  ListModelVersions: {
    kind: 'list',
    owner: 'GetModel',
    lists(given) {
      const { filter, order }: Given<VersionFilter> = asGiven(given);
      const listOf = versionLists(filter, order);
      return (id) => (id === null || isModelId(id) ? listOf(id ?? '') : null);
    },
    estimate: (pages, estimates, call) =>
      estimates.versionPages(
        pages.map((page) => ({ ...page, modelId: page.owner ?? '' })),
        call,
      ),
    describe: (modelId) => ({ modelId }),
  },
};

export function isPart(value: unknown): value is Part {
  return typeof value === 'string' || (typeof value === 'object' && value !== null);
}

function isUnknownOr(isValid: (value: string) => boolean, part: Part): boolean {
  return typeof part !== 'string' || isValid(part);
}

function versionOfId(id: unknown): readonly Part[] | null {
  const parsed = typeof id === 'string' ? parseGlobalId(id) : null;
  return parsed?.kind === 'version' ? [parsed.modelId, parsed.versionName] : null;
}

function versionKey([modelId, name, ...rest]: readonly unknown[]): readonly Part[] | null {
  if (rest.length > 0 || !isPart(modelId) || !isPart(name)) return null;
  return isUnknownOr(isModelId, modelId) && isUnknownOr(isVersionName, name)
    ? [modelId, name]
    : null;
}

function asGiven(given: GivenList): Readonly<Record<string, unknown>> {
  return given;
}

function latestNameOf(model: unknown): unknown {
  if (typeof model !== 'object' || model === null || !('latestVersion' in model)) return undefined;
  const { latestVersion } = model;
  const isVersion = typeof latestVersion === 'object' && latestVersion !== null;
  return isVersion && 'versionName' in latestVersion ? latestVersion.versionName : undefined;
}
