// PAI's operations as requests, before headers and signature: paths, parameters in their exact wire forms, and the shape
// of the answers. Refuses filters without a wire form. Pure.
import { AppError } from '../domain/errors.js';
import type { UpstreamOperation } from '../domain/events.js';
import {
  type ListOrder,
  type ModelFilter,
  type PageNumber,
  refuseLongList,
  type VersionFilter,
} from '../domain/list.js';
import { doubleOf, type JsonObject } from '../lib/json.js';
import { canonicalQuery, percentEncode } from './sign.js';

export interface PaiRequest {
  readonly operation: UpstreamOperation;
  /** Percent-encoded, segment by segment. */
  readonly pathname: string;
  readonly query: Readonly<Record<string, string>>;
  /** Whether a successful response answers this request: a response for another id does not. */
  readonly isAnswer: (body: JsonObject) => boolean;
  /** PAI's Codes that say of this request, and of no other, that the requested object does not exist. */
  readonly absence?: RegExp;
}

/** The paths, without their values. */
export const URL_TEMPLATES: Readonly<Record<UpstreamOperation, string>> = {
  GetModel: '/api/v1/models/{ModelId}',
  GetModelVersion: '/api/v1/models/{ModelId}/versions/{VersionName}',
  ListModels: '/api/v1/models',
  ListModelVersions: '/api/v1/models/{ModelId}/versions',
  GetWorkspace: '/api/v1/workspaces/{WorkspaceId}',
  ListWorkspaces: '/api/v1/workspaces',
  GetDataset: '/api/v1/datasets/{DatasetId}',
  ListDatasets: '/api/v1/datasets',
};

export function getModelRequest(id: string): PaiRequest {
  return {
    operation: 'GetModel',
    pathname: `/api/v1/models/${percentEncode(id)}`,
    query: {},
    isAnswer: ({ ModelId }) => ModelId === id,
  };
}

export function getModelVersionRequest(modelId: string, versionName: string): PaiRequest {
  return {
    operation: 'GetModelVersion',
    pathname: `/api/v1/models/${percentEncode(modelId)}/versions/${percentEncode(versionName)}`,
    query: {},
    isAnswer: ({ VersionName }) => VersionName === versionName,
  };
}

/** There is no such workspace: it is absent, and so is a dataset in it and a list of its datasets. */
const NO_WORKSPACE = /^1004000(27|08)$/;

export function getWorkspaceRequest(id: string): PaiRequest {
  return {
    operation: 'GetWorkspace',
    pathname: `/api/v1/workspaces/${percentEncode(id)}`,
    query: {},
    isAnswer: ({ WorkspaceId }) => WorkspaceId === id,
    absence: NO_WORKSPACE,
  };
}

export function getDatasetRequest(id: string): PaiRequest {
  return {
    operation: 'GetDataset',
    pathname: `/api/v1/datasets/${percentEncode(id)}`,
    query: {},
    isAnswer: ({ DatasetId }) => DatasetId === id,
    absence: NO_WORKSPACE,
  };
}

/** One list of PAI, before a page of it is chosen. */
export interface ListQuery {
  readonly operation: Extract<
    UpstreamOperation,
    'ListModels' | 'ListModelVersions' | 'ListWorkspaces' | 'ListDatasets'
  >;
  readonly pathname: string;
  readonly query: Readonly<Record<string, string>>;
  /** Distinguishes this list from every other; equal filters and orders give equal keys. */
  readonly key: string;
  /** The workspace to which all its models belong; null: it covers more than one workspace. */
  readonly workspaceId: string | null;
  /**
   * The part of the registry that it lists completely, in any order: own models, a provider's or a workspace's;
   * null: it lists only some models of such a part.
   */
  readonly completePart: string | null;
  readonly isOrdered: boolean;
  /** It lists only the objects with these ids, on one page; null: it selects by no ids. */
  readonly ids: readonly string[] | null;
}

const ITEMS: Readonly<Record<ListQuery['operation'], string>> = {
  ListModels: 'Models',
  ListModelVersions: 'Versions',
  ListWorkspaces: 'Workspaces',
  ListDatasets: 'Datasets',
};

