// The price of one field for the objects that have it: its marks name the calls, and the objects that it gives to the
// fields below it. Pure.
import {
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  getArgumentValues,
  getNamedType,
  isAbstractType,
} from 'graphql';
import type { ListOperation, ObjectOperation } from '../../catalog/operations.js';
import { isNarrowed, type View } from '../../domain/caller.js';
import { AppError } from '../../domain/errors.js';
import type { UpstreamOperation } from '../../domain/events.js';
import { MAX_LIST_ITEMS } from '../../domain/list.js';
import { isJsonObject } from '../../lib/json.js';
import type { ListQuery } from '../../pai/request.js';
import type { OperationLimits } from '../limits/limits.js';
import { type PageArguments, pageCount, wantedRows } from '../pagination/page-arguments.js';
import { namesBelow, type SelectionScope } from '../selection.js';
import { firstPages, listCalls, listKey, pagesOf, rowsOf } from './list-price.js';
import {
  type FieldMarks,
  isConnectionType,
  type Mark,
  REFERENCES,
  type SchemaMarks,
  selectsOnlyKeys,
} from './marks.js';
import {
  batchCall,
  callKey,
  countOf,
  type NewCall,
  objectCall,
  type Part,
  sumOf,
} from './price.js';

export interface PriceContext {
  /** The largest pages worth requesting. */
  readonly caps: Readonly<Partial<Record<UpstreamOperation, number>>>;
  /** With a view of some workspaces, objects are given only after their owner was seen. */
  readonly view: View;
  readonly limits: OperationLimits;
}

/** Objects that a field gives, as far as they are known before anything runs. */
export interface Objects {
  /** Their type; null: the schema tells. */
  readonly type: string | null;
  readonly count: number;
  /** The parts of their key that are known or named, from the first on. */
  readonly key: readonly Part[];
  /** Distinguishes them from all others. */
  readonly name: string;
  /** Of connections; null or absent: they are something else. */
  readonly list?: ListOfConnections | null;
}

interface ListOfConnections {
  readonly query: ListQuery;
  readonly owner: Part | null;
}

/** One field, as often as it is selected for the same objects. */
export interface PricedField {
  readonly parent: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  readonly nodes: readonly [FieldNode, ...FieldNode[]];
  readonly fieldMarks: FieldMarks;
  /** The objects that have the field. */
  readonly objects: readonly Objects[];
  readonly marks: SchemaMarks;
  readonly scope: SelectionScope;
  readonly context: PriceContext;
}

interface FieldPrice {
  readonly calls: readonly NewCall[];
  /** The objects that the field gives. */
  readonly objects: readonly Objects[];
  /** Calls that may come on top, by the window of rows that would need them. */
  readonly further: readonly (readonly [window: string, count: number])[];
}

interface ArgumentSizes {
  readonly ids: number;
  readonly representations: number;
}

type Arguments = Readonly<Record<string, unknown>>;

const ZERO_COST: FieldPrice = { calls: [], objects: [], further: [] };

/** `noteWork` is called with the number of objects and calls that were priced; it throws where they are too many. */
export function priceField(
  field: PricedField,
  noteWork: (count: number) => void,
): FieldPrice & ArgumentSizes {
  const { fieldMarks, scope, objects, nodes } = field;
  noteWork(objects.length);
  const args = unlessRefused(() => getArgumentValues(field.field, nodes[0], scope.variableValues));
  if (args === null) return { ...ZERO_COST, ids: 0, representations: 0 };
  if (field.field.name === REFERENCES) return priceReferences(args.representations, field);
  const ids = fieldMarks.ids.reduce((sum, name) => sum + lengthOf(args[name]), 0);
  const sizes = { ids, representations: 0 };
  if (fieldMarks.upstream.length === 0) {
    // A connection may be without rows.
    const given = objects.filter(({ count }) => count > 0);
    return { ...ZERO_COST, ...sizes, objects: given.map((one) => partOfIt(one, field, args)) };
  }
  // Longer lists are refused without a call.
  if (Object.values(args).some((value) => lengthOf(value) > MAX_LIST_ITEMS))
    return { ...ZERO_COST, ...sizes };
  const prices = fieldMarks.upstream.map((mark) => {
    const given = { ...args, ...mark.fixed };
    const priceKey = unlessRefused(() => keyPricer(mark, field, given));
    if (priceKey === null) return ZERO_COST;
    const names = mark.rule.kind === 'list' ? mark.key.slice(0, -2) : mark.key;
    const keys = objects.flatMap((one) =>
      keysOf(names, one, field, given).map((key) => {
        const price = unlessRefused(() => priceKey(key, one)) ?? ZERO_COST;
        noteWork(price.calls.length);
        return price;
      }),
    );
    return inBatches(sum(keys), mark, groupsOf(objects), field.context);
  });
  return { ...sum(prices), ...sizes };
}

