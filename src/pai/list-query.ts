// Converts filters and orders to PAI's parameters in their exact wire forms and refuses values without one. Pure.
import { AppError } from '../domain/errors.js';
import type { UpstreamOperation } from '../domain/events.js';
import {
  type ListOrder,
  type ModelFilter,
  refuseLongList,
  type VersionFilter,
} from '../domain/list.js';
import { canonicalQuery, percentEncode } from './sign.js';

/** One list of PAI, before a page of it is chosen. */
export interface ListQuery {
  readonly operation: Extract<UpstreamOperation, 'ListModels' | 'ListModelVersions'>;
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
  readonly division: string | null;
  readonly isOrdered: boolean;
}

export function modelListQuery(filter: ModelFilter = {}, order?: ListOrder | null): ListQuery {
  const { name, nameContains } = filter;
  refuseLongList('filter.tags', filter.tags);
  refuseLongList('filter.collections', filter.collections);
  refuseLongList('filter.conditions', filter.conditions);
  if (isGiven(name) && isGiven(nameContains)) {
    throw new AppError('BAD_USER_INPUT', 'filter.name and filter.nameContains exclude each other.');
  }
  const parameters = encoded({
    WorkspaceId: text('workspaceId', filter.workspaceId),
    // A name in double quotes matches exactly, so that a quote inside would change the meaning of the filter.
    ModelName: isGiven(name)
      ? `"${unquoted('name', name)}"`
      : isGiven(nameContains)
        ? unquoted('nameContains', nameContains)
        : undefined,
    Query: text('query', filter.query),
    Label: text('label', filter.label),
    Provider: text('provider', filter.provider),
    Domain: text('domain', filter.domain),
    Task: text('task', filter.task),
    Origin: text('origin', filter.origin),
    ModelType: text('type', filter.type),
    Tag: jsonArray(
      filter.tags?.map(({ key, value }) => ({
        Key: text('tags.key', key),
        ...(isGiven(value) && { Value: plain('tags.value', value) }),
      })),
    ),
    Collections: commaSeparated('collections', filter.collections),
    Conditions: jsonArray(
      filter.conditions?.map(({ column, operator, value }) => ({
        Column: text('conditions.column', column),
        Operator: text('conditions.operator', operator),
        Value: plain('conditions.value', value),
      })),
    ),
    ...ordered(order),
  });
  return listQuery('ListModels', '/api/v1/models', parameters);
}

export function versionListQuery(
  modelId: string,
  filter: VersionFilter = {},
  order?: ListOrder | null,
): ListQuery {
  return versionListOf(modelId, versionParameters(filter, order));
}

export function versionListOf(modelId: string, parameters: EncodedParameters): ListQuery {
  const pathname = `/api/v1/models/${percentEncode(modelId)}/versions`;
  return listQuery('ListModelVersions', pathname, parameters);
}

/** The part of a list of versions that does not depend on its model. */
export function versionParameters(
  filter: VersionFilter,
  order: ListOrder | null | undefined,
): EncodedParameters {
  return encoded({
    VersionName: text('versionName', filter.versionName),
    FormatType: text('formatType', filter.formatType),
    FrameworkType: text('frameworkType', filter.frameworkType),
    SourceType: text('sourceType', filter.sourceType),
    SourceId: text('sourceId', filter.sourceId),
    Label: text('label', filter.label),
    ApprovalStatus: approvalStatus(filter.approvalStatus),
    ...ordered(order),
  });
}

/** PAI's own names and labels are far shorter; a gateway refuses a longer line without a message of ours. */
const MAX_TEXT = 512;
const MAX_ENCODED = 6_000;

type Parameters = Readonly<Record<string, string | undefined>>;

export interface EncodedParameters {
  readonly query: Readonly<Record<string, string>>;
  readonly queryString: string;
}

function encoded(parameters: Parameters): EncodedParameters {
  const query: Record<string, string> = {};
  let length = 0;
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    query[name] = value;
    length += value.length;
  }
  // Encoding never makes a text shorter, and encoding a long text is most of the work.
  if (length > MAX_ENCODED) throw tooLong();
  const queryString = canonicalQuery(query);
  if (queryString.length > MAX_ENCODED) throw tooLong();
  return { query, queryString };
}

function tooLong(): AppError {
  return new AppError('BAD_USER_INPUT', 'filter: it is too long as a whole.');
}

function listQuery(
  operation: ListQuery['operation'],
  pathname: string,
  { query, queryString }: EncodedParameters,
): ListQuery {
  const { SortBy, Order, ...filter } = query;
  return {
    operation,
    pathname,
    query,
    key: `${pathname}?${queryString}`,
    workspaceId: query.WorkspaceId ?? null,
    division: Object.keys(filter).every(isDividing) ? canonicalQuery(filter) : null,
    isOrdered: SortBy !== undefined || Order !== undefined,
  };
}

function isDividing(name: string): boolean {
  return name === 'Provider' || name === 'WorkspaceId';
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

/** PAI reads an empty parameter as a missing filter, which the caller did not ask for. */
function text(field: string, value: string | null | undefined): string | undefined {
  if (value === '') throw wrong(field, 'must not be empty');
  return isGiven(value) ? plain(field, value) : undefined;
}

function plain(field: string, value: string): string {
  if (value.length > MAX_TEXT) throw wrong(field, `must be at most ${MAX_TEXT} characters long`);
  // Half a surrogate pair has no UTF-8 form.
  if (/[\p{Cc}\p{Cs}]/u.test(value)) throw wrong(field, 'must not contain control characters');
  return value;
}

function unquoted(field: string, value: string): string {
  if (value === '') throw wrong(field, 'must not be empty');
  if (value.includes('"')) throw wrong(field, 'must not contain double quotes');
  return plain(field, value);
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

function approvalStatus(status: VersionFilter['approvalStatus']): string | undefined {
  if (!isGiven(status)) return undefined;
  if (status === 'UNRECOGNIZED') throw wrong('approvalStatus', 'UNRECOGNIZED is for answers only');
  return APPROVAL_STATUS[status];
}