export function listPageRequest(
  { operation, pathname, query }: ListQuery,
  { number, size }: PageNumber,
): PaiRequest {
  const key = ITEMS[operation];
  return {
    operation,
    pathname,
    query: { ...query, PageNumber: String(number), PageSize: String(size) },
    ...(operation === 'ListDatasets' && { absence: NO_WORKSPACE }),
    // The items may be absent when the page is empty; a list contains at least one of its two parts.
    isAnswer({ [key]: items = null, TotalCount }) {
      return Array.isArray(items) || (items === null && doubleOf(TotalCount) !== undefined);
    },
  };
}

type WireNames<Field extends string> = readonly (readonly [field: Field, parameter: string])[];

const MODEL_TEXTS = [
  ['workspaceId', 'WorkspaceId'],
  ['query', 'Query'],
  ['label', 'Label'],
  ['provider', 'Provider'],
  ['domain', 'Domain'],
  ['task', 'Task'],
  ['origin', 'Origin'],
  ['type', 'ModelType'],
] as const satisfies WireNames<keyof ModelFilter>;

const VERSION_TEXTS = [
  ['versionName', 'VersionName'],
  ['formatType', 'FormatType'],
  ['frameworkType', 'FrameworkType'],
  ['sourceType', 'SourceType'],
  ['sourceId', 'SourceId'],
  ['label', 'Label'],
] as const satisfies WireNames<keyof VersionFilter>;

export function modelListQuery(filter: ModelFilter = {}, order?: ListOrder | null): ListQuery {
  const { tags, collections, conditions } = filter;
  refuseLongList('filter.tags', tags);
  refuseLongList('filter.collections', collections);
  refuseLongList('filter.conditions', conditions);
  const parameters = encode({
    ...texts(filter, MODEL_TEXTS),
    ModelName: modelName(filter),
    Tag: jsonArray(
      tags?.map(({ key, value }) => ({
        Key: text('tags.key', key),
        ...(isGiven(value) && { Value: plain('tags.value', value) }),
      })),
    ),
    Collections: commaSeparated('collections', collections),
    Conditions: jsonArray(
      conditions?.map(({ column, operator, value }) => ({
        Column: text('conditions.column', column),
        Operator: text('conditions.operator', operator),
        Value: plain('conditions.value', value),
      })),
    ),
    ...ordered(order),
  });
  return listQuery('ListModels', '/api/v1/models', parameters);
}

/** The list of each model: the filter is checked and encoded once for all of them. */
export function versionListQueries(
  { approvalStatus, ...filter }: VersionFilter = {},
  order?: ListOrder | null,
): (modelId: string) => ListQuery {
  const parameters = encode({
    ...texts(filter, VERSION_TEXTS),
    ApprovalStatus: approvalStatus ? approvalStatusOf(approvalStatus) : undefined,
    ...ordered(order),
  });
  return (modelId) =>
    listQuery('ListModelVersions', `/api/v1/models/${percentEncode(modelId)}/versions`, parameters);
}

/** PAI does not document how many ids one call takes. */
export const MAX_IDS = 50;

/** All workspaces that the keys may see, or those with at most MAX_IDS ids. */
export function workspaceListQuery(ids: readonly string[] | null): ListQuery {
  const query: Record<string, string> = ids === null ? {} : { WorkspaceIds: ids.join(',') };
  const queryString = canonicalQuery(query);
  return { ...listQuery('ListWorkspaces', '/api/v1/workspaces', { query, queryString }), ids };
}

/** Without a workspace PAI would list those of the default one. */
export function datasetListQuery(workspaceId: string, ids: readonly string[] | null): ListQuery {
  const query = {
    WorkspaceId: workspaceId,
    ...(ids !== null && { DatasetIds: ids.join(',') }),
  };
  const queryString = canonicalQuery(query);
  return { ...listQuery('ListDatasets', '/api/v1/datasets', { query, queryString }), ids };
}

/** PAI's own names and labels are far shorter; a gateway refuses a longer line without a message of ours. */
const MAX_TEXT = 512;
const MAX_ENCODED = 6_000;

type Parameters = Readonly<Record<string, string | undefined>>;

interface EncodedParameters {
  readonly query: Readonly<Record<string, string>>;
  readonly queryString: string;
}

