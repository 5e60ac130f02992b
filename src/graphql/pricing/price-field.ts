// The price of one field: the calls that its marks name, and the objects that it gives to the fields below it. Pure.
import {
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  getArgumentValues,
  getNamedType,
  isAbstractType,
  isObjectType,
} from 'graphql';
import type { ListOperation, ObjectOperation } from '../../catalog/operations.js';
import type { View } from '../../domain/caller.js';
import { AppError } from '../../domain/errors.js';
import type { UpstreamOperation } from '../../domain/events.js';
import { MAX_LIST_ITEMS } from '../../domain/list.js';
import { isJsonObject } from '../../lib/json.js';
import type { OperationLimits } from '../limits/limits.js';
import { type PageArguments, wantedRows } from '../pagination/page-arguments.js';
import { namesBelow, type SelectionScope } from '../selection.js';
import { listKey, type PricedList, priceWindow, rowsOf } from './list-price.js';
import {
  type EntityMarks,
  type FieldMarks,
  type Mark,
  REFERENCES,
  type SchemaMarks,
} from './marks.js';
import { batchCall, callKey, countOf, type NewCall, objectCall, type Part } from './priced-call.js';

export interface PriceContext {
  /** The largest pages worth requesting. */
  readonly caps: Readonly<Partial<Record<UpstreamOperation, number>>>;
  /** With a view of some workspaces, objects are given only after their owner was seen. */
  readonly view: View;
  readonly limits: OperationLimits;
}

/** Objects that a field gives, as far as they are known before anything runs. */
export interface Items {
  /** Their type; null: the schema tells. */
  readonly type: string | null;
  readonly count: number;
  /** The parts of their key that are known or named, from the first on. */
  readonly key: readonly Part[];
  /** Distinguishes them from all others. */
  readonly name: string;
}

/** One field, as often as it is selected for the same objects. */
export interface PricedField {
  readonly parent: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  readonly nodes: readonly [FieldNode, ...FieldNode[]];
  readonly marks: FieldMarks;
  /** The objects that have the field. */
  readonly items: readonly Items[];
  readonly schema: SchemaMarks;
  readonly scope: SelectionScope;
  readonly context: PriceContext;
}

export interface Priced {
  readonly calls: readonly NewCall[];
  readonly items: readonly Items[];
  readonly sizes?: Omit<OperationLimits, 'rows'>;
}

type Arguments = Readonly<Record<string, unknown>>;

export const ZERO_COST: Priced = { calls: [], items: [] };

/** Throws an AppError or a GraphQLError for arguments with which the field fails before it makes a call. */
export function priceField(field: PricedField): Priced {
  const { marks, scope, items } = field;
  const args = getArgumentValues(field.field, field.nodes[0], scope.variableValues);
  if (field.field.name === REFERENCES) return priceReferences(args.representations, field);
  const [mark] = marks.upstream;
  if (mark === undefined)
    return { calls: [], items: items.map((item) => partOfIt(item, field, args)) };
  const sizes = {
    ids: marks.ids.reduce((sum, name) => sum + lengthOf(args[name]), 0),
    representations: 0,
  };
  // Longer lists are refused without a call.
  if (Object.values(args).some((value) => lengthOf(value) > MAX_LIST_ITEMS))
    return { ...ZERO_COST, sizes };
  const { rule } = mark;
  if (rule.kind === 'list') return priceLists(field, args, mark, rule);
  const parts = marks.upstream.map((each) => priceObjects(field, args, each));
  return { ...sum(parts), sizes };
}

function sum(parts: readonly Priced[]): Priced {
  return {
    calls: parts.flatMap(({ calls }) => calls),
    items: parts.flatMap(({ items }) => items),
  };
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 1;
}

/** The fields of a page that give its rows. */
const ROWS: ReadonlySet<string> = new Set(['edges', 'node', 'nodes']);

