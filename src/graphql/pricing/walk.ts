// The price of an operation before it runs: every distinct upstream call that it may make. Pure; it walks the selected
// fields as the executor would, with the arguments in place of the answers. The marks of a field name its calls, and the
// objects that it gives to the fields below it.
import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  isAbstractType,
  isObjectType,
  type OperationDefinitionNode,
} from 'graphql';
import {
  type ListOperation,
  type ObjectOperation,
  OPERATIONS,
  type Operations,
} from '../../catalog/operations.js';
import type { View } from '../../domain/caller.js';
import { AppError } from '../../domain/errors.js';
import type { UpstreamOperation } from '../../domain/events.js';
import { MAX_LIST_ITEMS } from '../../domain/list.js';
import { isJsonObject } from '../../lib/json.js';
import type { VariableValues } from '../limits/coerce-variables.js';
import { type OperationLimits, refuseLarger } from '../limits/limits.js';
import { type PageArguments, wantedRows } from '../pagination/page-arguments.js';
import {
  fieldsBelow,
  fieldsOf,
  fragmentsOf,
  namesBelow,
  type SelectionScope,
} from '../selection.js';
import { listKey, type PricedList, priceWindow, rowsOf, withoutSpareTotals } from './list-price.js';
import {
  type EntityMarks,
  type FieldMarks,
  type Mark,
  REFERENCES,
  readMarks,
  type SchemaMarks,
} from './marks.js';
import {
  batchCall,
  callKey,
  countOf,
  type NewCall,
  objectCall,
  type Part,
  type PricedCall,
  refuseBeyond,
} from './priced-call.js';

export interface PriceableOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly coerced: VariableValues;
}

/** Throws QUERY_TOO_COMPLEX as soon as a limit of the context is passed: the measure is the count so far. */
export type PriceOperation = (
  operation: PriceableOperation,
  context: PriceContext,
) => readonly PricedCall[];

export function createPriceOperation(
  schema: GraphQLSchema,
  operations: Operations = OPERATIONS,
): PriceOperation {
  const marks = readMarks(schema, operations);
  return ({ document, operation, coerced }, context) => {
    const root = schema.getRootType(operation.operation);
    // Validation passes it if it selects only fields of unknown types; running it would be an internal error.
    if (!root) throw new AppError('BAD_USER_INPUT', `There is no ${operation.operation} here.`);
    const scope = { schema, fragments: fragmentsOf(document), variableValues: coerced };
    const sizes = { ids: 0, rows: 0, representations: 0 };
    const walk: Walk = { schema: marks, scope, context, calls: new Map(), sizes };
    const fields = fieldsOf(operation.selectionSet.selections, scope, root.name);
    walkObject(walk, root, fields, [{ type: null, count: 1, key: [], name: '' }], []);
    return withoutSpareTotals([...walk.calls.values()]);
  };
}

interface Walk {
  readonly schema: SchemaMarks;
  readonly scope: SelectionScope;
  readonly context: PriceContext;
  readonly calls: Map<string, PricedCall>;
  readonly sizes: { -readonly [Name in keyof OperationLimits]: number };
}

function walkObject(
  walk: Walk,
  parent: GraphQLObjectType,
  fields: Iterable<FieldNode>,
  items: readonly Items[],
  path: readonly string[],
): void {
  const { schema, scope, context } = walk;
  for (const [responseKey, nodes] of pricedFields(fields, schema, parent)) {
    const field = parent.getFields()[nodes[0].name.value];
    const marks = schema.fields.get(`${parent.name}.${field?.name}`);
    if (field === undefined || marks === undefined) continue;
    const place = { parent, field, nodes, marks, items, schema, scope, context };
    const below = [...path, responseKey];
    walkBelow(walk, place, addPriced(walk, place, below), below);
  }
}

/** Walks the concrete types of the items that the field gives. */
function walkBelow(
  walk: Walk,
  { field, nodes, scope }: PricedField,
  items: readonly Items[],
  path: readonly string[],
): void {
  const named = getNamedType(field.type);
  const types = isAbstractType(named) ? scope.schema.getPossibleTypes(named) : [named];
  for (const type of types.filter(isObjectType)) {
    const own = items.filter((item) => item.type === null || item.type === type.name);
    if (own.length > 0) walkObject(walk, type, fieldsBelow(nodes, scope, type.name), own, path);
  }
}

function addPriced(
  { calls, sizes, context }: Walk,
  field: PricedField,
  path: readonly string[],
): readonly Items[] {
  const priced = unlessRefused(() => priceField(field));
  sizes.ids += priced.sizes?.ids ?? 0;
  sizes.representations += priced.sizes?.representations ?? 0;
  if (field.marks.isList) for (const { count } of priced.items) sizes.rows += count;
  refuseLarger(context.limits, sizes);
  for (const call of priced.calls) note(calls, call, path);
  // The calls are far more than budgets allow: listing still more of them would take seconds.
  if (calls.size > context.limits.rows) refuseBeyond(context.limits.rows, [...calls.values()]);
  return priced.items;
}

/** A call that several places need is made for the highest: it comes first there, and without condition. */
function note(calls: Map<string, PricedCall>, call: NewCall, path: readonly string[]): void {
  const known = calls.get(call.key);
  const isHigher = known === undefined || path.length < known.path.length;
  if (!isHigher && call.count <= known.count && call.further.size === 0) return;
  const further = known ? new Map([...known.further, ...call.further]) : call.further;
  const count = Math.max(call.count, known?.count ?? 0);
  calls.set(call.key, isHigher ? { ...call, path, count, further } : { ...known, count, further });
}

/** By response key. */
function pricedFields(
  fields: Iterable<FieldNode>,
  { priced }: SchemaMarks,
  { name }: GraphQLObjectType,
): Map<string, [FieldNode, ...FieldNode[]]> {
  const names = priced.get(name);
  const groups = new Map<string, [FieldNode, ...FieldNode[]]>();
  for (const field of fields) {
    if (!names?.has(field.name.value)) continue;
    const key = (field.alias ?? field.name).value;
    const group = groups.get(key);
    if (group) group.push(field);
    else groups.set(key, [field]);
  }
  return groups;
}

export interface PriceContext {
  /** The largest pages worth requesting. */
  readonly caps: Readonly<Partial<Record<UpstreamOperation, number>>>;
  /** With a view of some workspaces, objects are given only after their owner was seen. */
  readonly view: View;
  readonly limits: OperationLimits;
}

/** Objects that a field gives, as far as they are known before anything runs. */
interface Items {
  /** Their type; null: the schema tells. */
  readonly type: string | null;
  readonly count: number;
  /** The parts of their key that are known or named, from the first on. */
  readonly key: readonly Part[];
  /** Distinguishes them from all others. */
  readonly name: string;
}

/** One field, as often as it is selected for the same objects. */
interface PricedField {
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

interface Priced {
  readonly calls: readonly NewCall[];
  readonly items: readonly Items[];
  readonly sizes?: Omit<OperationLimits, 'rows'>;
}

type Arguments = Readonly<Record<string, unknown>>;

const ZERO_COST: Priced = { calls: [], items: [] };

/** Throws an AppError or a GraphQLError for arguments with which the field fails before it makes a call. */
function priceField(field: PricedField): Priced {
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
  { parent: owner }: ObjectOperation,
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
function unlessRefused(price: () => Priced): Priced {
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
