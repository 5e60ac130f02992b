// The price of one field: the calls that its marks name, and the objects that it gives to the fields below it. Pure.
import { type GraphQLField, getNamedType, isAbstractType, isObjectType } from 'graphql';
import type { UpstreamOperation } from '../../domain/events.js';
import { MAX_LIST_ITEMS } from '../../domain/list.js';
import { isJsonObject } from '../../domain/model.js';
import type { OperationLimits } from '../limits/limits.js';
import { type PageArguments, wantedRows } from '../pagination/page-arguments.js';
import { listKey, type PricedList, priceWindow, rowsOf } from './list-price.js';
import type { EntityMarks, FieldMarks, Mark, SchemaMarks } from './marks.js';
import type { ListOperation } from './operations.js';
import {
  callKey,
  countOf,
  type NewCall,
  objectCall,
  type Part,
  type UnknownPart,
} from './priced-call.js';

export interface PriceContext {
  /** The largest pages worth requesting. */
  readonly caps: Readonly<Partial<Record<UpstreamOperation, number>>>;
  /** Workspaces of the caller. Not null: objects are given only after their owner was seen. */
  readonly workspaces: readonly string[] | null;
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

export interface PricedField {
  readonly field: GraphQLField<unknown, unknown>;
  readonly marks: FieldMarks;
  /** Of the parent. */
  readonly entity: EntityMarks | undefined;
  /** Coerced by the schema. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Names of the fields below; of the type `typeName` where the field's own type is abstract. */
  readonly selected: (typeName?: string) => ReadonlySet<string>;
  readonly schema: SchemaMarks;
  readonly context: PriceContext;
}

export interface Priced {
  readonly calls: readonly NewCall[];
  readonly items: readonly Items[];
}

export const ZERO_COST: Priced = { calls: [], items: [] };

/** Prepares what is the same for all parents, and gives the price of the field of one of them. Throws an AppError. */
export function priceField(priced: PricedField): (parent: Items) => Priced {
  const { marks, args } = priced;
  const [mark] = marks.upstream;
  if (mark === undefined) return (parent) => ({ calls: [], items: [partOfParent(parent, priced)] });
  // Longer lists are refused without a call.
  if (Object.values(args).some(isTooLong)) return () => ZERO_COST;
  if (mark.rule.kind === 'list') return priceLists(priced, mark, mark.rule);
  return (parent) => sum(marks.upstream.map((each) => priceObjects(priced, each, parent)));
}

export function sum(parts: readonly Priced[]): Priced {
  return {
    calls: parts.flatMap(({ calls }) => calls),
    items: parts.flatMap(({ items }) => items),
  };
}

function isTooLong(value: unknown): boolean {
  return Array.isArray(value) && value.length > MAX_LIST_ITEMS;
}

/** Fields of a page that all give the rows of the page. */
const ROWS: ReadonlySet<string> = new Set(['edges', 'node', 'nodes']);

function partOfParent(parent: Items, priced: PricedField): Items {
  const { field, args, entity, marks } = priced;
  if (entity === undefined && ROWS.has(field.name)) return parent;
  const text = field.args.length === 0 ? '' : JSON.stringify(args);
  // Of an object without a key of its own, the objects below belong to the same owner.
  const isWrapper = entity === undefined && marks.keyFrom === null;
  return {
    type: null,
    count: parent.count,
    key: isWrapper ? parent.key : keyFrom(parent, priced),
    name: `${parent.name}.${field.name}${text}`,
  };
}

function keyFrom(parent: Items, priced: PricedField, mark?: Mark, owner: Part = ''): Part[] {
  return (priced.marks.keyFrom ?? []).map((name) => {
    const value = lookUp(name, parent, priced, mark);
    return isPart(value) ? value : owner;
  });
}

/** A fixed value, else an argument, else a field of the parent. */
function lookUp(name: string, parent: Items, { field, args, entity }: PricedField, mark?: Mark) {
  if (mark !== undefined && Object.hasOwn(mark.fixed, name)) return mark.fixed[name];
  if (field.args.some((argument) => argument.name === name)) return args[name];
  return partOf(parent, name, entity);
}

export function partOf(item: Items, name: string, entity: EntityMarks | undefined): Part {
  const known = item.key[entity?.key.indexOf(name) ?? -1];
  return known ?? { name: `${item.name}.${name}`, count: item.count };
}

function isPart(value: unknown): value is Part {
  return typeof value === 'string' || isUnknown(value);
}

export function isUnknown(value: unknown): value is UnknownPart {
  return typeof value === 'object' && value !== null && 'count' in value;
}

/** A malformed key is refused or gives null, without a call. The form of an id decides which mark it belongs to. */
function priceObjects(priced: PricedField, mark: Mark, parent: Items): Priced {
  const { rule } = mark;
  if (rule.kind !== 'object') return ZERO_COST;
  const keys = keysOf(mark, parent, priced).flatMap((values) => {
    const key = values.every(isPart) ? rule.parse(values) : null;
    return key === null ? [] : [key];
  });
  return {
    calls: keys.flatMap((key) => callsFor(mark, key, priced.context)),
    items: keys.map((key) => itemOf(mark, key, priced)),
  };
}

/** Several keys where one part is a list. */
function keysOf(mark: Mark, parent: Items, priced: PricedField): unknown[][] {
  const values = mark.key.map((name) => lookUp(name, parent, priced, mark));
  const list = values.find((value) => Array.isArray(value));
  if (!Array.isArray(list)) return [values];
  const distinct = [...new Set<unknown>(list)];
  return distinct.map((one) => values.map((value) => (value === list ? one : value)));
}

/** Callers of some workspaces are given an object only after the object that it belongs to was seen. */
export function callsFor(
  { operation, rule }: Pick<Mark, 'operation' | 'rule'>,
  key: readonly Part[],
  { workspaces }: PriceContext,
): NewCall[] {
  const call = objectCall(operation, key);
  const isOwnerFirst = workspaces !== null && rule.owner !== null;
  return isOwnerFirst ? [objectCall(rule.owner, key.slice(0, 1)), call] : [call];
}

function itemOf({ operation }: Mark, key: readonly Part[], priced: PricedField): Items {
  const { field, schema } = priced;
  const named = getNamedType(field.type);
  const type = isAbstractType(named) ? schema.typeReadBy(operation) : named.name;
  const isRead = type !== null && schema.entityOf(type)?.operation === operation;
  return { type, count: countOf(key), key: isRead ? key : [], name: callKey(operation, key) };
}

function priceLists(priced: PricedField, mark: Mark, rule: ListOperation) {
  const { args, field, context } = priced;
  const [filter = '', order = ''] = mark.key.slice(-2);
  const values = { ...args, ...mark.fixed };
  // Made once for all owners: checking and encoding a long filter takes longer than all else.
  const listOf = rule.lists({ filter: values[filter], order: values[order] }, context.workspaces);
  const page: PageArguments = values;
  const named = getNamedType(field.type);
  const isConnection = isObjectType(named) && named.getFields().pageInfo !== undefined;
  const selected = isConnection ? priced.selected() : ROWS;
  const sizeMax = context.caps[mark.operation] ?? 1;

  function priceList(owner: Part | null, parent: Items): Priced {
    const id = typeof owner === 'string' ? owner : null;
    const list = listOf(id);
    if (list === null) return ZERO_COST;
    const wanted = wantedRows(page, owner === id ? list.key : null);
    const priceable: PricedList = { list, owner: askedOwner(owner, page), sizeMax };
    const count = rowsOf(wanted) * (owner === null ? parent.count : countOf([owner]));
    const key = keyFrom(parent, priced, mark, owner ?? '');
    const name = `${listKey(priceable)}@${JSON.stringify(wanted)}`;
    return {
      calls: priceWindow(priceable, wanted, selected),
      items: [{ type: isConnection ? null : named.name, count, key, name }],
    };
  }

  return (parent: Items): Priced => {
    if (mark.key.length === 2) return priceList(null, parent);
    const owners = keysOf({ ...mark, key: mark.key.slice(0, 1) }, parent, priced).flat();
    return sum(owners.filter(isPart).map((owner) => priceList(owner, parent)));
  };
}

/** A cursor belongs to one list: for all the other owners it is refused. */
function askedOwner(owner: Part | null, { after, before }: PageArguments): Part | null {
  const hasCursor = typeof after === 'string' || typeof before === 'string';
  return hasCursor && isUnknown(owner) ? { ...owner, count: 1 } : owner;
}

/** The references of a gateway: each distinct one is a call, unless only its keys are selected. */
export function priceReferences(
  references: readonly unknown[],
  { schema, selected, context }: Pick<PricedField, 'schema' | 'selected' | 'context'>,
): Priced {
  const selectsMore = new Map<string, boolean>();
  return sum(
    references.filter(isJsonObject).map((reference) => {
      const type = String(reference.__typename);
      const entity = schema.entityOf(type);
      if (entity === undefined) return ZERO_COST;
      const isRead = selectsMore.get(type) ?? !isEcho(entity, selected(type));
      selectsMore.set(type, isRead);
      const mark = entity.references.find(({ key }) => reference[key[0] ?? ''] !== undefined);
      if (!isRead || mark?.rule.kind !== 'object') return ZERO_COST;
      // A part that is not a text is refused, as an empty one is.
      const key = mark.rule.parse(mark.key.map((name) => textOf(reference[name])));
      if (key === null) return ZERO_COST;
      const name = callKey(mark.operation, key);
      return { calls: callsFor(mark, key, context), items: [{ type, count: 1, key, name }] };
    }),
  );
}

/** Whether only keys are selected: the reference itself is the answer. */
function isEcho({ references }: EntityMarks, selected: ReadonlySet<string>): boolean {
  const keys = new Set(['__typename', ...references.flatMap(({ key }) => key)]);
  return [...selected].every((name) => keys.has(name));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
