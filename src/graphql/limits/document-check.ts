// Decides whether a document may be validated at all: an attack makes the server validate and run a large one. It
// measures the sizes with each fragment measured once, however often it is spread, so that measuring costs no more than
// parsing did.
import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  Lexer,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  Source,
  TokenKind,
} from 'graphql';
import { AppError } from '../../domain/errors.js';
import type { DocumentStore } from '../document-store.js';
import { byResponseKey, flattened, fragmentsOf, type SelectionScope } from '../selection.js';
import { type DocumentLimits, MAX_NESTING, refuseLarger, tooLarge } from './limits.js';

/** null: the size of the document is within the limits. */
export type DocumentCheck = (text: string) => AppError | null;

/** The standard introspection query of the tools has a depth of 15. */
const INTROSPECTION_DEPTH = 20;

/** A text in the store is not checked again. */
export function createDocumentCheck(
  limits: DocumentLimits,
  store: Pick<DocumentStore, 'hasText'>,
): DocumentCheck {
  return (text) => {
    if (store.hasText(text)) return null;
    try {
      refuseMoreTokens(text, limits.tokens);
      const document = parsed(text);
      if (document !== null) refuseLargerDocument(document, limits);
      return null;
    } catch (error) {
      if (error instanceof AppError) return error;
      // The chain of fragments is too long for the stack.
      if (error instanceof RangeError) return tooLarge('nesting', MAX_NESTING, MAX_NESTING + 1);
      throw error;
    }
  };
}

function refuseLargerDocument(document: DocumentNode, limits: DocumentLimits): void {
  const all = { ...limits, introspectionDepth: INTROSPECTION_DEPTH, nesting: MAX_NESTING };
  // The operations are counted before any of them is measured: each has fragments of its own to walk.
  const operations = document.definitions.filter(({ kind }) => kind === 'OperationDefinition');
  refuseLarger(all, { operations: operations.length });
  refuseLarger(all, measureDocument(document));
  refuseLarger(limits, { repeats: mostRepeats(document, limits.fields) });
}

