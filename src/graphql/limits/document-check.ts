// Whether a document may be validated at all: validating and running a large one is what an attack costs.
import { type DocumentNode, GraphQLError, parse } from 'graphql';
import { LRUCache } from 'lru-cache';
import { AppError } from '../../domain/errors.js';
import { type DocumentLimits, refuseLarger, tooLarge } from './limits.js';
import { measureDocument } from './measure.js';
import { mostRepeats } from './repeats.js';

/** null: nothing against it, as far as its size goes. */
export type DocumentCheck = (text: string) => AppError | null;

/** The standard introspection query of the tools has 15. */
const INTROSPECTION_DEPTH = 20;
/** Texts that passed, so that a query that comes again is not parsed again for this. */
const MAX_CHARACTERS = 4 * 1024 * 1024;

export function createDocumentCheck(limits: DocumentLimits): DocumentCheck {
  const passed = new LRUCache<string, true>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (_, text) => text.length + 1,
  });
  return (text) => {
    if (passed.has(text)) return null;
    try {
      const document = parseWithin(text, limits.tokens);
      if (document !== null) refuseLargerDocument(document, limits);
      passed.set(text, true);
      return null;
    } catch (error) {
      if (error instanceof AppError) return error;
      // Too deep for the stack, which is deeper than any limit on it that makes sense.
      if (error instanceof RangeError) return tooLarge('depth', limits.depth, limits.depth + 1);
      throw error;
    }
  };
}

function refuseLargerDocument(document: DocumentNode, limits: DocumentLimits): void {
  const all = { ...limits, introspectionDepth: INTROSPECTION_DEPTH };
  refuseLarger(all, measureDocument(document));
  refuseLarger(limits, { repeats: mostRepeats(document, limits.fields) });
}

/** null: what is wrong with its syntax, Apollo tells. Throws QUERY_TOO_COMPLEX. */
function parseWithin(text: string, maxTokens: number): DocumentNode | null {
  try {
    return parse(text, { maxTokens, noLocation: true });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    // graphql-js gives it no code; it stops at the first token too many, so that more were not counted.
    const isTooLong = error.message.includes('Parsing aborted');
    if (isTooLong) throw tooLarge('tokens', maxTokens, maxTokens + 1);
    return null;
  }
}
