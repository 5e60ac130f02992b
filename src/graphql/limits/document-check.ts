// Whether a document may be validated at all: validating and running a large one is what an attack costs.
import { type DocumentNode, GraphQLError, parse } from 'graphql';
import { LRUCache } from 'lru-cache';
import { AppError } from '../../domain/errors.js';
import { memoryOfText } from '../../domain/memory-of.js';
import { type DocumentLimits, MAX_NESTING, refuseLarger, tooLarge } from './limits.js';
import { measureDocument } from './measure.js';
import { mostRepeats } from './repeats.js';
import { refuseMoreTokens } from './tokens.js';

/** null: nothing against it, as far as its size goes. */
export type DocumentCheck = (text: string) => AppError | null;

/** The standard introspection query of the tools has 15. */
const INTROSPECTION_DEPTH = 20;
const ENTRY_OVERHEAD_BYTES = 200;

/** `maxBytes`: of texts that passed, so that a query that comes again is not parsed again for this. */
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
      // Too many fragments in a chain for the stack.
      if (error instanceof RangeError) return tooLarge('nesting', MAX_NESTING, MAX_NESTING + 1);
      throw error;
    }
  };
}

function refuseLargerDocument(document: DocumentNode, limits: DocumentLimits): void {
  const all = { ...limits, introspectionDepth: INTROSPECTION_DEPTH, nesting: MAX_NESTING };
  // Before any of them is measured: each has fragments of its own to walk.
  const operations = document.definitions.filter(({ kind }) => kind === 'OperationDefinition');
  refuseLarger(all, { operations: operations.length });
  refuseLarger(all, measureDocument(document));
  refuseLarger(limits, { repeats: mostRepeats(document, limits.fields) });
}

/** null: what is wrong with its syntax, Apollo tells. */
function parsed(text: string): DocumentNode | null {
  try {
    return parse(text, { noLocation: true });
  } catch (error) {
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}
