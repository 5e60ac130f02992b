// Runs a compiled operation without Apollo where Apollo would add nothing; it leaves all other operations to
// Apollo, with the same loaders, so that nothing is requested twice.
import { type GraphQLSchema, getOperationAST, type OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { AppError } from '../../domain/errors.js';
import { type MaybePromise, whenThere } from '../../domain/maybe-promise.js';
import { memoryOfText } from '../../domain/memory-of.js';
import type { Context } from '../context.js';
import { coerceVariables, type VariableValues } from '../limits/coerce-variables.js';
import { mayBeTooLate } from '../pricing/deadline.js';
import { type PricingOptions, priceContextOf } from '../pricing/pricing.js';
import type { Turns } from '../turns.js';
import { createAffordability, type PricedRequest } from './affordable.js';
import { resolversOf } from './compilation.js';
import type { CompiledOperation } from './compile-operation.js';
import { createCompiledOperations } from './compiled-operations.js';
import type { DocumentStore } from './document-store.js';
import type { Run } from './run.js';
import { createTextMemory } from './text-memory.js';

export interface PreparedRequest {
  readonly query: string;
  readonly operationName: string | undefined;
  /** The variables as the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A request that is ready to run. */
export interface ReadyRequest {
  readonly operation: OperationDefinitionNode;
  readonly selectsMeta: boolean;
  readonly compiled: CompiledOperation;
  readonly priced: PricedRequest;
}

export interface RunPrepared {
  /** The request that was prepared before under this key. */
  recall(key: string): ReadyRequest | undefined;
  /** null: Apollo runs it. `key`: requests of equal keys are equal. */
  prepare(request: PreparedRequest, key: string): ReadyRequest | null;
  /** JSON as it goes over the wire; null: Apollo has to run it. */
  run(ready: ReadyRequest, context: Context): MaybePromise<string | null>;
}

export interface RunPreparedOptions {
  /** The schema, not yet changed by other code. */
  readonly schema: GraphQLSchema;
  readonly documents: DocumentStore;
  readonly pricing: Pick<PricingOptions, 'limits' | 'callsPerOperation'>;
  /** In bytes: for texts that are made of cached data, for requests that select it, and for operations. */
  readonly memory: Readonly<Record<'texts' | 'requests' | 'compiledOperations', number>>;
  /** Whether a request that comes again may skip the checks of its document. */
  readonly isRecalling: boolean;
  readonly turns: Turns;
}

/** A longer key lists ids, which differ each time: keeping it costs more than it saves. */
const MAX_RECALLED = 2000;
/**
 * Bytes of a request beside its key, whose texts are in its variables, too, and beside its compiled operation,
 * which is bounded where it is kept.
 */
const BYTES_PER_REQUEST = 400;
const BYTES_PER_VALUE = 100;

export function createRunPrepared(options: RunPreparedOptions): RunPrepared {
  const { schema, documents, pricing, memory, isRecalling, turns } = options;
  const { callsOf } = createAffordability(schema, pricing.callsPerOperation);
  const texts = createTextMemory(memory.texts);
  const known = new LRUCache<string, ReadyRequest>({
    maxSize: memory.requests,
    sizeCalculation: ({ priced }, key) =>
      2 * memoryOfText(key) + BYTES_PER_REQUEST + valuesIn(priced.coerced) * BYTES_PER_VALUE,
  });
  const parts = { schema, resolvers: resolversOf(schema) };
  const operations = createCompiledOperations(parts, memory.compiledOperations, () =>
    known.clear(),
  );

  return {
    recall: (key) => (isRecalling && key.length <= MAX_RECALLED ? known.get(key) : undefined),

    prepare({ query, operationName, variables }, key) {
      const prepared = documents.byText(query);
      const operation = prepared && getOperationAST(prepared.document, operationName);
      if (!operation) return null;
      // Only queries are compiled, and a GET may run only queries.
      if (operation.operation !== 'query') return null;
      const coerced = coercedOrNull(schema, operation, variables);
      const compiled = coerced && operations.of(prepared, operation, coerced);
      if (!compiled) return null;
      const { document, selectsMeta } = prepared;
      const priced = { document, operation, coerced, price: null };
      const ready = { operation, selectsMeta, compiled, priced };
      if (isRecalling && key.length <= MAX_RECALLED) known.set(key, ready);
      return ready;
    },

    run({ compiled, priced }, context) {
      const { call, pageCaps, estimates, now } = context;
      const pricedIn = priceContextOf(pageCaps, call.caller, pricing.limits);
      const calls = callsOf(priced, pricedIn);
      if (calls === null || mayBeTooLate(calls, estimates, call, now)) return null;
      const run: Run = {
        context,
        size: context.size,
        variables: priced.coerced,
        texts,
        turns,
        infos: [],
        needsFallback: false,
        isWithin: false,
      };
      return whenThere(compiled.write(undefined, run), (data) => {
        if (!run.needsFallback) return data;
        // Apollo selects all of it once more.
        call.selections.count = 0;
        context.size.reset();
        return null;
      });
    },
  };
}

/** null: Apollo refuses the variables. */
function coercedOrNull(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: VariableValues,
): VariableValues | null {
  try {
    return coerceVariables(schema, operation, variables);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

function valuesIn(json: unknown): number {
  if (typeof json !== 'object' || json === null) return 1;
  return Object.values(json).reduce<number>((sum, value) => sum + valuesIn(value), 1);
}