function encode(parameters: Parameters): EncodedParameters {
  const query: Record<string, string> = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query[name] = value;
  }
  // Encoding never makes a text shorter, and encoding a long text is most of the work.
  const isTooLong = Object.values(query).join('').length > MAX_ENCODED;
  const queryString = isTooLong ? '' : canonicalQuery(query);
  if (!isTooLong && queryString.length <= MAX_ENCODED) return { query, queryString };
  throw new AppError('BAD_USER_INPUT', 'filter: its values together are too long.');
}

function listQuery(
  operation: ListQuery['operation'],
  pathname: string,
  { query, queryString }: EncodedParameters,
): ListQuery {
  const { SortBy, Order, ...filter } = query;
  const { Provider, WorkspaceId, ...others } = filter;
  return {
    operation,
    pathname,
    query,
    key: `${pathname}?${queryString}`,
    workspaceId: WorkspaceId ?? null,
    completePart: Object.keys(others).length === 0 ? canonicalQuery(filter) : null,
    isOrdered: SortBy !== undefined || Order !== undefined,
    ids: null,
  };
}

function texts<Field extends string>(
  filter: { readonly [Name in Field]?: string | null | undefined },
  names: WireNames<Field>,
): Parameters {
  return Object.fromEntries(
    names.map(([field, parameter]) => [parameter, text(field, filter[field])]),
  );
}

function modelName({ name, nameContains }: ModelFilter): string | undefined {
  if (isGiven(name) && nameContains) {
    throw new AppError('BAD_USER_INPUT', 'filter.name and filter.nameContains exclude each other.');
  }
  // A name in double quotes matches exactly, so that a quote inside would change the meaning of the filter.
  if (isGiven(name)) return `"${unquoted('name', name)}"`;
  return isGiven(nameContains) ? unquoted('nameContains', nameContains) : undefined;
}

function ordered(order: ListOrder | null | undefined): Parameters {
  return order ? { SortBy: 'GmtCreateTime', Order: order.direction } : {};
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

function wrong(field: string, problem: string): AppError {
  return new AppError('BAD_USER_INPUT', `filter.${field}: ${problem}.`);
}

/** Filters that people type: a search box that was cleared does not filter. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(['query', 'nameContains', 'label']);

/** PAI reads an empty parameter as a missing filter, which the caller of any other filter did not ask for. */
function text(field: string, value: string | null | undefined): string | undefined {
  if (value === '' && MAY_BE_EMPTY.has(field)) return undefined;
  if (value === '') throw wrong(field, 'must not be empty');
  return isGiven(value) ? plain(field, value) : undefined;
}

/** Half a surrogate pair has no UTF-8 form. */
const WITHOUT_WIRE_FORM = /[\p{Cc}\p{Cs}]/u;

function plain(field: string, value: string): string {
  if (value.length > MAX_TEXT) throw wrong(field, `must be at most ${MAX_TEXT} characters long`);
  if (WITHOUT_WIRE_FORM.test(value)) throw wrong(field, 'must not contain control characters');
  return value;
}

/** Whether a filter can hold the text. */
export function isFilterText(value: string): boolean {
  return value !== '' && value.length <= MAX_TEXT && !WITHOUT_WIRE_FORM.test(value);
}

function unquoted(field: string, value: string): string | undefined {
  if (value.includes('"')) throw wrong(field, 'must not contain double quotes');
  return text(field, value);
}

function commaSeparated(field: string, values: readonly string[] | null | undefined) {
  if (!values?.length) return undefined;
  if (values.some((value) => value.includes(','))) throw wrong(field, 'must not contain commas');
  return values.map((value) => text(field, value)).join(',');
}

function jsonArray(items: readonly object[] | undefined): string | undefined {
  return items?.length ? JSON.stringify(items) : undefined;
}

const APPROVAL_STATUS = { PENDING: 'Pending', APPROVED: 'Approved', REJECTED: 'Rejected' };

function approvalStatusOf(status: NonNullable<VersionFilter['approvalStatus']>): string {
  if (status === 'UNRECOGNIZED') throw wrong('approvalStatus', 'UNRECOGNIZED is for answers only');
  return APPROVAL_STATUS[status];
}
