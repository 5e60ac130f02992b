// Random documents without circles, and the measures of one by writing out each fragment where it is spread.
import fc from 'fast-check';
import { type DocumentNode, parse, type SelectionSetNode } from 'graphql';
import type { DocumentMeasures } from '../../../src/graphql/limits/document-check.js';

const FRAGMENTS = 4;

/** A fragment spreads only later ones. */
function selections(from: number, depth: number): fc.Arbitrary<string> {
  const name = fc.constantFrom('a', 'b', 'c', '__typename', '__schema', '__type');
  const alias = fc.constantFrom('', '', 'x: ', 'y: ');
  const directives = fc.constantFrom('', '', ' @p', ' @p @q');
  const field = (below: fc.Arbitrary<string>) =>
    fc.tuple(alias, name, directives, below).map((parts) => parts.join(''));
  const nested =
    depth === 0 ? fc.constant('') : fc.oneof(fc.constant(''), selections(from, depth - 1));
  const inline = fc.tuple(directives, selectionsOr(from, depth)).map(([d, s]) => `...${d} ${s}`);
  const spread = fc
    .tuple(fc.integer({ min: Math.min(from, FRAGMENTS - 1), max: FRAGMENTS - 1 }), directives)
    .map(([index, d]) => `...F${index}${d}`);
  const one = fc.oneof(
    { weight: 4, arbitrary: field(nested) },
    ...(depth > 0 ? [{ weight: 1, arbitrary: inline }] : []),
    ...(from < FRAGMENTS ? [{ weight: 2, arbitrary: spread }] : []),
  );
  return fc.array(one, { minLength: 1, maxLength: 4 }).map((all) => `{ ${all.join(' ')} }`);
}

function selectionsOr(from: number, depth: number): fc.Arbitrary<string> {
  return depth === 0 ? fc.constant('{ a }') : selections(from, depth - 1);
}

export const documents: fc.Arbitrary<DocumentNode> = fc
  .tuple(
    fc.array(selections(0, 3), { minLength: 1, maxLength: 2 }),
    fc.tuple(...Array.from({ length: FRAGMENTS }, (_, index) => selections(index + 1, 2))),
  )
  .map(([operations, fragments]) =>
    parse(
      [
        ...operations.map((body, index) => `query O${index}($v: Int @p) @q ${body}`),
        ...fragments.map((body, index) => `fragment F${index} on T ${body}`),
      ].join(' '),
    ),
  );

interface Visit {
  readonly depth: number;
  readonly introspectionDepth: number;
  readonly nesting: number;
}

export function measureNaively(document: DocumentNode): DocumentMeasures {
  const most = {
    nesting: 0,
    depth: 0,
    introspectionDepth: 0,
    aliases: 0,
    rootFields: 0,
    directives: 0,
    fields: 0,
  };
  for (const definition of document.definitions) {
    if (!('selectionSet' in definition)) continue;
    const isOperation = definition.kind === 'OperationDefinition';
    const own = { ...most, aliases: 0, rootFields: 0, directives: isOperation ? 2 : 0, fields: 0 };
    const root = { depth: 0, introspectionDepth: 0, nesting: 1 };
    visit(document, definition.selectionSet, root, true, own);
    if (!isOperation) own.rootFields = 0;
    for (const name of ['aliases', 'rootFields', 'directives', 'fields'] as const) {
      most[name] = Math.max(most[name], own[name]);
    }
    most.nesting = own.nesting;
    most.depth = own.depth;
    most.introspectionDepth = own.introspectionDepth;
  }
  return most;
}

type Counts = { -readonly [Name in keyof DocumentMeasures]: number };

function visit(
  document: DocumentNode,
  set: SelectionSetNode,
  at: Visit,
  isRoot: boolean,
  counts: Counts,
): void {
  counts.nesting = Math.max(counts.nesting, at.nesting);
  const below = { ...at, nesting: at.nesting + 1 };
  for (const selection of set.selections) {
    counts.directives += selection.directives?.length ?? 0;
    if (selection.kind === 'InlineFragment')
      visit(document, selection.selectionSet, below, isRoot, counts);
    if (selection.kind === 'FragmentSpread') {
      const fragment = document.definitions.find(
        (one) => one.kind === 'FragmentDefinition' && one.name.value === selection.name.value,
      );
      if (fragment && 'selectionSet' in fragment && fragment.selectionSet) {
        visit(document, fragment.selectionSet, below, isRoot, counts);
      }
    }
    if (selection.kind !== 'Field') continue;
    counts.fields += 1;
    if (selection.alias) counts.aliases += 1;
    if (isRoot) counts.rootFields += 1;
    const isMeta = selection.name.value === '__schema' || selection.name.value === '__type';
    // Below one of the two, levels count there and nowhere else.
    const isIntrospected = isMeta || at.introspectionDepth > 0;
    const here = isIntrospected
      ? { ...below, introspectionDepth: isMeta ? 1 : at.introspectionDepth + 1 }
      : { ...below, depth: at.depth + 1, introspectionDepth: 0 };
    if (isIntrospected)
      counts.introspectionDepth = Math.max(counts.introspectionDepth, here.introspectionDepth);
    else counts.depth = Math.max(counts.depth, here.depth);
    if (selection.selectionSet) visit(document, selection.selectionSet, here, false, counts);
  }
}
