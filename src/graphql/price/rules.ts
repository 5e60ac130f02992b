// The cost of each field that is marked @upstream: its calls, and the items that it gives to the fields below it.
// Each rule describes the resolver of the same name; a test compares them.

import { GraphQLError } from 'graphql';
import { type ListQuery, modelList, versionLists } from '../../catalog/lists.js';
import { AppError } from '../../domain/errors.js';
import { parseGlobalId } from '../../domain/global-id.js';
import {
  type ListOrder,
  MAX_LIST_ITEMS,
  type ModelFilter,
  type VersionFilter,
} from '../../domain/list.js';
import { isModelId, isVersionName } from '../../domain/names.js';
import type { OperationLimits } from '../limits/limits.js';
import { countOrDefault, type PageArguments, wantedRows } from '../pagination/page-arguments.js';
import { listKey, priceWindow, rowsOf } from './list-price.js';
import {
  knownModel,
  type ModelRef,
  modelCall,
  NOTHING_FURTHER,
  type Priced,
  type VersionRef,
  versionCall,
  ZERO_COST,
} from './priced-call.js';

export interface PriceContext {
  /** The largest pages worth requesting. */
  readonly caps: Readonly<Record<ListQuery['operation'], number>>;
  /** Workspaces of the caller. Not null: versions are given only after their model was seen. */
  readonly workspaces: readonly string[] | null;
  readonly limits: OperationLimits;
}

export interface PricedField {
  /** Coerced by the schema. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly models: readonly ModelRef[];
  readonly versions: readonly VersionRef[];
  /** Names of the fields below; of the type `typeName` where the field's own type is abstract. */
  readonly selected: (typeName?: string) => ReadonlySet<string>;
  readonly context: PriceContext;
}

type Rule = (field: PricedField) => Priced;

interface ListArguments<Filter> extends PageArguments {
  readonly filter?: Filter | null;
  readonly orderBy?: ListOrder | null;
}

export const RULES: Readonly<Record<string, Rule>> = {
  'Query.model': ({ args }) => priceIds([args.id], 'model'),
  'Query.modelsByIds': ({ args }) => priceList(args.ids, 'model'),
  'Query.node': ({ args, context }) => priceIds([args.id], 'node', context),
  'Query.nodes': ({ args, context }) => priceList(args.ids, 'node', context),
  'Query.modelVersion': ({ args, context }) =>
    priceVersion(String(args.modelId), String(args.versionName), context),
  'Query.models': priceModels,
  'Model.latestVersion': ({ models }) => ({
    ...ZERO_COST,
    versions: models.map((model) => ({ model, count: model.count })),
  }),
  'Model.version': ({ args, models }) =>
    sum(models.map((of) => priceOwnVersion(of, String(args.name)))),
  'Model.versions': priceVersions,
  'Model.metricHistory': priceHistory,
  'ModelVersion.model': ({ versions }) => sum(versions.map(({ model }) => priceModelOf(model))),
};

/** More ids than the resolver takes are refused without a call; they still count towards the operation's size. */
function priceList(ids: unknown, kind: 'model' | 'node', context?: PriceContext): Priced {
  const list = Array.isArray(ids) ? ids : [];
  return list.length > MAX_LIST_ITEMS
    ? { ...ZERO_COST, sizes: { ids: list.length } }
    : priceIds(list, kind, context);
}

export function sum(parts: readonly Priced[]): Priced {
  return {
    calls: parts.flatMap(({ calls }) => calls),
    models: parts.flatMap(({ models }) => models),
    versions: parts.flatMap(({ versions }) => versions),
  };
}

/** A field whose arguments are wrong fails before it makes a call. */
export function unlessRefused(price: () => Priced): Priced {
  try {
    return price();
  } catch (error) {
    if (error instanceof AppError || error instanceof GraphQLError) return ZERO_COST;
    throw error;
  }
}

/** A malformed id is refused or gives null, without a call. */
function priceIds(ids: readonly unknown[], kind: 'model' | 'node', context?: PriceContext): Priced {
  const priced = sum(
    [...new Set(ids.map(String))].map((text) => {
      const id = parseGlobalId(text);
      if (id?.kind === 'model') return priceModel(id.modelId);
      if (id === null || kind === 'model' || context === undefined) return ZERO_COST;
      return priceVersion(id.modelId, id.versionName, context);
    }),
  );
  return { ...priced, sizes: { ids: ids.length } };
}