/** null: the syntax is wrong, which Apollo reports. */
function parsed(text: string): DocumentNode | null {
  try {
    return parse(text, { noLocation: true });
  } catch (error) {
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}

const OPENING: ReadonlySet<string> = new Set([
  TokenKind.BRACE_L,
  TokenKind.BRACKET_L,
  TokenKind.PAREN_L,
]);
const CLOSING: ReadonlySet<string> = new Set([
  TokenKind.BRACE_R,
  TokenKind.BRACKET_R,
  TokenKind.PAREN_R,
]);

/**
 * Reads the tokens before anything parses them: a parser calls itself for each bracket. Throws QUERY_TOO_COMPLEX at the
 * first token or bracket too many. The parser reports text that is not a token.
 */
function refuseMoreTokens(text: string, maxTokens: number): void {
  const lexer = new Lexer(new Source(text));
  let nesting = 0;
  for (let tokens = 0; nextKind(lexer) !== TokenKind.EOF; tokens += 1) {
    if (tokens >= maxTokens) throw tooLarge('tokens', maxTokens, tokens + 1);
    const { kind } = lexer.token;
    if (OPENING.has(kind)) nesting += 1;
    if (CLOSING.has(kind)) nesting -= 1;
    if (nesting > MAX_NESTING) throw tooLarge('nesting', MAX_NESTING, nesting);
  }
}

function nextKind(lexer: Lexer): TokenKind {
  try {
    return lexer.advance().kind;
  } catch (error) {
    if (error instanceof GraphQLError) return TokenKind.EOF;
    throw error;
  }
}

const NOTHING = {
  nesting: 0,
  depth: 0,
  introspectionDepth: 0,
  aliases: 0,
  rootFields: 0,
  directives: 0,
  fields: 0,
};

export type DocumentMeasures = Readonly<typeof NOTHING>;

interface Measure {
  /** Of one selection, from the measures of the selections below it. */
  readonly of: (selection: SelectionNode, below: DocumentMeasures) => number;
  /** Of several selections. */
  readonly join: (one: number, other: number) => number;
}

/** Fragments that spread each other double the count at each step, up to numbers that JSON cannot represent. */
const sum = (one: number, other: number) => Math.min(one + other, Number.MAX_SAFE_INTEGER);

const MEASURES: { readonly [Name in keyof DocumentMeasures]: Measure } = {
  nesting: { of: (_, below) => below.nesting + 1, join: Math.max },
  depth: {
    of: (selection, below) => (isMeta(selection) ? 0 : below.depth + fieldsOf(selection)),
    join: Math.max,
  },
  introspectionDepth: {
    of: (selection, below) =>
      isMeta(selection)
        ? Math.max(below.depth, below.introspectionDepth) + 1
        : below.introspectionDepth,
    join: Math.max,
  },
  aliases: { of: (selection, below) => below.aliases + aliasesOf(selection), join: sum },
  rootFields: {
    of: (selection, below) => fieldsOf(selection) || below.rootFields,
    join: sum,
  },
  directives: {
    of: (selection, below) => below.directives + countDirectives([selection]),
    join: sum,
  },
  fields: { of: (selection, below) => below.fields + fieldsOf(selection), join: sum },
};

const isMeasure = (name: string): name is keyof DocumentMeasures => name in MEASURES;
const NAMES = Object.keys(MEASURES).filter(isMeasure);

function isMeta(selection: SelectionNode): boolean {
  if (selection.kind !== 'Field') return false;
  return selection.name.value === '__schema' || selection.name.value === '__type';
}

function fieldsOf({ kind }: SelectionNode): number {
  return kind === 'Field' ? 1 : 0;
}

function aliasesOf(selection: SelectionNode): number {
  return selection.kind === 'Field' && selection.alias ? 1 : 0;
}

function countDirectives(
  nodes: readonly { readonly directives?: readonly unknown[] | undefined }[],
): number {
  return nodes.reduce((total, { directives = [] }) => total + directives.length, 0);
}

/** The largest measures of its operations and its fragments: a fragment without a spread is validated, too. */
export function measureDocument(document: DocumentNode): DocumentMeasures {
  const measure = createMeasure(fragmentsOf(document));
  const largest = { ...NOTHING };
  for (const definition of document.definitions) {
    if (definition.kind !== 'FragmentDefinition' && definition.kind !== 'OperationDefinition')
      continue;
    const measured = measure(definition.selectionSet);
    if (definition.kind === 'FragmentDefinition') measured.rootFields = 0;
    else {
      const { variableDefinitions = [] } = definition;
      measured.directives += countDirectives([definition, ...variableDefinitions]);
    }
    for (const name of NAMES) largest[name] = Math.max(largest[name], measured[name]);
  }
  return largest;
}

function createMeasure(fragments: SelectionScope['fragments']) {
  const known = new Map<string, DocumentMeasures>();

  function measureSet({ selections }: SelectionSetNode): typeof NOTHING {
    const total = { ...NOTHING };
    for (const selection of selections) {
      const below = measureBelow(selection);
      for (const name of NAMES) {
        const { of, join } = MEASURES[name];
        total[name] = join(total[name], of(selection, below));
      }
    }
    return total;
  }

  function measureBelow(selection: SelectionNode): DocumentMeasures {
    if (selection.kind === 'FragmentSpread') return measureFragment(selection.name.value);
    return selection.selectionSet ? measureSet(selection.selectionSet) : NOTHING;
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

/**
 * How often the document selects one field at one place: validation compares each such selection with every other, so
 * that a few hundred of them cost more than all the rest. It merges as the executor does. Throws QUERY_TOO_COMPLEX after
 * `maxFields`: a document that measures less has a circle of fragments.
 */
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

interface RepeatScope {
  readonly fragments: SelectionScope['fragments'];
  /** Names of the fragments that were met. */
  readonly spread: Set<string>;
  readonly maxFields: number;
}

function repeatsBelow(roots: readonly (readonly SelectionSetNode[])[], scope: RepeatScope): number {
  const levels = [...roots];
  let most = 0;
  let fields = 0;
  for (let level = levels.pop(); level !== undefined; level = levels.pop()) {
    for (const nodes of byResponseKey(fieldsAt(level, scope)).values()) {
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
function* fieldsAt(sets: readonly SelectionSetNode[], scope: RepeatScope): Generator<FieldNode> {
  const spread = new Set<string>();
  for (const { selections } of sets) yield* flattened(selections, scope.fragments, spread);
  for (const name of spread) scope.spread.add(name);
}
