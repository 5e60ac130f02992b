// Which fields of an object a query selects, so that nothing is read that nobody asked for.
import {
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  isAbstractType,
  isObjectType,
  type SelectionNode,
} from 'graphql';

/**
 * The names of the fields selected below `info`'s field, through fragments, without what @skip and
 * @include leave out. `typeName`: of an abstract type, only fragments on this type or its interfaces.
 */
export function selectedFields(info: GraphQLResolveInfo, typeName?: string): ReadonlySet<string> {
  const names = info.fieldNodes.flatMap((node) => [
    ...fieldNames(node.selectionSet?.selections ?? [], info, typeName),
  ]);
  return new Set(names);
}

function* fieldNames(
  selections: readonly SelectionNode[],
  info: GraphQLResolveInfo,
  typeName: string | undefined,
): Generator<string> {
  for (const selection of selections.filter((node) => isIncluded(node, info))) {
    if (selection.kind === 'Field') {
      yield selection.name.value;
      continue;
    }
    const fragment =
      selection.kind === 'FragmentSpread' ? info.fragments[selection.name.value] : selection;
    if (fragment && applies(fragment.typeCondition?.name.value, info, typeName)) {
      yield* fieldNames(fragment.selectionSet.selections, info, typeName);
    }
  }
}

function isIncluded(node: SelectionNode, { variableValues }: GraphQLResolveInfo): boolean {
  const skip = getDirectiveValues(GraphQLSkipDirective, node, variableValues);
  const include = getDirectiveValues(GraphQLIncludeDirective, node, variableValues);
  return skip?.if !== true && include?.if !== false;
}

function applies(
  condition: string | undefined,
  { schema }: GraphQLResolveInfo,
  typeName: string | undefined,
): boolean {
  if (condition === undefined || typeName === undefined || condition === typeName) return true;
  const abstract = schema.getType(condition);
  const concrete = schema.getType(typeName);
  return isAbstractType(abstract) && isObjectType(concrete) && schema.isSubType(abstract, concrete);
}
