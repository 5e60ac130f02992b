// Decides whether a document may be validated at all: an attack makes the server validate and run a large one.
import { type DocumentNode, GraphQLError, Lexer, parse, Source, TokenKind } from 'graphql';
import { LRUCache } from 'lru-cache';
import { AppError } from '../../domain/errors.js';
import { memoryOfText } from '../../lib/memory.js';
import { type DocumentLimits, MAX_NESTING, refuseLarger, tooLarge } from './limits.js';
import { measureDocument, mostRepeats } from './measure.js';

/** null: the size of the document is within the limits. */
export type DocumentCheck = (text: string) => AppError | null;

/** The standard introspection query of the tools has a depth of 15. */
const INTROSPECTION_DEPTH = 20;
const ENTRY_OVERHEAD_BYTES = 200;

/** `maxBytes`: bound of the texts that passed, so that the check does not parse a repeated query again. */
export function createDocumentCheck(limits: DocumentLimits, maxBytes: number): DocumentCheck {
  const passed = new LRUCache<string, true>({
    maxSize: maxBytes,
    sizeCalculation: (_, text) => ENTRY_OVERHEAD_BYTES + memoryOfText(text),
  });
  return (text) => {
    if (passed.has(text)) return null;
    try {
      refuseMoreTokens(text, limits.tokens);
      const document = parsed(text);
      if (document !== null) refuseLargerDocument(document, limits);
      passed.set(text, true);
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
