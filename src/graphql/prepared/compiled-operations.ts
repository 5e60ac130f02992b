// The compiled operations, bounded, each for one choice of the fields that @skip and @include leave out.
import { GraphQLError, type OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { type CompileParts, UnsupportedOperation } from './compilation.js';
import { type CompiledOperation, compileOperation } from './compile-operation.js';
import { bytesOf, type Prepared } from './document-store.js';
import type { Variables } from './run.js';

export interface CompiledOperations {
  /** null: the ordinary executor runs it. */
  of(
    prepared: Prepared,
    operation: OperationDefinitionNode,
    variables: Variables,
  ): CompiledOperation | null;
}

/** Compiling a document that does not come again is not worth its cost. */
const HITS_BEFORE = 5;
const BYTES_PER_FIELD = 600;

/** `onForgotten`: the caller has to release the compiled operations that it holds, and with them the documents. */
export function createCompiledOperations(
  parts: CompileParts,
  maxBytes: number,
  onForgotten: () => void,
): CompiledOperations {
  const operations = new LRUCache<string, { readonly compiled: CompiledOperation | null }>({
    maxSize: maxBytes,
    dispose: onForgotten,
  });
  return {
    of(prepared, operation, variables) {
      if (prepared.hits < HITS_BEFORE) return null;
      const key = keyOf(prepared, operation, variables);
      const known = operations.get(key);
      if (known) return known.compiled;
      const compiled = tryToCompile(parts, prepared, operation, variables);
      const size = bytesOf(prepared.document) + (compiled?.fields ?? 0) * BYTES_PER_FIELD;
      operations.set(key, { compiled }, { size });
      return compiled;
    },
  };
}

function keyOf(
  { serial, switches }: Prepared,
  { name }: OperationDefinitionNode,
  variables: Variables,
) {
  const choice = switches.map((variable) => String(variables[variable])).join();
  return `${serial} ${name?.value ?? ''} ${choice}`;
}

function tryToCompile(
  parts: CompileParts,
  { document }: Prepared,
  operation: OperationDefinitionNode,
  variables: Variables,
): CompiledOperation | null {
  try {
    return compileOperation(parts, document, operation, variables);
  } catch (error) {
    if (error instanceof UnsupportedOperation || error instanceof GraphQLError) return null;
    throw error;
  }
}
