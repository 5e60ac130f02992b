// Runs an operation that was compiled, without Apollo where Apollo would add nothing; what it does not
// cover it leaves to Apollo, with the same loaders, so that nothing is asked twice.
import {
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql';
import { type MaybePromise, whenThere } from '../../domain/maybe-promise.js';
import type { Context } from '../context.js';
import { type PricingOptions, priceContextOf } from '../price/pricing.js';
import { createIsAffordable } from './affordable.js';
import { resolversOf } from './compilation.js';
import { createCompiledOperations } from './compiled-operations.js';
import type { DocumentStore } from './document-store.js';
import type { Run } from './run.js';
import { createTextMemory } from './text-memory.js';

export interface PreparedRequest {
  readonly query: string;
  readonly operationName: string | undefined;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Requests of equal texts are equal in all of the above. */
  readonly text: string;
}

export interface PreparedResult {
  /** JSON. */
  readonly data: string;
  readonly operation: OperationDefinitionNode;
  readonly selectsMeta: boolean;
}

/** null: Apollo runs it. */
export type RunPrepared = (
  request: PreparedRequest,
  context: Context,
) => MaybePromise<PreparedResult | null>;

export interface RunPreparedOptions {
  /** Nobody else has changed it yet. */
  readonly schema: GraphQLSchema;
  readonly documents: DocumentStore;
  readonly pricing: Pick<PricingOptions, 'limits' | 'callsPerOperation'>;
}

export function createRunPrepared({ schema, documents, pricing }: RunPreparedOptions): RunPrepared {
  const operations = createCompiledOperations({ schema, resolvers: resolversOf(schema) });
  const isAffordable = createIsAffordable(schema, pricing.callsPerOperation);
  const texts = createTextMemory();

  /** null: it is not covered. */
  function prepare({ query, operationName, variables: sent, text }: PreparedRequest) {
    const prepared = documents.byText(query);
    const operation = prepared && getOperationAST(prepared.document, operationName);
    if (!operation) return null;
    const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], sent);
    const compiled = coerced && operations.of(prepared, operation, coerced);
    if (!compiled) return null;
    const priced = { document: prepared.document, operation, variables: sent, text };
    return { prepared, operation, coerced, compiled, priced };
  }

  return (request, context) => {
    const ready = prepare(request);
    const { call, pageCaps } = context;
    if (
      !ready ||
      !isAffordable(ready.priced, priceContextOf(pageCaps, call.caller, pricing.limits))
    )
      return null;
    const { prepared, operation, coerced, compiled } = ready;
    const run: Run = {
      ...{ context, variables: coerced, texts, infos: [] },
      ...{ isUnusual: false, isWithin: false },
    };
    return whenThere(compiled.write(undefined, run), (data) => {
      if (!run.isUnusual) return { data, operation, selectsMeta: prepared.selectsMeta };
      // Apollo asks for all of it once more.
      call.selections.count = 0;
      return null;
    });
  };
}