/** Objects that come with their parent. Those below an object without a key belong to the owner of that object. */
function partOfIt(item: Items, field: PricedField, args: Arguments): Items {
  const { name } = field.field;
  const isEntity = field.schema.entities.has(field.parent.name);
  if (!isEntity && ROWS.has(name)) return item;
  const isWrapper = !isEntity && field.marks.keyFrom === null;
  const key = isWrapper ? item.key : keyFrom(item, field, args);
  const text = field.field.args.length > 0 ? JSON.stringify(args) : '';
  return { type: null, count: item.count, key, name: `${item.name}.${name}${text}` };
}

function keyFrom(item: Items, field: PricedField, args: Arguments, owner: Part = ''): Part[] {
  return (field.marks.keyFrom ?? []).map((name) => {
    const value = lookUp(name, item, field, args);
    return isPart(value) ? value : owner;
  });
}

/** The value of an argument, else a field of the parent. */
function lookUp(
  name: string,
  item: Items,
  { parent, field, schema }: PricedField,
  args: Arguments,
) {
  const isGiven =
    Object.hasOwn(args, name) || field.args.some((argument) => argument.name === name);
  return isGiven ? args[name] : partOf(item, name, schema.entities.get(parent.name));
}

function partOf(item: Items, name: string, entity: EntityMarks | undefined): Part {
  const key = entity?.key ?? [];
  const isWhole = key.length === 1 && key[0] === name;
  const readBy = isWhole && entity ? entity.operation : null;
  return item.key[key.indexOf(name)] ?? { name: `${item.name}.${name}`, count: item.count, readBy };
}

function isPart(value: unknown): value is Part {
  return (
    typeof value === 'string' || (typeof value === 'object' && value !== null && 'readBy' in value)
  );
}

/** A malformed key is refused or gives null, without a call. The form of an id decides which mark it belongs to. */
function priceObjects(
  field: PricedField,
  args: Arguments,
  { operation, key: names, batchSize, fixed, rule }: Mark,
): Priced {
  if (rule.kind !== 'object') return ZERO_COST;
  const keys = field.items
    .flatMap((item) => keysOf(names, item, field, { ...args, ...fixed }))
    .map((key) => rule.parse(key))
    .filter((key) => key !== null);
  const calls = keys.flatMap((key) => callsFor(operation, rule, key, field.context));
  return {
    calls: batchCall(calls, batchSize),
    items: keys.map((key) => itemOf(operation, key, field)),
  };
}

/** Several keys where one part is a list. */
function keysOf(
  names: readonly string[],
  item: Items,
  field: PricedField,
  args: Arguments,
): Part[][] {
  const values = names.map((name) => lookUp(name, item, field, args));
  const list = values.find((value) => Array.isArray(value));
  const keys = Array.isArray(list)
    ? [...new Set<unknown>(list)].map((one) =>
        values.map((value) => (value === list ? one : value)),
      )
    : [values];
  return keys.filter((key) => key.every(isPart));
}

/** Callers of some workspaces are given an object only after the object that it belongs to was seen. */
function callsFor(
  operation: UpstreamOperation,
  { owner }: ObjectOperation,
  key: readonly Part[],
  { view }: PriceContext,
): NewCall[] {
  const [first = ''] = key;
  const call = isAtHand(operation, key) ? [] : [objectCall(operation, key)];
  const isOwnerFirst = view.kind === 'workspaces' && owner !== null && !isAtHand(owner, [first]);
  return isOwnerFirst ? [objectCall(owner, [first]), ...call] : call;
}

function isAtHand(operation: UpstreamOperation, [part, ...rest]: readonly Part[]): boolean {
  return rest.length === 0 && typeof part === 'object' && part.readBy === operation;
}

function itemOf(operation: UpstreamOperation, key: readonly Part[], field: PricedField): Items {
  const named = getNamedType(field.field.type);
  const reads = field.schema.readers.get(operation) ?? null;
  const type = isAbstractType(named) ? reads : named.name;
  return {
    type,
    count: countOf(key),
    key: type === reads ? key : [],
    name: callKey(operation, key),
  };
}

