// The fields of an object that a query selects, so that only requested data is read.
import {
  type DocumentNode,
  type FieldNode,
  type FragmentSpreadNode,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  isAbstractType,
  isObjectType,
  type SelectionNode,
} from 'graphql';

/** The parts of an operation that decide which fields are selected. */
export type SelectionScope = Pick<GraphQLResolveInfo, 'schema' | 'fragments' | 'variableValues'>;

/** Fragments by name; without a prototype, since a query may use any name. */
export function fragmentsOf({ definitions }: DocumentNode): SelectionScope['fragments'] {
  const fragments: SelectionScope['fragments'] = Object.create(null);
  for (const definition of definitions) {
    if (definition.kind === 'FragmentDefinition') fragments[definition.name.value] = definition;
  }
  return fragments;
}

/**
 * The names of the fields selected below `info`'s field, through fragments, without what @skip and
 * @include leave out. `typeName`: of an abstract type, only fragments on this type or its interfaces.
 */
export function selectedFields(info: GraphQLResolveInfo, typeName?: string): ReadonlySet<string> {
  return namesBelow(info.fieldNodes, info, typeName);
}

export function namesBelow(
  nodes: readonly FieldNode[],
  scope: SelectionScope,
  typeName?: string,
): ReadonlySet<string> {
  return new Set([...fieldsBelow(nodes, scope, typeName)].map(({ name }) => name.value));
}

/** The fields selected below these nodes, in order; those of one response key may come several times. */
export function* fieldsBelow(
  nodes: readonly FieldNode[],
  scope: SelectionScope,
  typeName?: string,
): Generator<FieldNode> {
  const spread = new Set<string>();
  for (const { selectionSet } of nodes) {
    yield* fieldsOf(selectionSet?.selections ?? [], scope, typeName, spread);
  }
}

/** A fragment that is spread twice adds nothing the second time, and fragments could double for ever. */
export function* fieldsOf(
  selections: readonly SelectionNode[],
  scope: SelectionScope,
  typeName: string | undefined,
  spread: Set<string> = new Set(),
): Generator<FieldNode> {
  for (const selection of selections) {
    if (!isIncluded(selection, scope)) continue;
    if (selection.kind === 'Field') {
      yield selection;
      continue;
    }
    const fragment =
      selection.kind === 'InlineFragment' ? selection : spreadOf(selection, scope, spread);
    if (fragment && applies(fragment.typeCondition?.name.value, scope, typeName)) {
      yield* fieldsOf(fragment.selectionSet.selections, scope, typeName, spread);
    }
  }
}

function spreadOf({ name }: FragmentSpreadNode, scope: SelectionScope, spread: Set<string>) {
  if (spread.has(name.value)) return undefined;
  spread.add(name.value);
  return scope.fragments[name.value];
}

/** The executor reports a wrong condition at its place. */
function isIncluded(node: SelectionNode, { variableValues }: SelectionScope): boolean {
  if (!node.directives?.length) return true;
  try {
    const skip = getDirectiveValues(GraphQLSkipDirective, node, variableValues);
    const include = getDirectiveValues(GraphQLIncludeDirective, node, variableValues);
    return skip?.if !== true && include?.if !== false;
  } catch {
    return true;
  }
}

function applies(
  condition: string | undefined,
  { schema }: SelectionScope,
  typeName: string | undefined,
): boolean {
  if (condition === undefined || typeName === undefined || condition === typeName) return true;
  const abstract = schema.getType(condition);
  const concrete = schema.getType(typeName);
  return isAbstractType(abstract) && isObjectType(concrete) && schema.isSubType(abstract, concrete);
}
