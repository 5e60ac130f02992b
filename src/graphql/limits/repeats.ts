// Counts how often a document selects one field at one place: validation compares each such selection with every
// other, so that a few hundred of them cost more than all the rest. It merges as the executor does. Pure.
import type { DocumentNode, FieldNode, SelectionNode, SelectionSetNode } from 'graphql';
import { fragmentsOf, type SelectionScope } from '../selection.js';
import { tooLarge } from './limits.js';

/** Throws QUERY_TOO_COMPLEX after `maxFields`: a document that measures less has a circle of fragments. */
export function mostRepeats(document: DocumentNode, maxFields: number): number {
  const fragments = fragmentsOf(document);
  const spread = new Set<string>();
  let most = 0;
  const scope = { fragments, spread, maxFields };
  for (const definition of document.definitions) {
    if (definition.kind !== 'OperationDefinition') continue;
    most = Math.max(most, repeatsBelow([[definition.selectionSet]], scope));
  }
  // Fragments that no operation spreads are validated as well. All of them together count as one operation:
  // they may spread each other, and would be walked once for each pair.
  const unused = Object.entries(fragments).filter(([name]) => !spread.has(name));
  const below = unused.map(([, { selectionSet }]) => [selectionSet]);
  return Math.max(most, repeatsBelow(below, scope));
}

interface Scope {
  readonly fragments: SelectionScope['fragments'];
  /** Names of the fragments that were met. */
  readonly spread: Set<string>;
  readonly maxFields: number;
}

function repeatsBelow(roots: readonly (readonly SelectionSetNode[])[], scope: Scope): number {
  const levels = [...roots];
  let most = 0;
  let fields = 0;
  for (let level = levels.pop(); level !== undefined; level = levels.pop()) {
    for (const nodes of byResponseKey(level, scope)) {
      most = Math.max(most, nodes.length);
      fields += nodes.length;
      if (fields > scope.maxFields) throw tooLarge('fields', scope.maxFields, fields);
      const below = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (below.length > 0) levels.push(below);
    }
  }
  return most;
}

/** A fragment counts once at one place, however often it is spread there. */
function byResponseKey(sets: readonly SelectionSetNode[], scope: Scope): Iterable<FieldNode[]> {
  const groups = new Map<string, FieldNode[]>();
  const spread = new Set<string>();

  function collect(selections: readonly SelectionNode[]): void {
    for (const selection of selections) {
      if (selection.kind === 'Field') add((selection.alias ?? selection.name).value, selection);
      else if (selection.kind === 'InlineFragment') collect(selection.selectionSet.selections);
      else collectFragment(selection.name.value);
    }
  }

  function add(key: string, field: FieldNode): void {
    const group = groups.get(key);
    if (group) group.push(field);
    else groups.set(key, [field]);
  }

  function collectFragment(name: string): void {
    if (spread.has(name)) return;
    spread.add(name);
    scope.spread.add(name);
    collect(scope.fragments[name]?.selectionSet.selections ?? []);
  }

  for (const { selections } of sets) collect(selections);
  return groups.values();
}
