// The price of an operation before it runs: every distinct upstream call that it may make. Pure; it walks the selected
// fields as the executor would, with the arguments in place of the answers.
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  type OperationDefinitionNode,
} from 'graphql';
import { OPERATIONS, type Operations } from '../../catalog/operations.js';
import { AppError } from '../../domain/errors.js';
import type { VariableValues } from '../limits/coerce-variables.js';
import { type OperationLimits, refuseLarger } from '../limits/limits.js';
import { fieldsBelow, fieldsOf, fragmentsOf, type SelectionScope } from '../selection.js';
import { withoutSpareTotals } from './list-price.js';
import { readMarks, type SchemaMarks } from './marks.js';
import {
  type Items,
  type PriceContext,
  type PricedField,
  priceField,
  unlessRefused,
} from './price-field.js';
import { type NewCall, type PricedCall, refuseBeyond } from './priced-call.js';

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