function sum(parts: readonly FieldPrice[]): FieldPrice {
  return {
    calls: parts.flatMap(({ calls }) => calls),
    objects: parts.flatMap(({ objects }) => objects),
    further: parts.flatMap(({ further }) => further),
  };
}

/** One call reads several objects; in the worst case each of them takes one of its own, and is left out there. */
function inBatches(
  price: FieldPrice,
  mark: Mark,
  groups: number,
  { caps }: PriceContext,
): FieldPrice {
  const { operation, rule } = mark;
  if (rule.kind === 'list') return price;
  const own = price.calls.filter((call) => call.operation === operation);
  const others = price.calls.filter((call) => call.operation !== operation);
  const batchSize = Math.min(mark.batchSize, caps[operation] ?? mark.batchSize);
  const batches = batchCall(own, batchSize, rule.isParentNeeded ? groups : 1);
  const name = own.map(({ key }) => key).join(' ');
  const most = sumOf(own) * (rule.mostKeys ?? 1);
  const further = rule.fallback === undefined ? 0 : 2 * most - sumOf(batches);
  return { ...price, calls: [...others, ...batches], further: [...price.further, [name, further]] };
}

/** The number of owners of these objects: of different owners no call reads objects together. */
function groupsOf(objects: readonly Objects[]): number {
  const owners = objects.flatMap(({ key: [owner] }) => owner ?? []);
  const distinct = new Map(owners.map((owner) => [callKey('GetModel', [owner]), owner]));
  return [...distinct.values()].reduce((sum, owner) => sum + countOf([owner]), 0);
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 1;
}

/** null: the arguments are wrong, so that the field fails before it makes a call. */
function unlessRefused<T>(price: () => T): T | null {
  try {
    return price();
  } catch (error) {
    const isRefused = error instanceof AppError && error.code === 'BAD_USER_INPUT';
    if (isRefused || error instanceof GraphQLError) return null;
    throw error;
  }
}

/** The fields of a page that give its rows. */
const ROWS: ReadonlySet<string> = new Set(['edges', 'node', 'nodes']);

/** Objects that come with their parent. Those below an object without a key belong to the owner of that object. */
function partOfIt(from: Objects, field: PricedField, args: Arguments): Objects {
  const { name } = field.field;
  const isEntity = field.marks.entities.has(field.parent.name);
  if (!isEntity && ROWS.has(name)) return from;
  const isWrapper = !isEntity && field.fieldMarks.keyFrom === null;
  const key = isWrapper ? from.key : keyFrom(from, field, args);
  const text = field.field.args.length > 0 ? JSON.stringify(args) : '';
  return { type: null, count: from.count, key, name: `${from.name}.${name}${text}` };
}

function keyFrom(from: Objects, field: PricedField, args: Arguments, owner: Part = ''): Part[] {
  return (field.fieldMarks.keyFrom ?? []).map((name) => {
    const value = lookUp(name, from, field, args);
    return isPart(value) ? value : owner;
  });
}