export function priceModel(id: string): Priced {
  if (!isModelId(id)) return ZERO_COST;
  return { ...ZERO_COST, calls: [modelCall(id)], models: [knownModel(id, true)] };
}

export function priceVersion(
  modelId: string,
  versionName: string,
  { workspaces }: PriceContext,
): Priced {
  const isModelFirst = workspaces !== null;
  if (!isModelId(modelId) || !isVersionName(versionName)) return ZERO_COST;
  const call = versionCall(modelId, versionName);
  return {
    ...ZERO_COST,
    calls: isModelFirst ? [modelCall(modelId), call] : [call],
    versions: [{ model: knownModel(modelId, isModelFirst), count: 1 }],
  };
}

function priceModels({ args, selected, context }: PricedField): Priced {
  const { filter, orderBy, ...page }: ListArguments<ModelFilter> = args;
  const found = modelList(filter, orderBy, context.workspaces);
  if (found.kind === 'nothing_visible') return ZERO_COST;
  const { list } = found;
  const wanted = wantedRows(page, list.key);
  const calls = priceWindow(
    { list, of: null, sizeMax: context.caps.ListModels },
    wanted,
    selected(),
  );
  const key = `${listKey(list, null)}@${JSON.stringify(wanted)}`;
  return { ...ZERO_COST, calls, models: [{ id: null, key, count: rowsOf(wanted), isRead: true }] };
}

function priceVersions({ args, models, selected, context }: PricedField): Priced {
  const { filter, orderBy, ...page }: ListArguments<VersionFilter> = args;
  const sizeMax = context.caps.ListModelVersions;
  // Made once for all models: checking and encoding a long filter takes longer than all else.
  const listOf = versionLists(filter, orderBy);
  return sum(
    models.map((of) =>
      unlessRefused(() => {
        const list = listOf(of.id ?? '');
        const wanted = wantedRows(page, of.id === null ? null : list.key);
        // A cursor belongs to one list: for all the other models it is refused.
        const hasCursor = typeof page.after === 'string' || typeof page.before === 'string';
        const asked = of.id === null && hasCursor ? { ...of, count: 1 } : of;
        const calls = priceWindow({ list, of: asked, sizeMax }, wanted, selected());
        return { ...ZERO_COST, calls, versions: [{ model: of, count: of.count * rowsOf(wanted) }] };
      }),
    ),
  );
}

function priceHistory({ args, models, context }: PricedField): Priced {
  const end = countOrDefault(typeof args.first === 'number' ? args.first : null, 'first');
  const sizeMax = context.caps.ListModelVersions;
  return sum(
    models.map((of) => {
      const list = versionLists(null, { field: 'CREATED_AT', direction: 'DESC' })(of.id ?? '');
      const calls = priceWindow({ list, of, sizeMax }, { from: 'start', start: 0, end }, ROWS);
      return { ...ZERO_COST, calls, versions: [{ model: of, count: of.count * end }] };
    }),
  );
}

const ROWS: ReadonlySet<string> = new Set(['nodes']);

/** The price of a version of a model that is already read. */
function priceOwnVersion(of: ModelRef, name: string): Priced {
  if (!isVersionName(name)) return ZERO_COST;
  const versions = [{ model: of, count: of.count }];
  if (of.id !== null) return { ...ZERO_COST, calls: [versionCall(of.id, name)], versions };
  const key = `GetModelVersion ${of.key}/${name}`;
  const target = { kind: 'answer_dependent' } as const;
  const call = {
    operation: 'GetModelVersion',
    key,
    count: of.count,
    further: NOTHING_FURTHER,
    target,
  } as const;
  return { ...ZERO_COST, calls: [call], versions };
}

function priceModelOf(model: ModelRef): Priced {
  const models = [{ ...model, isRead: true }];
  if (model.isRead || model.id === null) return { ...ZERO_COST, models };
  return { ...ZERO_COST, calls: [modelCall(model.id)], models };
}
