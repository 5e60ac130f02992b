// Compiled operations, bounded, each for one choice of the fields that @skip and @include leave out. They run without
// Apollo where Apollo would add nothing.
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { AppError } from '../domain/errors.js';
import type { Context } from '../graphql/context.js';
import { bytesOf } from '../graphql/document-store.js';
import { coerceVariables, type VariableValues } from '../graphql/limits/coerce-variables.js';
import { refuseTooLate } from '../graphql/pricing/deadline.js';
import { refuseBeyond } from '../graphql/pricing/priced-call.js';
import { type PricingOptions, priceContextOf } from '../graphql/pricing/pricing.js';
import { createPriceOperation, type PriceableOperation } from '../graphql/pricing/walk.js';
import type { Turns } from '../graphql/turns.js';
import { memoryOfText } from '../lib/memory.js';
import {
  type CompiledOperation,
  type CompileParts,
  compileOperation,
  UnsupportedOperation,
} from './compile-operation.js';
import type { CoveredRequest } from './covered-request.js';
import { fieldSourcesOf } from './safe-resolvers.js';
import type { Run } from './writers.js';

export interface CompiledOperationsOptions {
  /** Not yet changed by other code. */
  readonly schema: GraphQLSchema;
  readonly pricing: Pick<PricingOptions, 'limits' | 'callsPerOperation'>;
  readonly turns: Turns;
  readonly maxBytes: number;
}

export type RunOutcome =
  | {
      readonly kind: 'answered';
      /** JSON. */
      readonly data: string;
      readonly document: DocumentNode;
      readonly operation: OperationDefinitionNode;
    }
  | { readonly kind: 'not_covered' };

export interface CompiledOperations {
  run(request: CoveredRequest, context: Context): Promise<RunOutcome>;
  /** Notes that Apollo has answered the request: the document has passed validation. */
  note(request: CoveredRequest, document: DocumentNode): void;
}

/** Compiling a document that does not come again is not worth its cost. */
const USES_BEFORE = 5;
const BYTES_PER_FIELD = 600;

const NOT_COVERED: RunOutcome = { kind: 'not_covered' };

interface KnownDocument {
  readonly document: DocumentNode;
  /** The variables that decide which fields @skip and @include leave out. */
  readonly switches: readonly string[];
  /** By name and values of the switches. */
  readonly operations: Map<string, CompiledOperation | 'unsupported'>;
  uses: number;
  bytes: number;
}

export function createCompiledOperations(options: CompiledOperationsOptions): CompiledOperations {
  const { schema, pricing, turns, maxBytes } = options;
  const parts = { schema, sources: fieldSourcesOf(schema) };
  const priceOperation = createPriceOperation(schema);
  const documents = new LRUCache<string, KnownDocument>({ maxSize: maxBytes });

  function keep(name: string, known: KnownDocument): void {
    documents.set(name, known, { size: known.bytes + memoryOfText(name) });
  }

  function compiledFor(
    name: string,
    known: KnownDocument,
    operation: OperationDefinitionNode,
    variables: VariableValues,
  ): CompiledOperation | 'unsupported' {
    const key = choiceOf(known, operation, variables);
    const earlier = known.operations.get(key);
    if (earlier !== undefined) return earlier;
    const switches = switchValues(known, variables);
    const compiled = tryToCompile(parts, known.document, operation, switches);
    known.operations.set(key, compiled);
    const fields = compiled === 'unsupported' ? 1 : compiled.fields;
    known.bytes += memoryOfText(key) + fields * BYTES_PER_FIELD;
    keep(name, known);
    return compiled;
  }

  async function refuseByPrice(operation: PriceableOperation, context: Context): Promise<void> {
    const { call, pageCaps, estimates, now } = context;
    const pricedIn = priceContextOf(pageCaps, call.caller, pricing.limits);
    const calls = priceOperation(operation, pricedIn);
    refuseBeyond(pricing.callsPerOperation, calls);
    await refuseTooLate(calls, estimates, call, now);
  }

  return {
    async run({ document: name, operationName, variables }, context) {
      const known = documents.get(name);
      if (known === undefined || known.uses < USES_BEFORE) return NOT_COVERED;
      const { document } = known;
      const operation = getOperationAST(document, operationName);
      // Only queries are compiled, and a GET may run only queries.
      if (operation?.operation !== 'query') return NOT_COVERED;
      return unlessRefused(async () => {
        const coerced = coerceVariables(schema, operation, variables);
        const compiled = compiledFor(name, known, operation, coerced);
        if (compiled === 'unsupported') return NOT_COVERED;
        await refuseByPrice({ document, operation, coerced }, context);
        const run: Run = { context, variables: coerced, turns, calls: [], bailOut: null };
        const data = await compiled.write(undefined, run);
        if (run.bailOut === null) return { kind: 'answered', data, document, operation };
        const key = choiceOf(known, operation, coerced);
        if (run.bailOut === 'unsupported') known.operations.set(key, 'unsupported');
        // Apollo selects all of it once more.
        context.call.selections.count = 0;
        context.size.reset();
        return NOT_COVERED;
      });
    },

    note({ document: name }, document) {
      const known = documents.get(name);
      if (known !== undefined) {
        known.uses += 1;
        return;
      }
      const switches = switchesOf(document);
      const bytes = bytesOf(document);
      keep(name, { document, switches, operations: new Map(), uses: 1, bytes });
    },
  };
}

/** Apollo repeats the check that has refused the operation, and reports it. */
async function unlessRefused(run: () => Promise<RunOutcome>): Promise<RunOutcome> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof AppError) return NOT_COVERED;
    throw error;
  }
}

function choiceOf(
  { switches }: KnownDocument,
  { name }: OperationDefinitionNode,
  variables: VariableValues,
): string {
  const values = switches.map((variable) => String(variables[variable]));
  return [name?.value ?? '', ...values].join();
}

/** A compiled operation holds these alone: the other variables of a request may be a megabyte. */
function switchValues({ switches }: KnownDocument, variables: VariableValues): VariableValues {
  const given = switches.filter((name) => Object.hasOwn(variables, name));
  return Object.fromEntries(given.map((name) => [name, variables[name]]));
}

function switchesOf(document: DocumentNode): string[] {
  const switches = new Set<string>();
  visit(document, {
    Directive({ arguments: given = [] }) {
      for (const { value } of given) {
        if (value.kind === 'Variable') switches.add(value.name.value);
      }
    },
  });
  return [...switches];
}

function tryToCompile(
  parts: CompileParts,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: VariableValues,
): CompiledOperation | 'unsupported' {
  try {
    return compileOperation(parts, document, operation, variables);
  } catch (error) {
    if (error instanceof UnsupportedOperation || error instanceof GraphQLError)
      return 'unsupported';
    throw error;
  }
}
