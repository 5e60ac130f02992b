// The price, without a walk, of the usual query of pages: items by one id each. For any nesting, any variables
// and any fields left out, each item takes at most two calls: one for it and one for its model.
import type { DocumentNode, SelectionSetNode } from 'graphql';
import { fragmentsOf } from '../selection.js';
import { RULES } from './rules.js';

const SINGLE: ReadonlySet<string> = new Set([
  ...['Query.model', 'Query.node', 'Query.modelVersion'],
  ...['Model.version', 'ModelVersion.model'],
]);
const CALLS_PER_READ = 2;

/** The number of calls that a field may make, by its name alone; the newest version comes with its model. */
const CALLS: ReadonlyMap<string, number> = new Map([
  ...Object.keys(RULES)
    .filter((coordinate) => coordinate !== 'Model.latestVersion')
    .map((coordinate): [string, number] => [
      coordinate.split('.')[1] ?? '',
      SINGLE.has(coordinate) ? CALLS_PER_READ : Number.POSITIVE_INFINITY,
    ]),
  ['_entities', Number.POSITIVE_INFINITY],
]);

/** The most calls that its operations make; infinite: they read lists or references. */
export function mostSingleReads(document: DocumentNode): number {
  const fragments = fragmentsOf(document);
  const counted = new Map<string, number>();

  /** Validation has refused every fragment that leads to itself. */
  function callsOfFragment(name: string): number {
    const known = counted.get(name) ?? callsBelow(fragments[name]?.selectionSet);
    counted.set(name, known);
    return known;
  }

  function callsBelow(selectionSet: SelectionSetNode | undefined): number {
    let calls = 0;
    for (const selection of selectionSet?.selections ?? []) {
      if (selection.kind === 'FragmentSpread') {
        calls += callsOfFragment(selection.name.value);
        continue;
      }
      if (selection.kind === 'Field') calls += CALLS.get(selection.name.value) ?? 0;
      calls += callsBelow(selection.selectionSet);
    }
    return calls;
  }

  let calls = 0;
  for (const definition of document.definitions) {
    if (definition.kind === 'OperationDefinition') calls += callsBelow(definition.selectionSet);
  }
  return calls;
}
