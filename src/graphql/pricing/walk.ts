// Walks the selected fields of an operation as the executor would, with the arguments in place of the answers, and
// collects the price. Pure.
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isObjectType,
  type OperationDefinitionNode,
} from 'graphql';
import { AppError } from '../../domain/errors.js';
import type { VariableValues } from '../limits/coerce-variables.js';
import { refuseLarger, tooLarge } from '../limits/limits.js';
import { byResponseKey, fieldsBelow, fragmentsOf, type SelectionScope } from '../selection.js';
import type { SchemaMarks } from './marks.js';
import { type NewCall, type Price, type PricedCall, withoutSpareTotals } from './price.js';
import { type Objects, type PriceContext, type PricedField, priceField } from './price-field.js';

export interface PriceableOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly coerced: VariableValues;
}

/** Throws QUERY_TOO_COMPLEX as soon as a limit of the context is passed: the measure is the count so far. */
export function priceOperation(
  { document, operation, coerced }: PriceableOperation,
  marks: SchemaMarks,
  context: PriceContext,
): Price {
  const { schema } = marks;
  const root = schema.getRootType(operation.operation);
  // Validation passes it if it selects only fields of unknown types; running it would be an internal error.
  if (!root) throw new AppError('BAD_USER_INPUT', `There is no ${operation.operation} here.`);
  const scope = { schema, fragments: fragmentsOf(document), variableValues: coerced };
  const walk = new Walk(marks, scope, context);
  const fields = fieldsBelow([operation], scope, root.name);
  walk.objects(root, fields, [{ type: null, count: 1, key: [], name: '' }], []);
  return walk.price();
}

/**
 * Objects and calls that a walk prices at least: together they take some tens of milliseconds. An operation that needs
 * more of them makes far more calls than budgets allow, or selects the same objects again and again.
 */
const LEAST_WORK = 10_000;

class Walk {
  readonly #marks: SchemaMarks;
  readonly #scope: SelectionScope;
  readonly #context: PriceContext;
  readonly #calls = new Map<string, PricedCall>();
  /** By the window of rows that would need them: one that is requested twice is read once. */
  readonly #further = new Map<string, number>();
  readonly #sizes = { ids: 0, rows: 0, representations: 0 };
  #priced = 0;

  constructor(marks: SchemaMarks, scope: SelectionScope, context: PriceContext) {
    this.#marks = marks;
    this.#scope = scope;
    this.#context = context;
  }

  price(): Price {
    const further = [...this.#further.values()].reduce((total, count) => total + count, 0);
    return { calls: withoutSpareTotals([...this.#calls.values()]), further };
  }

  objects(
    parent: GraphQLObjectType,
    fields: Iterable<FieldNode>,
    objects: readonly Objects[],
    path: readonly string[],
  ): void {
    for (const [responseKey, nodes] of byResponseKey(fields)) {
      const name = nodes[0].name.value;
      const field = parent.getFields()[name];
      const fieldMarks = this.#marks.priced.get(parent.name)?.get(name);
      if (field === undefined || fieldMarks === undefined) continue;
      const [marks, scope, context] = [this.#marks, this.#scope, this.#context];
      const place = { parent, field, nodes, fieldMarks, objects, marks, scope, context };
      const below = [...path, responseKey];
      this.#below(place, this.#add(place, below), below);
    }
  }

  #add(field: PricedField, path: readonly string[]): readonly Objects[] {
    const price = priceField(field, (count) => this.#refuseMoreWork(count));
    const sizes = this.#sizes;
    sizes.ids += price.ids;
    sizes.representations += price.representations;
    if (field.fieldMarks.isList) for (const { count } of price.objects) sizes.rows += count;
    refuseLarger(this.#context.limits, sizes);
    for (const call of price.calls) this.#note(call, path);
    for (const [window, count] of price.further) this.#further.set(window, count);
    return price.objects;
  }

  #refuseMoreWork(count: number): void {
    this.#priced += count;
    const limit = Math.max(LEAST_WORK, this.#context.limits.rows);
    if (this.#priced > limit) throw tooLarge('priced', limit, this.#priced);
  }

  /** A call that several places need is made for the highest: it comes first there, and without condition. */
  #note(call: NewCall, path: readonly string[]): void {
    const known = this.#calls.get(call.key);
    const isHigher = known === undefined || path.length < known.path.length;
    if (!isHigher && call.count <= known.count) return;
    const count = Math.max(call.count, known?.count ?? 0);
    this.#calls.set(call.key, isHigher ? { ...call, path, count } : { ...known, count });
  }

  /** Walks the concrete types of the objects that the field gives. */
  #below(
    { field, nodes }: PricedField,
    objects: readonly Objects[],
    path: readonly string[],
  ): void {
    const named = getNamedType(field.type);
    const types = isAbstractType(named) ? this.#scope.schema.getPossibleTypes(named) : [named];
    for (const type of types.filter(isObjectType)) {
      const own = objects.filter((one) => one.type === null || one.type === type.name);
      if (own.length === 0) continue;
      this.objects(type, fieldsBelow(nodes, this.#scope, type.name), own, path);
    }
  }
}
