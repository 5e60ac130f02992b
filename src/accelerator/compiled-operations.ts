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
import { AppError } from '../domain/errors.js';
import { inSpan } from '../domain/span.js';
import type { Context } from '../graphql/context.js';
import { bytesOf } from '../graphql/document-store.js';
import { coerceVariables, type VariableValues } from '../graphql/limits/coerce-variables.js';
import type { Pricing } from '../graphql/pricing/pricing.js';
import type { Turns } from '../graphql/turns.js';
import { measuredLru } from '../lib/measured-lru.js';
import { memoryOfText } from '../lib/memory.js';
import {
  type CompiledOperation,
  compileOperation,
  type Run,
  UnsupportedOperation,
} from './compile-operation.js';
import type { CoveredRequest } from './covered-request.js';
import { type Resolvers, resolversOf } from './safe-resolvers.js';

export interface CompiledOperationsOptions {
  /** Not yet changed by other code. */
  readonly schema: GraphQLSchema;
  readonly pricing: Pricing;
  readonly turns: Turns;
  readonly maxBytes: number;
}

export type RunOutcome =
  | {
      readonly kind: 'answered';
      /** JSON. */
      readonly data: string;
      readonly contentType: string;
      readonly operationName: string | undefined;
      readonly document: DocumentNode;
    }
  | { readonly kind: 'left_to_apollo' };

/** Compiling a document that does not come again is not worth its cost. */
const USES_BEFORE = 5;
const BYTES_PER_FIELD = 600;

const LEFT_TO_APOLLO: RunOutcome = { kind: 'left_to_apollo' };

interface KnownDocument {
  readonly document: DocumentNode;
  /** The type that Apollo has chosen. */
  readonly contentType: string;
  /** The variables that decide which fields @skip and @include leave out. */
  readonly switches: readonly string[];
  /** By name and values of the switches. */
  readonly operations: Map<string, CompiledOperation | 'unsupported'>;
  readonly uses: number;
  readonly bytes: number;
}

export class CompiledOperations {
  readonly #options: CompiledOperationsOptions;
  readonly #resolvers: Resolvers;
  readonly #documents;
  readonly use;

  constructor(options: CompiledOperationsOptions) {
    this.#options = options;
    this.#resolvers = resolversOf(options.schema);
    const { entries, use } = measuredLru<KnownDocument>({
      maxSize: options.maxBytes,
      sizeCalculation: ({ bytes }, key) => bytes + memoryOfText(key),
    });
    this.#documents = entries;
    this.use = use;
  }

  async run(request: CoveredRequest, context: Context): Promise<RunOutcome> {
    const key = keyOf(request);
    const known = this.#documents.get(key);
    if (known === undefined || known.uses < USES_BEFORE) return LEFT_TO_APOLLO;
    try {
      return await this.#runKnown(key, known, request, context);
    } catch (error) {
      // Apollo repeats the check that has refused the operation, and reports it.
      if (error instanceof AppError) return LEFT_TO_APOLLO;
      throw error;
    }
  }

  /** Notes that Apollo has answered the request: the document has passed validation. */
  note(request: CoveredRequest, document: DocumentNode, contentType: string): void {
    const key = keyOf(request);
    const known = this.#documents.get(key) ?? {
      document,
      contentType,
      switches: switchesOf(document),
      operations: new Map(),
      uses: 0,
      bytes: bytesOf(document),
    };
    this.#documents.set(key, { ...known, uses: known.uses + 1 });
  }

  async #runKnown(
    key: string,
    known: KnownDocument,
    { operationName, variables }: CoveredRequest,
    context: Context,
  ): Promise<RunOutcome> {
    const { schema, turns, pricing } = this.#options;
    const { document, contentType } = known;
    const operation = getOperationAST(document, operationName);
    // Only queries are compiled, and a GET may run only queries.
    if (operation?.operation !== 'query') return LEFT_TO_APOLLO;
    const coerced = coerceVariables(schema, operation, variables);
    const switches = switchValues(known, coerced);
    const compiled = this.#compiledFor(key, known, operation, switches);
    if (compiled === 'unsupported') return LEFT_TO_APOLLO;
    await inSpan(context.call.span, 'pricing', () =>
      pricing.refuseByPrice({ document, operation, coerced }, context),
    );
    const run: Run = { context, variables: coerced, turns, bailOut: null };
    const data = await compiled.write(undefined, run);
    if (run.bailOut === null) {
      const { name } = operation;
      return { kind: 'answered', data, contentType, operationName: name?.value, document };
    }
    if (run.bailOut === 'unsupported') {
      known.operations.set(choiceOf(operation, switches), 'unsupported');
    }
    // Apollo selects all of it once more.
    context.call.selections.count = 0;
    context.size.reset();
    return LEFT_TO_APOLLO;
  }

  #compiledFor(
    key: string,
    known: KnownDocument,
    operation: OperationDefinitionNode,
    switches: VariableValues,
  ): CompiledOperation | 'unsupported' {
    const { document, operations } = known;
    const choice = choiceOf(operation, switches);
    const earlier = operations.get(choice);
    if (earlier !== undefined) return earlier;
    const { schema } = this.#options;
    const compiled = unlessUnsupported(() =>
      compileOperation(schema, this.#resolvers, document, operation, switches),
    );
    operations.set(choice, compiled);
    const fields = compiled === 'unsupported' ? 1 : compiled.fields;
    const bytes = known.bytes + memoryOfText(choice) + fields * BYTES_PER_FIELD;
    this.#documents.set(key, { ...known, bytes });
    return compiled;
  }
}

function keyOf({ mediaType, document }: CoveredRequest): string {
  return `${mediaType}\n${document}`;
}

function choiceOf({ name }: OperationDefinitionNode, switches: VariableValues): string {
  return [name?.value ?? '', ...Object.values(switches)].join();
}

/** A compiled operation holds these alone: the other variables of a request may be a megabyte. */
function switchValues({ switches }: KnownDocument, variables: VariableValues): VariableValues {
  return Object.fromEntries(switches.map((name) => [name, variables[name]]));
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

function unlessUnsupported(compile: () => CompiledOperation): CompiledOperation | 'unsupported' {
  try {
    return compile();
  } catch (error) {
    if (error instanceof UnsupportedOperation || error instanceof GraphQLError)
      return 'unsupported';
    throw error;
  }
}
