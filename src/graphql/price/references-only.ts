// The price, without a walk, of the usual query of gateways: references, below which nothing else is read.
// Each distinct reference is a call, so that the calls are never more than the references.
import { BREAK, type DocumentNode, type FieldNode, visit } from 'graphql';
import { RULES } from './rules.js';

/** Fields that may call upstream, by name alone; the newest version comes with its model. */
const ASKING: ReadonlySet<string> = new Set(
  Object.keys(RULES)
    .filter((coordinate) => coordinate !== 'Model.latestVersion')
    .map((coordinate) => coordinate.split('.')[1] ?? ''),
);

/** The variable that holds the references; null: the operation has to be priced. */
export function referencesOnly(document: DocumentNode): string | null {
  const found: (string | null)[] = [];
  let asksMore = false;
  visit(document, {
    Field(node) {
      if (node.name.value === '_entities') found.push(variableOf(node));
      asksMore ||= ASKING.has(node.name.value);
      return asksMore ? BREAK : undefined;
    },
  });
  return asksMore || found.length !== 1 ? null : (found[0] ?? null);
}

function variableOf({ arguments: given = [] }: FieldNode): string | null {
  const value = given.find(({ name }) => name.value === 'representations')?.value;
  return value?.kind === 'Variable' ? value.name.value : null;
}
