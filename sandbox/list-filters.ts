// The query parameters of the two lists: reads and checks them, and selects and pages what they ask for.
import { invalidParameter, type Parameters } from './http.js';
import {
  isJsonObject,
  type JsonObject,
  type SandboxModel,
  textOf,
  type WireModel,
  type WireVersion,
} from './wire.js';

type Filter<T> = (item: T) => boolean;

const INT32_MAX = 2 ** 31 - 1;

function readCount(query: Parameters, name: string, otherwise: number): number {
  const text = query[name];
  if (text === undefined) return otherwise;
  const count = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > INT32_MAX) throw invalidParameter(name, 'an integer from 1 on');
  return count;
}

/** A function that selects the page; a page size above the maximum is reduced silently, as in other list APIs. */
export function readPage(query: Parameters, sizeMax: number): <T>(items: readonly T[]) => T[] {
  const number = readCount(query, 'PageNumber', 1);
  const size = Math.min(readCount(query, 'PageSize', 10), sizeMax);
  return (items) => items.slice((number - 1) * size, number * size);
}

/** 1 for ascending, the default, and -1 for descending. */
export function readDirection({ SortBy, Order = 'ASC' }: Parameters): 1 | -1 {
  if (SortBy !== undefined && SortBy !== 'GmtCreateTime') {
    throw invalidParameter('SortBy', 'only GmtCreateTime is supported');
  }
  if (Order !== 'ASC' && Order !== 'DESC') throw invalidParameter('Order', 'ASC or DESC');
  return Order === 'ASC' ? 1 : -1;
}

/** The array that a parameter of style json holds as text; empty when the parameter is absent or empty. */
function readJsonArray(query: Parameters, name: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(query[name] || '[]');
    if (Array.isArray(value)) return value;
  } catch {
    // Refused below, like JSON that is not an array.
  }
  throw invalidParameter(name, 'a JSON array');
}

/** Fuzzy, like a registry in a database: any part of the text matches, in any letter case. */
const contains = (text: string, part: string): boolean =>
  text.toLowerCase().includes(part.toLowerCase());

/** True when the part occurs in a label's key or value. */
function labelContains(object: JsonObject, part: string): boolean {
  const labels: readonly unknown[] = Array.isArray(object.Labels) ? object.Labels : [];
  return labels.some(
    (label) =>
      isJsonObject(label) &&
      (contains(textOf(label, 'Key'), part) || contains(textOf(label, 'Value'), part)),
  );
}

function nameFilter(name: string): Filter<WireModel> {
  const quoted = /^"(.*)"$/s.exec(name)?.[1];
  if (quoted !== undefined) return (model) => model.ModelName === quoted;
  return (model) => contains(textOf(model, 'ModelName'), name);
}

function queryFilter(part: string): Filter<WireModel> {
  return (model) =>
    ['ModelName', 'Domain', 'Task'].some((field) => contains(textOf(model, field), part)) ||
    labelContains(model, part);
}

const NUMBER_COLUMNS: readonly string[] = ['ParameterSize', 'OrderNumber'];
const TEXT_COLUMNS: readonly string[] = [
  'ModelId',
  'ModelName',
  'WorkspaceId',
  'Domain',
  'Task',
  'Origin',
  'Provider',
  'ModelType',
  'Accessibility',
];
const NUMBER_OPERATORS = new Map<string, (left: number, right: number) => boolean>([
  ['LessThan', (left, right) => left < right],
  ['LessThanOrEqual', (left, right) => left <= right],
  ['GreaterThan', (left, right) => left > right],
  ['GreaterThanOrEqual', (left, right) => left >= right],
  ['Equal', (left, right) => left === right],
  ['NotEqual', (left, right) => left !== right],
]);

function numberCondition(column: string, operator: string, value: string): Filter<WireModel> {
  const compare = NUMBER_OPERATORS.get(operator);
  if (!compare) throw invalidParameter('Conditions', `unknown Operator for ${column}`);
  if (!/^-?\d+$/.test(value)) throw invalidParameter('Conditions', 'Value is not an integer');
  const limit = Number(value);
  return (model) => {
    const actual = model[column];
    // As in SQL, a model without the number fulfils no comparison.
    return typeof actual === 'number' && compare(actual, limit);
  };
}

