// The fields of an object that a query selects, so that only requested data is read.
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
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

/** Whether only these fields are selected, for which no call is made: `exceptFor` of the mark in the schema. */
export function isKeyEnough(info: GraphQLResolveInfo, exceptFor: readonly string[]): boolean {
  return [...selectedFields(info)].every(
    (name) => name === '__typename' || exceptFor.includes(name),
  );
}

export function namesBelow(
  nodes: readonly FieldNode[],
  scope: SelectionScope,
  typeName?: string,
): ReadonlySet<string> {
  return new Set([...fieldsBelow(nodes, scope, typeName)].map(({ name }) => name.value));
}

/**
 * The fields selected below these nodes, in order; those of one response key may come several times. The executor reports
 * a wrong condition at its place, so that it counts as true; with `isIncluded`, it throws a GraphQLError.
 */
export function* fieldsBelow(
  nodes: Iterable<Pick<FieldNode, 'selectionSet'>>,
  scope: SelectionScope,
  typeName?: string,
  isTaken = isIncludedOrWrong,
): Generator<FieldNode> {
  const spread = new Set<string>();
  const isSelected = (node: Selection) => isTaken(node, scope) && applies(node, scope, typeName);
  for (const { selectionSet } of nodes) {
    yield* flattened(selectionSet?.selections ?? [], scope.fragments, spread, isSelected);
  }
}

type Selection = SelectionNode | FragmentDefinitionNode;

/**
 * The fields of these selections, with fragments put where they are spread. A fragment that is spread twice adds nothing
 * the second time, and fragments could double for ever: `spread` names those that were met.
 */
export function* flattened(
  selections: readonly SelectionNode[],
  fragments: SelectionScope['fragments'],
  spread: Set<string>,
  isSelected: (node: Selection) => boolean = () => true,
): Generator<FieldNode> {
  for (const selection of selections) {
    if (!isSelected(selection)) continue;
    if (selection.kind === 'Field') {
      yield selection;
      continue;
    }
    const isInline = selection.kind === 'InlineFragment';
    const fragment = isInline ? selection : spreadOf(selection, fragments, spread);
    if (fragment && isSelected(fragment)) {
      yield* flattened(fragment.selectionSet.selections, fragments, spread, isSelected);
    }
  }
}

function spreadOf(
  { name }: FragmentSpreadNode,
  fragments: SelectionScope['fragments'],
  spread: Set<string>,
) {
  if (spread.has(name.value)) return undefined;
  spread.add(name.value);
  return fragments[name.value];
}

/** In order of the first field of each key. */
export function byResponseKey(
  fields: Iterable<FieldNode>,
): Map<string, [FieldNode, ...FieldNode[]]> {
  const groups = new Map<string, [FieldNode, ...FieldNode[]]>();
  for (const field of fields) {
    const key = (field.alias ?? field.name).value;
    const group = groups.get(key);
    if (group) group.push(field);
    else groups.set(key, [field]);
  }
  return groups;
}

/** Throws a GraphQLError for a wrong condition. */
export function isIncluded(node: Selection, { variableValues }: SelectionScope) {
  if (!node.directives?.length) return true;
  const skip = getDirectiveValues(GraphQLSkipDirective, node, variableValues);
  const include = getDirectiveValues(GraphQLIncludeDirective, node, variableValues);
  return skip?.if !== true && include?.if !== false;
}

function isIncludedOrWrong(node: Selection, scope: SelectionScope): boolean {
  try {
    return isIncluded(node, scope);
  } catch {
    return true;
  }
}

/** Whether the type condition of a fragment is true of this type. */
function applies(
  node: Selection,
  { schema }: SelectionScope,
  typeName: string | undefined,
): boolean {
  const condition = 'typeCondition' in node ? node.typeCondition?.name.value : undefined;
  if (condition === undefined || typeName === undefined || condition === typeName) return true;
  const abstract = schema.getType(condition);
  const concrete = schema.getType(typeName);
  return isAbstractType(abstract) && isObjectType(concrete) && schema.isSubType(abstract, concrete);
}