/** The value of an argument, else a field of the parent. */
function lookUp(name: string, from: Objects, field: PricedField, args: Arguments): unknown {
  const isArgument = field.field.args.some((argument) => argument.name === name);
  if (isArgument || Object.hasOwn(args, name)) return args[name];
  const entity = field.marks.entities.get(field.parent.name);
  const key = entity?.key ?? [];
  const known = from.key[key.indexOf(name)];
  if (known !== undefined) return known;
  const isWhole = key.length === 1 && key[0] === name;
  const readBy = isWhole && entity ? entity.operation : null;
  return { name: `${from.name}.${name}`, count: from.count, readBy };
}

function isPart(value: unknown): value is Part {
  return (
    typeof value === 'string' || (typeof value === 'object' && value !== null && 'readBy' in value)
  );
}

/** Several keys where one part is a list. */
function keysOf(
  names: readonly string[],
  from: Objects,
  field: PricedField,
  args: Arguments,
): Part[][] {
  // The key of a part of an object begins with that of the object.
  const owner = field.marks.entities.has(field.parent.name) ? [] : from.key;
  const values = [...owner, ...names.map((name) => lookUp(name, from, field, args))];
  const list = values.find((value) => Array.isArray(value));
  const keys = Array.isArray(list)
    ? [...new Set<unknown>(list)].map((one) =>
        values.map((value) => (value === list ? one : value)),
      )
    : [values];
  return keys.filter((key) => key.every(isPart));
}

/** The price of one key of an object that has the field. */
type PriceKey = (key: readonly Part[], from: Objects) => FieldPrice;

/** The work that is the same for all keys is done once. Throws an AppError for arguments that are refused. */
function keyPricer(mark: Mark, field: PricedField, args: Arguments): PriceKey {
  const { rule, pages } = mark;
  if (pages !== null) return pagesPricer(mark.operation, pageCount(args[pages], pages), field);
  return rule.kind === 'list'
    ? listPricer(mark, rule, field, args)
    : objectPricer(mark, rule, field);
}

/** The first pages of the list of a connection. */
function pagesPricer(
  operation: UpstreamOperation,
  count: number,
  { context }: PricedField,
): PriceKey {
  const pages = firstPages(count, context.caps[operation] ?? 1);
  return (_, { list }) => {
    if (!list) return ZERO_COST;
    const { query, owner } = list;
    const calls = listCalls(query, owner, pages);
    const further = pages.further * (calls[0]?.count ?? 0);
    return { calls, objects: [], further: [[`${listKey(query, owner)}@${count} pages`, further]] };
  };
}

/** A malformed key is refused or gives null, without a call. The form of an id decides which mark it belongs to. */
function objectPricer(
  { operation, exceptFor }: Mark,
  rule: ObjectOperation,
  { field, nodes, marks, scope, context }: PricedField,
): PriceKey {
  const isKeyEnough =
    exceptFor !== null && [...namesBelow(nodes, scope)].every((name) => exceptFor.has(name));
  const named = getNamedType(field.type);
  const reads = marks.readers.get(operation) ?? null;
  const type = isAbstractType(named) ? reads : named.name;
  return (given) => {
    const key = rule.parse(given, context.view);
    if (key === null) return ZERO_COST;
    const objects = {
      type,
      count: countOf(key),
      key: type === reads ? key : [],
      name: callKey(operation, key),
    };
    if (isKeyEnough) return { ...ZERO_COST, objects: [objects] };
    const calls = isAtHand(operation, key) ? [] : [objectCall(operation, key)];
    const owner = ownerCall(rule, key, context);
    return { calls: owner === null ? calls : [owner, ...calls], objects: [objects], further: [] };
  };
}

/** Callers of some workspaces are given an object only after the object that it belongs to was seen. */
function ownerCall(
  { parent: owner, isParentNeeded }: ObjectOperation,
  [first = '']: readonly Part[],
  { view }: PriceContext,
): NewCall | null {
  if (!isNarrowed(view) && !isParentNeeded) return null;
  if (owner === null || isAtHand(owner, [first])) return null;
  return objectCall(owner, [first]);
}

function isAtHand(operation: UpstreamOperation, [part, ...rest]: readonly Part[]): boolean {
  return rest.length === 0 && typeof part === 'object' && part.readBy === operation;
}

