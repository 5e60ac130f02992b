// A bound of the calls of an operation that holds for all variables whose lists are of the usual length. It follows from
// the document alone: where it is within the budget, the price of a single request need not be known.
import {
  type FieldNode,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isListType,
  type SelectionNode,
} from 'graphql';
import type { UpstreamOperation } from '../../domain/events.js';
import { MAX_LIST_ITEMS } from '../../domain/list.js';
import type { VariableValues } from '../limits/coerce-variables.js';
import type { OperationLimits } from '../limits/limits.js';
import {
  DEFAULT_COUNT,
  DEFAULT_PAGES,
  MAX_COUNT,
  MAX_PAGES,
} from '../pagination/page-arguments.js';
import { fieldsBelow, fragmentsOf, type SelectionScope } from '../selection.js';
import {
  type FieldMarks,
  type Mark,
  REFERENCES,
  type SchemaMarks,
  selectsOnlyKeys,
} from './marks.js';
import type { PriceableOperation } from './walk.js';

export interface CallBound extends OperationLimits {
  readonly calls: ReadonlyMap<UpstreamOperation, number>;
}

/** The bound does not hold for longer lists. */
export function hasUsualLists(variables: VariableValues): boolean {
  return Object.values(variables).every(
    (value) => !Array.isArray(value) || value.length <= MAX_LIST_ITEMS,
  );
}

/** null: the schema lacks the root type, e.g. of mutations. The document is valid: no fragment contains itself. */
export function boundCalls(
  { document, operation }: Omit<PriceableOperation, 'coerced'>,
  marks: SchemaMarks,
): CallBound | null {
  const root = marks.schema.getRootType(operation.operation);
  if (!root) return null;
  const walk = new BoundWalk(marks, fragmentsOf(document));
  walk.selections(root, operation.selectionSet.selections, { count: 1, connections: 0 });
  return walk;
}

/** The objects that have a field, at most: items of lists, or so many connections with all of these items. */
interface Parents {
  readonly count: number;
  readonly connections: number;
}

class BoundWalk implements CallBound {
  readonly calls = new Map<UpstreamOperation, number>();
  ids = 0;
  rows = 0;
  representations = 0;
  readonly #marks: SchemaMarks;
  readonly #fragments: SelectionScope['fragments'];

  constructor(marks: SchemaMarks, fragments: SelectionScope['fragments']) {
    this.#marks = marks;
    this.#fragments = fragments;
  }

  selections(
    parent: GraphQLCompositeType,
    selections: readonly SelectionNode[],
    parents: Parents,
  ): void {
    const { schema } = this.#marks;
    for (const selection of selections) {
      if (selection.kind === 'Field') {
        this.#fields(parent, selection, parents);
        continue;
      }
      const isInline = selection.kind === 'InlineFragment';
      const fragment = isInline ? selection : this.#fragments[selection.name.value];
      const condition = fragment?.typeCondition?.name.value;
      const type = condition === undefined ? parent : schema.getType(condition);
      if (fragment && isCompositeType(type)) {
        this.selections(type, fragment.selectionSet.selections, parents);
      }
    }
  }

  #fields(parent: GraphQLCompositeType, node: FieldNode, parents: Parents): void {
    const { schema, priced } = this.#marks;
    const name = node.name.value;
    for (const type of isAbstractType(parent) ? schema.getPossibleTypes(parent) : [parent]) {
      const field = type.getFields()[name];
      const marks = priced.get(type.name)?.get(name);
      if (field && marks) this.#field(field, marks, node, parents);
    }
  }

  #field(
    field: GraphQLField<unknown, unknown>,
    { upstream, isList, ids }: FieldMarks,
    node: FieldNode,
    { count: parents, connections }: Parents,
  ): void {
    const items = new Map(field.args.map((argument) => [argument.name, mostItems(argument, node)]));
    const keys = parents * Math.max(1, ...items.values());
    const rows = Math.max(1, ...upstream.map((mark) => mostRows(mark, field, node)));
    const isReferences = field.name === REFERENCES;
    // A key belongs to one mark. A narrowed view reads its owner first.
    const needed = (isReferences ? this.#referencesIn(node) : upstream).flatMap(
      ({ operation, rule }) =>
        rule.kind === 'object' && rule.parent !== null ? [operation, rule.parent] : [operation],
    );
    const pages = upstream.map((mark) => mostPages(mark, field, node)).find((most) => most > 0);
    const calls = pages === undefined ? keys * rows : connections * pages;
    for (const operation of new Set(needed)) {
      this.calls.set(operation, (this.calls.get(operation) ?? 0) + calls);
    }
    if (isReferences) this.representations += keys;
    if (isList) this.rows += keys * rows;
    this.ids += ids.reduce((sum, name) => sum + (items.get(name) ?? 0), 0);
    const type = getNamedType(field.type);
    if (isCompositeType(type)) {
      const given = { count: keys * rows, connections: keys };
      this.selections(type, node.selectionSet?.selections ?? [], given);
    }
  }

  /** The marks of the entities of which more than keys is selected, including what `@skip` leaves out. */
  #referencesIn(node: FieldNode): readonly Mark[] {
    const { schema, entities } = this.#marks;
    const scope = { schema, fragments: this.#fragments, variableValues: {} };
    return [...entities].flatMap(([type, entity]) => {
      const fields = [...fieldsBelow([node], scope, type, () => true)];
      const names = new Set(fields.map(({ name }) => name.value));
      return selectsOnlyKeys(entity, names) ? [] : entity.references;
    });
  }
}

function mostItems(argument: GraphQLArgument, node: FieldNode): number {
  if (!isListType(getNullableType(argument.type))) return 1;
  const value = givenTo(argument, node);
  if (value?.kind === 'ListValue') return value.values.length;
  return value?.kind === 'Variable' || argument.defaultValue !== undefined ? MAX_LIST_ITEMS : 1;
}

/** A page holds a row of the window at least, so that there are at most as many pages. */
function mostRows(
  { rule, fixed }: Mark,
  { args }: GraphQLField<unknown, unknown>,
  node: FieldNode,
): number {
  if (rule.kind !== 'list') return 1;
  if (typeof fixed.first === 'number') return fixed.first;
  const counts = args.filter(({ name }) => name === 'first' || name === 'last');
  const most = counts.map((argument) => {
    const value = givenTo(argument, node);
    if (value?.kind === 'IntValue') return Number(value.value);
    return value !== undefined || argument.defaultValue !== undefined ? MAX_COUNT : 0;
  });
  return Math.max(0, ...most) || DEFAULT_COUNT;
}

/** 0: the mark reads no first pages. */
function mostPages(
  { pages }: Mark,
  { args }: GraphQLField<unknown, unknown>,
  node: FieldNode,
): number {
  const argument = args.find(({ name }) => name === pages);
  if (argument === undefined) return 0;
  const value = givenTo(argument, node);
  if (value === undefined || value.kind === 'NullValue') return DEFAULT_PAGES;
  return value.kind === 'IntValue' ? Number(value.value) : MAX_PAGES;
}

function givenTo({ name }: GraphQLArgument, { arguments: given = [] }: FieldNode) {
  return given.find((argument) => argument.name.value === name)?.value;
}
