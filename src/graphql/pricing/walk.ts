// The price of an operation before it runs: every distinct upstream call that it may make. Pure; it walks the selected
// fields as the executor would, with the arguments in place of the answers.
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
import { AppError } from '../../domain/errors.js';
import type { VariableValues } from '../limits/coerce-variables.js';
import { type OperationLimits, refuseLarger } from '../limits/limits.js';
import {
  fieldsBelow,
  fieldsOf,
  fragmentsOf,
  namesBelow,
  type SelectionScope,
} from '../selection.js';
import { withoutSpareTotals } from './list-price.js';
import { type EntityMarks, type FieldMarks, readMarks, type SchemaMarks } from './marks.js';
import { OPERATIONS, type Operations } from './operations.js';
import {
  type Items,
  isUnknown,
  type PriceContext,
  type Priced,
  partOf,
  priceField,
  priceReferences,
  sum,
  ZERO_COST,
} from './price-field.js';
import { batchCall, callKey, type NewCall, type PricedCall, refuseBeyond } from './priced-call.js';

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
    const walk: Walk = { marks, scope, context, calls: new Map(), atHand: new Set(), sizes };
    const fields = fieldsOf(operation.selectionSet.selections, scope, root.name);
    walkObject(walk, root, fields, [{ type: root.name, count: 1, key: [], name: '' }], []);
    return withoutSpareTotals([...walk.calls.values()]);
  };
}

interface Walk {
  readonly marks: SchemaMarks;
  readonly scope: SelectionScope;
  readonly context: PriceContext;
  readonly calls: Map<string, PricedCall>;
  /** Keys of the calls that would read objects that came with other answers. */
  readonly atHand: Set<string>;
  readonly sizes: { -readonly [Name in keyof OperationLimits]: number };
}

/** One field, as often as it is selected for the same objects. */
interface Selected {
  readonly type: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  readonly nodes: readonly FieldNode[];
  readonly items: readonly Items[];
  readonly path: readonly string[];
}

function walkObject(
  walk: Walk,
  type: GraphQLObjectType,
  fields: Iterable<FieldNode>,
  items: readonly Items[],
  path: readonly string[],
): void {
  const { marks } = walk;
  noteAtHand(walk, items, marks.entityOf(type.name));
  for (const [responseKey, nodes] of byResponseKey(fields, marks.pricedFieldsOf(type.name))) {
    const field = type.getFields()[nodes[0]?.name.value ?? ''];
    if (field === undefined) continue;
    const selected = { type, field, nodes, items, path: [...path, responseKey] };
    walkBelow(walk, selected, addPriced(walk, selected));
  }
}

/** An object whose key only answers tell came with another answer: it is not read again by its own key. */
function noteAtHand({ atHand }: Walk, items: readonly Items[], entity: EntityMarks | undefined) {
  if (entity === undefined) return;
  for (const item of items) {
    const key = entity.key.map((name) => partOf(item, name, entity));
    if (key.some(isUnknown)) atHand.add(callKey(entity.operation, key));
  }
}

/** Walks the concrete types of the items. */
function walkBelow(walk: Walk, { field, nodes, path }: Selected, items: readonly Items[]): void {
  const { schema } = walk.scope;
  const named = getNamedType(field.type);
  const types = isAbstractType(named) ? schema.getPossibleTypes(named) : [named];
  for (const type of types.filter(isObjectType)) {
    const own = items.filter((item) => item.type === null || item.type === type.name);
    if (own.length > 0)
      walkObject(walk, type, fieldsBelow(nodes, walk.scope, type.name), own, path);
  }
}

function addPriced(walk: Walk, selected: Selected): readonly Items[] {
  const { marks, context, calls, sizes, atHand } = walk;
  const { type, field, path } = selected;
  const own = marks.fieldOf(type.name, field.name) ?? NO_MARKS;
  const priced = unlessRefused(() => priceSelected(walk, selected, own));
  if (own.isList || field.name === REFERENCES)
    for (const { count } of priced.items) sizes.rows += count;
  refuseLarger(context.limits, sizes);
  const missing = priced.calls.filter(({ key }) => !atHand.has(key));
  for (const call of batched(missing, own)) note(calls, { ...call, path });
  // The calls are far more than budgets allow: listing still more of them would take seconds.
  if (calls.size > context.limits.rows) refuseBeyond(context.limits.rows, [...calls.values()]);
  return priced.items;
}

/** The field of federation that reads the references of a gateway. */
const REFERENCES = '_entities';
const NO_MARKS: FieldMarks = { upstream: [], keyFrom: null, ids: [], isList: false };

function priceSelected(
  { scope, marks, context, sizes }: Walk,
  { type, field, nodes, items }: Selected,
  own: FieldMarks,
): Priced {
  const [node] = nodes;
  if (node === undefined) return ZERO_COST;
  const args = getArgumentValues(field, node, scope.variableValues);
  const selected = (typeName?: string) => namesBelow(nodes, scope, typeName);
  const common = { selected, schema: marks, context };
  if (field.name === REFERENCES) {
    const references = Array.isArray(args.representations) ? args.representations : [];
    sizes.representations += references.length;
    // Pricing too many would take the time that refusing them saves.
    const isTooMany = references.length > context.limits.representations;
    return isTooMany ? ZERO_COST : priceReferences(references, common);
  }
  for (const name of own.ids) {
    const ids = args[name];
    sizes.ids += Array.isArray(ids) ? ids.length : 1;
  }
  const entity = marks.entityOf(type.name);
  const price = priceField({ ...common, field, marks: own, entity, args });
  return sum(items.map((parent) => unlessRefused(() => price(parent))));
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

/** One call reads several keys of its operation. */
function batched(calls: readonly NewCall[], { upstream }: FieldMarks): readonly NewCall[] {
  return upstream.reduce<readonly NewCall[]>((all, { operation, batchSize }) => {
    const own = batchSize > 1 ? all.filter((call) => call.operation === operation) : [];
    if (own.length === 0) return all;
    const distinct = [...new Map(own.map((call) => [call.key, call])).values()];
    return [...all.filter((call) => !own.includes(call)), batchCall(distinct, batchSize)];
  }, calls);
}

/** A call that several places need is made for the highest: it comes first there, and without condition. */
function note(calls: Map<string, PricedCall>, call: PricedCall): void {
  const known = calls.get(call.key);
  const further = new Map([...(known?.further ?? []), ...call.further]);
  const first = known !== undefined && known.path.length <= call.path.length ? known : call;
  const count = Math.max(call.count, known?.count ?? 0);
  calls.set(call.key, { ...first, count, further });
}

/** Groups only the fields in `names`. */
function byResponseKey(
  fields: Iterable<FieldNode>,
  names: ReadonlySet<string>,
): Map<string, FieldNode[]> {
  const groups = new Map<string, FieldNode[]>();
  for (const field of fields) {
    if (!names.has(field.name.value)) continue;
    const key = (field.alias ?? field.name).value;
    const group = groups.get(key);
    if (group) group.push(field);
    else groups.set(key, [field]);
  }
  return groups;
}