function priceLists(field: PricedField, given: Arguments, mark: Mark, rule: ListOperation): Priced {
  const { context, scope, nodes } = field;
  const [filter = '', order = ''] = mark.key.slice(-2);
  const args = { ...given, ...mark.fixed };
  // Made once for all owners: checking and encoding a long filter takes longer than all else.
  const listOf = rule.lists({ filter: args[filter], order: args[order] }, context.view);
  const page: PageArguments = args;
  const named = getNamedType(field.field.type);
  const isConnection = isObjectType(named) && named.getFields().pageInfo !== undefined;
  const selected = isConnection ? namesBelow(nodes, scope) : ROWS;
  const sizeMax = context.caps[mark.operation] ?? 1;

  function priceList(owner: Part | null, item: Items): Priced {
    const id = typeof owner === 'string' ? owner : null;
    const list = listOf(id);
    if (list === null) return ZERO_COST;
    const wanted = wantedRows(page, owner === id ? list.key : null);
    const priced: PricedList = { list, owner: askedOwner(owner, page), sizeMax };
    const items = {
      type: isConnection ? null : named.name,
      count: rowsOf(wanted) * (owner === null ? item.count : countOf([owner])),
      key: keyFrom(item, field, args, owner ?? ''),
      name: `${listKey(priced)}@${JSON.stringify(wanted)}`,
    };
    return { calls: priceWindow(priced, wanted, selected), items: [items] };
  }

  const lists = field.items.flatMap((item) => {
    const owners =
      mark.key.length > 2 ? keysOf(mark.key.slice(0, 1), item, field, args).flat() : [null];
    return owners.map((owner) => unlessRefused(() => priceList(owner, item)));
  });
  return sum(lists);
}

/** A cursor belongs to one list: for all the other owners it is refused. */
function askedOwner(owner: Part | null, { after, before }: PageArguments): Part | null {
  const hasCursor = typeof after === 'string' || typeof before === 'string';
  return hasCursor && typeof owner === 'object' && owner !== null ? { ...owner, count: 1 } : owner;
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

/** The references of a gateway: each distinct one is a call, unless only its keys are selected. */
function priceReferences(
  representations: unknown,
  { schema, scope, nodes, context }: PricedField,
): Priced {
  const references: readonly unknown[] = Array.isArray(representations) ? representations : [];
  const sizes = { ids: 0, representations: references.length };
  // Pricing too many would take the time that refusing them saves.
  if (references.length > context.limits.representations) return { ...ZERO_COST, sizes };
  const isEcho = new Map(
    [...schema.entities].map(([type, entity]) => [
      type,
      selectsOnlyKeys(entity, namesBelow(nodes, scope, type)),
    ]),
  );
  const priced = references.filter(isJsonObject).map((reference): Priced => {
    const type = String(reference.__typename);
    const marks = schema.entities.get(type)?.references ?? [];
    const mark = marks.find(({ key: [first = ''] }) => reference[first] !== undefined);
    if (mark?.rule.kind !== 'object' || isEcho.get(type)) return ZERO_COST;
    // A part that is not a text is refused, as an empty one is.
    const key = mark.rule.parse<never>(mark.key.map((name) => textOf(reference[name])));
    if (key === null) return ZERO_COST;
    const item = { type, count: 1, key, name: callKey(mark.operation, key) };
    return { calls: callsFor(mark.operation, mark.rule, key, context), items: [item] };
  });
  return { ...sum(priced), sizes };
}

function selectsOnlyKeys({ references }: EntityMarks, selected: ReadonlySet<string>): boolean {
  const keys = new Set(['__typename', ...references.flatMap(({ key }) => key)]);
  return [...selected].every((name) => keys.has(name));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
