// Reads a document's tokens before anything parses it: a parser calls itself for each bracket. Pure.
import { GraphQLError, Lexer, Source, TokenKind } from 'graphql';
import { MAX_NESTING, tooLarge } from './limits.js';

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

/** Throws QUERY_TOO_COMPLEX at the first token or bracket too many. The parser reports text that is not a token. */
export function refuseMoreTokens(text: string, maxTokens: number): void {
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