function listPricer(
  mark: Mark,
  rule: ListOperation,
  field: PricedField,
  args: Arguments,
): PriceKey {
  const { context, scope, nodes } = field;
  const [filter = '', order = ''] = mark.key.slice(-2);
  const listOf = rule.lists({ filter: args[filter], order: args[order] }, context.view);
  const page: PageArguments = args;
  const wanted = wantedRows(page, null);
  const named = getNamedType(field.field.type);
  const isConnection = isConnectionType(named);
  const selected = isConnection ? namesBelow(nodes, scope) : ROWS;
  const pages = pagesOf(wanted, selected, context.caps[mark.operation] ?? 1);
  const rows = rowsOf(wanted);
  const isReadByIds = rule.isReadByIds?.(context.view) ?? false;
  const leftOut = isReadByIds ? pages.pages.reduce((sum, { size }) => sum + size, 0) : 0;
  const window = JSON.stringify(wanted);
  const type = isConnection ? null : named.name;
  return ([owner = null], from) => {
    const query = listOf(typeof owner === 'object' && owner !== null ? undefined : owner);
    if (query === null) return ZERO_COST;
    const asked = ownerOfCursor(owner, query, page);
    const name = `${listKey(query, asked)}@${window}`;
    const calls = listCalls(query, asked, pages);
    const further = (pages.further + leftOut) * (calls[0]?.count ?? 0);
    const key = keyFrom(from, field, args, owner ?? '');
    const count = rows * ownersOf(owner, from);
    const objects = { type, count, key, name, list: isConnection ? { query, owner: asked } : null };
    const hasObjects = isConnection || count > 0;
    return { calls, objects: hasObjects ? [objects] : [], further: [[name, further]] };
  };
}

/** The number of lists that the field gives. */
function ownersOf(owner: Part | null, from: Objects): number {
  return owner === null ? from.count : countOf([owner]);
}

/** A cursor belongs to one list: for all the other owners it is refused. Throws where it is not of this list. */
function ownerOfCursor(owner: Part | null, list: ListQuery, page: PageArguments): Part | null {
  if (typeof page.after !== 'string' && typeof page.before !== 'string') return owner;
  if (typeof owner === 'object' && owner !== null) return { ...owner, count: 1 };
  wantedRows(page, list.key);
  return owner;
}

/** The references of a gateway: each distinct one is a call, unless only its keys are selected. */
function priceReferences(representations: unknown, field: PricedField): FieldPrice & ArgumentSizes {
  const { marks, scope, nodes, context } = field;
  const references: readonly unknown[] = Array.isArray(representations) ? representations : [];
  const sizes = { ids: 0, representations: references.length };
  // Pricing too many would take the time that refusing them saves.
  if (references.length > context.limits.representations) return { ...ZERO_COST, ...sizes };
  const [from] = field.objects;
  const read = [...marks.entities].filter(
    ([type, entity]) => !selectsOnlyKeys(entity, namesBelow(nodes, scope, type)),
  );
  const pricers = new Map(
    read.map(([type, { references }]) => [
      type,
      references.map((mark) => ({ mark, priceKey: keyPricer(mark, field, {}) })),
    ]),
  );
  const prices = new Map<Mark, FieldPrice[]>();
  for (const reference of references.filter(isJsonObject)) {
    const pricer = pricers.get(String(reference.__typename))?.find(
      ({
        mark: {
          key: [first = ''],
        },
      }) => reference[first] !== undefined,
    );
    if (pricer === undefined || from === undefined) continue;
    const { mark, priceKey } = pricer;
    // A part that is not a text is refused, as an empty one is.
    const price = priceKey(
      mark.key.map((name) => textOf(reference[name])),
      from,
    );
    const all = prices.get(mark) ?? [];
    all.push(price);
    prices.set(mark, all);
  }
  const byMark = [...prices].map(([mark, all]) => inBatches(sum(all), mark, 1, context));
  return { ...sum(byMark), ...sizes };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
