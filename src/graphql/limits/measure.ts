// Measures a document before it is validated: each fragment once, however often it is spread, so that
// measuring costs no more than parsing did. Pure.
import type { DocumentNode, FieldNode, SelectionSetNode } from 'graphql';
import { fragmentsOf, type SelectionScope } from '../selection.js';
import type { Measured } from './limits.js';

export type DocumentMeasures = Readonly<
  Record<
    Extract<
      Measured,
      | 'nesting'
      | 'depth'
      | 'introspectionDepth'
      | 'aliases'
      | 'rootFields'
      | 'directives'
      | 'fields'
    >,
    number
  >
>;

const NOTHING: DocumentMeasures = {
  nesting: 0,
  depth: 0,
  introspectionDepth: 0,
  aliases: 0,
  rootFields: 0,
  directives: 0,
  fields: 0,
};

/** The largest measures of its operations and its fragments: a fragment without a spread is validated, too. */
export function measureDocument(document: DocumentNode): DocumentMeasures {
  const measure = createMeasure(fragmentsOf(document));
  return document.definitions.reduce((largest, definition) => {
    if (definition.kind === 'FragmentDefinition') {
      return larger(largest, { ...measure(definition.selectionSet), rootFields: 0 });
    }
    if (definition.kind !== 'OperationDefinition') return largest;
    const { selectionSet, directives = [], variableDefinitions = [] } = definition;
    const own = directives.length + countDirectives(variableDefinitions);
    const measured = measure(selectionSet);
    return larger(largest, { ...measured, directives: measured.directives + own });
  }, NOTHING);
}

function createMeasure(fragments: SelectionScope['fragments']) {
  const known = new Map<string, DocumentMeasures>();

  function measureSet({ selections }: SelectionSetNode): DocumentMeasures {
    return selections.reduce((total, selection) => {
      const directives = selection.directives?.length ?? 0;
      const inner =
        selection.kind === 'Field'
          ? measureField(selection)
          : selection.kind === 'InlineFragment'
            ? measureSet(selection.selectionSet)
            : measureFragment(selection.name.value);
      return sum(total, inner, directives);
    }, NOTHING);
  }

  function measureField({ name, alias, selectionSet }: FieldNode): DocumentMeasures {
    const below = selectionSet ? measureSet(selectionSet) : NOTHING;
    const isMeta = name.value === '__schema' || name.value === '__type';
    return {
      ...below,
      depth: isMeta ? 0 : below.depth + 1,
      introspectionDepth: isMeta
        ? Math.max(below.depth, below.introspectionDepth) + 1
        : below.introspectionDepth,
      aliases: below.aliases + (alias ? 1 : 0),
      rootFields: 1,
      fields: below.fields + 1,
    };
  }

  function measureFragment(name: string): DocumentMeasures {
    const found = known.get(name);
    if (found !== undefined) return found;
    // A fragment that spreads itself counts as empty inside itself: validation refuses it.
    known.set(name, NOTHING);
    const fragment = fragments[name];
    const measured = fragment ? measureSet(fragment.selectionSet) : NOTHING;
    known.set(name, measured);
    return measured;
  }

  return measureSet;
}

function countDirectives(
  nodes: readonly { readonly directives?: readonly unknown[] | undefined }[],
) {
  return nodes.reduce((total, { directives = [] }) => total + directives.length, 0);
}

function sum(
  left: DocumentMeasures,
  right: DocumentMeasures,
  directives: number,
): DocumentMeasures {
  return {
    nesting: Math.max(left.nesting, right.nesting + 1),
    depth: Math.max(left.depth, right.depth),
    introspectionDepth: Math.max(left.introspectionDepth, right.introspectionDepth),
    aliases: bounded(left.aliases + right.aliases),
    rootFields: bounded(left.rootFields + right.rootFields),
    directives: bounded(left.directives + right.directives + directives),
    fields: bounded(left.fields + right.fields),
  };
}

/** Fragments that spread each other double the count at each step, up to numbers that JSON cannot represent. */
function bounded(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}

function larger(left: DocumentMeasures, right: DocumentMeasures): DocumentMeasures {
  return {
    nesting: Math.max(left.nesting, right.nesting),
    depth: Math.max(left.depth, right.depth),
    introspectionDepth: Math.max(left.introspectionDepth, right.introspectionDepth),
    aliases: Math.max(left.aliases, right.aliases),
    rootFields: Math.max(left.rootFields, right.rootFields),
    directives: Math.max(left.directives, right.directives),
    fields: Math.max(left.fields, right.fields),
  };
}