function textCondition(column: string, operator: string, value: string): Filter<WireModel> {
  if (operator === 'Equal') return (model) => model[column] === value;
  if (operator === 'NotEqual') {
    return (model) => textOf(model, column) !== '' && model[column] !== value;
  }
  throw invalidParameter('Conditions', `unknown Operator for ${column}`);
}

function conditionFilter(condition: unknown): Filter<WireModel> {
  if (!isJsonObject(condition)) throw invalidParameter('Conditions', 'an array of objects');
  const { Column: column, Operator: operator, Value: value } = condition;
  if (typeof column !== 'string' || typeof operator !== 'string' || typeof value !== 'string') {
    throw invalidParameter('Conditions', 'Column, Operator and Value are texts');
  }
  if (NUMBER_COLUMNS.includes(column)) return numberCondition(column, operator, value);
  if (TEXT_COLUMNS.includes(column)) return textCondition(column, operator, value);
  throw invalidParameter('Conditions', 'unknown Column');
}

function tagFilter(tag: unknown): Filter<SandboxModel> {
  if (!isJsonObject(tag) || typeof tag.Key !== 'string') {
    throw invalidParameter('Tag', 'an array of objects with Key and Value');
  }
  const { Key: key, Value: value } = tag;
  if (value !== undefined && typeof value !== 'string') {
    throw invalidParameter('Tag', 'Value is a text');
  }
  return ({ tags = [] }) =>
    tags.some((one) => one.Key === key && (value === undefined || one.Value === value));
}

function collectionsFilter(text: string): Filter<SandboxModel> {
  const names = text.split(',').filter((name) => name !== '');
  if (names.length === 0) throw invalidParameter('Collections', 'at least one name');
  return ({ collections = [] }) => names.some((name) => collections.includes(name));
}

function providerFilter(provider: string | undefined): Filter<SandboxModel> {
  if (!provider) return (entry) => entry.listedWithoutProvider === true;
  return ({ model }) => model.Provider === provider && model.Accessibility === 'PUBLIC';
}

/** A parameter with an empty value does not filter. */
function equalityFilters(query: Parameters, names: readonly string[]): Filter<JsonObject>[] {
  return names
    .filter((name) => query[name])
    .map((name) => (object) => object[name] === query[name]);
}

function fieldFilters(query: Parameters): Filter<WireModel>[] {
  const { ModelName: name, Label: label, Query: part } = query;
  return [
    ...equalityFilters(query, ['WorkspaceId', 'Domain', 'Task', 'Origin', 'ModelType']),
    ...(name ? [nameFilter(name)] : []),
    ...(label ? [(model: WireModel) => labelContains(model, label)] : []),
    ...(part ? [queryFilter(part)] : []),
    ...readJsonArray(query, 'Conditions').map(conditionFilter),
  ];
}

/** Selects the models that ListModels shows for the query. */
export function filterModels(entries: readonly SandboxModel[], query: Parameters): SandboxModel[] {
  const ofModel = fieldFilters(query);
  const ofEntry = [
    providerFilter(query.Provider),
    ...readJsonArray(query, 'Tag').map(tagFilter),
    // Unlike the others, an empty Collections is refused: PAI documents that it may not be empty.
    ...(query.Collections === undefined ? [] : [collectionsFilter(query.Collections)]),
  ];
  return entries.filter(
    (entry) =>
      ofEntry.every((filter) => filter(entry)) && ofModel.every((filter) => filter(entry.model)),
  );
}

const VERSION_FIELDS = [
  'VersionName',
  'FormatType',
  'FrameworkType',
  'SourceType',
  'SourceId',
  'ApprovalStatus',
];
const APPROVAL_STATUSES = ['', 'Pending', 'Approved', 'Rejected'];

/** Selects the versions that ListModelVersions shows for the query. */
export function filterVersions(versions: readonly WireVersion[], query: Parameters): WireVersion[] {
  const { ApprovalStatus: status = '', Label: label } = query;
  if (!APPROVAL_STATUSES.includes(status)) {
    throw invalidParameter('ApprovalStatus', 'Pending, Approved or Rejected');
  }
  const filters = equalityFilters(query, VERSION_FIELDS);
  if (label) filters.push((version) => labelContains(version, label));
  return versions.filter((version) => filters.every((filter) => filter(version)));
}
