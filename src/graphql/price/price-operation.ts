// The price of an operation before it runs: every distinct upstream call that it may make. Pure; it
// walks the selected fields as the executor would, with the arguments in place of the answers.
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  isCompositeType,
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
import { refuseBeyond } from './price.js';
import { type Priced, type PricedCall, ZERO_COST } from './priced-call.js';
import { pricedFieldsOf, ruleOf } from './priced-fields.js';
import { type PriceContext, type PricedField, unlessRefused } from './rules.js';

export interface PriceableOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly coerced: VariableValues;
}

interface Walk {
  readonly scope: SelectionScope;
  readonly context: PriceContext;
  readonly calls: Map<string, PricedCall>;
  readonly sizes: { -readonly [Name in keyof OperationLimits]: number };
}

/** Throws QUERY_TOO_COMPLEX as soon as a limit of the context is passed: the measure is the count so far. */
export function priceOperation(
  { schema, document, operation, coerced }: PriceableOperation,
  context: PriceContext,
): readonly PricedCall[] {
  const root = schema.getRootType(operation.operation);
  // Validation passes it if it selects only fields of unknown types; running it would be an internal error.
  if (!root) {
    throw new AppError('BAD_USER_INPUT', `There is no ${operation.operation} here.`);
  }
  const scope = { schema, fragments: fragmentsOf(document), variableValues: coerced };
  const sizes = { ids: 0, rows: 0, representations: 0 };
  const walk: Walk = { scope, context, calls: new Map(), sizes };
  const fields = fieldsOf(operation.selectionSet.selections, scope, root.name);
  walkObject(walk, root, fields, ZERO_COST, []);
  return withoutSpareTotals([...walk.calls.values()]);
}

function walkObject(
  walk: Walk,
  type: GraphQLObjectType,
  fields: Iterable<FieldNode>,
  given: Priced,
  path: readonly string[],
): void {
  const names = pricedFieldsOf(walk.scope.schema, type);
  for (const [responseKey, nodes] of byResponseKey(fields, names)) {
    const field = type.getFields()[nodes[0]?.name.value ?? ''];
    if (field === undefined) continue;
    const below = [...path, responseKey];
    const coordinate = `${type.name}.${field.name}`;
    const priced = priceField(walk, coordinate, nodes, given);
    // A field without a rule only passes on the items that it was given.
    if (priced !== given) addPriced(walk, coordinate, priced, below);
    const named = getNamedType(field.type);
    if (isCompositeType(named)) walkComposite(walk, named, nodes, priced, below);
  }
}

function addPriced(
  { calls, sizes, context }: Walk,
  coordinate: string,
  priced: Priced,
  path: readonly string[],
): void {
  addSizes(sizes, coordinate, priced);
  refuseLarger(context.limits, sizes);
  for (const call of priced.calls) note(calls, { ...call, path });
  // The calls are far more than budgets allow: listing still more of them would take seconds.
  if (calls.size > context.limits.rows) refuseBeyond(context.limits.rows, [...calls.values()]);
}

/** Fields that give many items, by their arguments or by PAI's answer. */
const LISTS: ReadonlySet<string> = new Set([
  ...['Query.models', 'Query.modelsByIds', 'Query.nodes', 'Query._entities'],
  ...['Model.versions', 'Model.metricHistory'],
]);

function addSizes(sizes: Walk['sizes'], coordinate: string, priced: Priced): void {
  sizes.ids += priced.sizes?.ids ?? 0;
  sizes.representations += priced.sizes?.representations ?? 0;
  if (!LISTS.has(coordinate)) return;
  for (const { count } of [...priced.models, ...priced.versions]) sizes.rows += count;
}

/** A call that several places need is made for the highest: it comes first there, and without condition. */
function note(calls: Map<string, PricedCall>, call: PricedCall): void {
  const known = calls.get(call.key);
  const further = new Map([...(known?.further ?? []), ...call.further]);
  const first = known !== undefined && known.path.length <= call.path.length ? known : call;
  const count = Math.max(call.count, known?.count ?? 0);
  calls.set(call.key, { ...first, count, further });
}

/** Walks the concrete types of the given items; an object that is neither model nor version passes them on. */
function walkComposite(
  walk: Walk,
  type: GraphQLCompositeType,
  nodes: readonly FieldNode[],
  given: Priced,
  path: readonly string[],
): void {
  const { schema } = walk.scope;
  for (const [name, part] of partsOf(given)) {
    const concrete = isObjectType(type) ? type : schema.getType(name);
    if (!isObjectType(concrete)) continue;
    if (ENTITIES.has(concrete.name) && concrete.name !== name) continue;
    walkObject(walk, concrete, fieldsBelow(nodes, walk.scope, concrete.name), part, path);
  }
}

const ENTITIES: ReadonlySet<string> = new Set(['Model', 'ModelVersion']);

function* partsOf({ models, versions }: Priced): Generator<[string, Priced]> {
  if (models.length > 0) yield ['Model', { ...ZERO_COST, models }];
  if (versions.length > 0) yield ['ModelVersion', { ...ZERO_COST, versions }];
}

function priceField(
  { scope, context }: Walk,
  coordinate: string,
  nodes: readonly FieldNode[],
  given: Priced,
): Priced {
  const rule = ruleOf(coordinate);
  if (rule === undefined) return given;
  const [typeName = '', fieldName = ''] = coordinate.split('.');
  const type = scope.schema.getType(typeName);
  const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
  const [node] = nodes;
  if (field === undefined || node === undefined) return given;
  const { models, versions } = given;
  const selected: PricedField['selected'] = (name) => namesBelow(nodes, scope, name);
  return unlessRefused(() => {
    const args = getArgumentValues(field, node, scope.variableValues);
    return rule({ args, models, versions, selected, context });
  });
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

/** The total comes with any page of the same list that is read in the same tick. */
function withoutSpareTotals(calls: readonly PricedCall[]): PricedCall[] {
  const isTotal = ({ key }: PricedCall) => key.endsWith('#total');
  const listAndTick = ({ key, path }: PricedCall) =>
    `${key.slice(0, key.lastIndexOf('#'))} ${tickOf(path)}`;
  const read = new Set(calls.filter((call) => !isTotal(call)).map(listAndTick));
  return calls.filter((call) => !isTotal(call) || !read.has(listAndTick(call)));
}

/** All models at the root are read together; further down only siblings are. */
function tickOf(path: readonly string[]): string {
  return JSON.stringify(path.length > 2 ? path.slice(0, -1) : path.length);
}
