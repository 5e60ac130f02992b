// Compiles an operation to closures that write its JSON: the selected fields are found once and not for each response.
// No code is made from a client's text. A written text is a string where nothing is awaited and a promise elsewhere: a
// promise for each field would cost more than the field. No such promise rejects.
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
} from 'graphql';
import { handleRejections } from '../graphql/bounded-execution.js';
import type { Context } from '../graphql/context.js';
import type { VariableValues } from '../graphql/limits/coerce-variables.js';
import { byResponseKey, fieldsBelow, fragmentsOf, isIncluded } from '../graphql/selection.js';
import type { Turns } from '../graphql/turns.js';
import { stringifyExactly } from '../lib/json.js';
import { type Resolvers, SAFE_ABSTRACT_TYPES, SAFE_RESOLVERS } from './safe-resolvers.js';

/** Fragments can expand a short text to a tree of any size. */
const MAX_FIELDS = 2000;

export interface Run {
  readonly context: Context;
  /** Coerced. */
  readonly variables: VariableValues;
  readonly turns: Turns;
  /** Not null: the text is thrown away, and Apollo runs the operation. */
  bailOut: BailOut | null;
}

/** `error`: a matter of this request. `unsupported`: the operation is not tried again. */
export type BailOut = 'error' | 'unsupported';

type Text = string | Promise<string>;
type Write = (value: unknown, run: Run) => Text;

export interface CompiledOperation {
  readonly write: Write;
  /** The number of field writers, which is the measure of its memory. */
  readonly fields: number;
}

/** Apollo runs the operation. */
export class UnsupportedOperation extends Error {
  override readonly name = 'UnsupportedOperation';
}

/** Throws UnsupportedOperation. The document has passed validation. `switches`: the variables of @skip and @include. */
export function compileOperation(
  schema: GraphQLSchema,
  resolvers: Resolvers,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  switches: VariableValues,
): CompiledOperation {
  const root = schema.getQueryType();
  if (operation.operation !== 'query' || !root) throw new UnsupportedOperation('not a query');
  const fragments = fragmentsOf(document);
  const variableValues = { ...switches };
  const scope = { schema, fragments, operation, rootValue: undefined, variableValues };
  const compiler = new Compiler(resolvers, scope);
  return { write: compiler.object(root, [operation]), fields: compiler.fields };
}

/** The parts of `info` that are the same for all fields. */
type Scope = Pick<
  GraphQLResolveInfo,
  'schema' | 'fragments' | 'operation' | 'rootValue' | 'variableValues'
>;

class Compiler {
  fields = 0;
  readonly #resolvers: Resolvers;
  readonly #scope: Scope;

  constructor(resolvers: Resolvers, scope: Scope) {
    this.#resolvers = resolvers;
    this.#scope = scope;
  }

  /** `nodes` select fields of the object. Throws a GraphQLError for a wrong condition. */
  object(type: GraphQLObjectType, nodes: Iterable<Pick<FieldNode, 'selectionSet'>>): Write {
    const fields = byResponseKey(fieldsBelow(nodes, this.#scope, type.name, isIncluded));
    const writers = [...fields].map(([key, nodes]) => this.#field(type, key, nodes));
    return (source, run) => {
      if (run.context.size.failure !== null) return bailOut(run, 'error');
      const texts = writers.map((write) => write(source, run));
      return joinTexts('{', texts, '}');
    };
  }

  #field(
    parentType: GraphQLObjectType,
    key: string,
    fieldNodes: [FieldNode, ...FieldNode[]],
  ): Write {
    this.fields += 1;
    if (this.fields > MAX_FIELDS) throw new UnsupportedOperation('too many fields');
    const [node] = fieldNodes;
    const fieldName = node.name.value;
    const before = `${JSON.stringify(key)}:`;
    if (fieldName === '__typename') {
      const text = before + JSON.stringify(parentType.name);
      return (_, run) => counted(text, run);
    }
    const field = parentType.getFields()[fieldName];
    if (field === undefined) throw new UnsupportedOperation('introspection');
    // As graphql-js makes it; the safe resolvers read no path.
    const path = { prev: undefined, key, typename: parentType.name };
    const returnType = field.type;
    const info = { ...this.#scope, fieldName, fieldNodes, returnType, parentType, path };
    const read = this.#reader(field, node, info);
    const write = this.#value(field.type, info);
    return (source, run) => {
      run.context.size.add(before.length + 1);
      const text = writeSettled(read(source, run), write, run);
      return typeof text === 'string' ? before + text : text.then((settled) => before + settled);
    };
  }

  #reader(
    field: GraphQLField<unknown, unknown>,
    node: FieldNode,
    info: GraphQLResolveInfo,
  ): (source: unknown, run: Run) => unknown {
    const { name } = field;
    const coordinate = `${info.parentType.name}.${name}`;
    const resolve = this.#resolvers.get(coordinate);
    if (resolve === undefined) return (source) => (isObject(source) ? source[name] : undefined);
    if (!SAFE_RESOLVERS.has(coordinate)) throw new UnsupportedOperation(coordinate);
    const hasArguments = field.args.length > 0;
    return (source, run) => {
      try {
        const args = hasArguments ? getArgumentValues(field, node, run.variables) : {};
        return resolve(source, args, run.context, info);
      } catch (error) {
        return error instanceof Error ? error : new Error('The resolver threw no error.');
      }
    };
  }

  #value(type: GraphQLOutputType, info: GraphQLResolveInfo): Write {
    if (isNonNullType(type)) {
      const write = this.#value(type.ofType, info);
      return (value, run) =>
        value === null || value === undefined ? bailOut(run, 'error') : write(value, run);
    }
    if (isLeafType(type)) return nullable(leafWriter(type));
    if (isListType(type)) return nullable(listWriter(this.#value(type.ofType, info)));
    if (isAbstractType(type)) return nullable(this.#abstract(type, info));
    return nullable(this.object(type, info.fieldNodes));
  }

  #abstract(type: GraphQLAbstractType, info: GraphQLResolveInfo): Write {
    const { resolveType } = type;
    if (!resolveType || !SAFE_ABSTRACT_TYPES.has(type.name))
      throw new UnsupportedOperation(type.name);
    const possible = this.#scope.schema.getPossibleTypes(type);
    const writers = new Map<unknown, Write>(
      possible.map((concrete) => [concrete.name, this.object(concrete, info.fieldNodes)]),
    );
    return (value, run) => {
      try {
        const write = writers.get(resolveType(value, run.context, info, type));
        return write === undefined ? bailOut(run, 'unsupported') : write(value, run);
      } catch {
        return bailOut(run, 'error');
      }
    };
  }
}

function isObject(source: unknown): source is Readonly<Record<string, unknown>> {
  return typeof source === 'object' && source !== null;
}

/** The run goes on, so that it requests all that Apollo will request: the loaders then have it. */
function bailOut(run: Run, reason: BailOut): string {
  if (run.bailOut !== 'unsupported') run.bailOut = reason;
  return 'null';
}

function counted(text: string, run: Run): string {
  run.context.size.add(Buffer.byteLength(text));
  return text;
}

/** Awaits native promises only. */
function writeSettled(value: unknown, write: Write, run: Run): Text {
  if (!(value instanceof Promise)) return write(value, run);
  return value.then(
    (settled) => write(settled, run),
    () => bailOut(run, 'error'),
  );
}

function nullable(write: Write): Write {
  return (value, run) => {
    if (value === null || value === undefined) return 'null';
    if (value instanceof Error) return bailOut(run, 'error');
    // graphql-js would call a function and await any thenable.
    const isUnexpected = typeof value === 'function' || (isObject(value) && 'then' in value);
    return isUnexpected ? bailOut(run, 'unsupported') : write(value, run);
  };
}

/** Apollo reports a value that the serializer refuses. */
function leafWriter(type: GraphQLLeafType): Write {
  return (value, run) => {
    try {
      const text = stringifyExactly(type.serialize(value)) ?? 'null';
      return text === 'null' ? bailOut(run, 'error') : counted(text, run);
    } catch {
      return bailOut(run, 'error');
    }
  };
}

function listWriter(write: Write): Write {
  return (value, run) =>
    Array.isArray(value) ? writeItems(value, [], write, run) : bailOut(run, 'unsupported');
}

/** Reading the clock for each item costs more than most items. */
const ITEMS_PER_LOOK = 16;

/** All items are requested before any is awaited, as far as the turn allows. `texts`: of the items so far. */
function writeItems(items: readonly unknown[], texts: Text[], write: Write, run: Run): Text {
  const { turns, context } = run;
  for (let index = texts.length; index < items.length; index += 1) {
    if (context.size.failure !== null) {
      handleRejections(items.slice(index));
      return bailOut(run, 'error');
    }
    if (index % ITEMS_PER_LOOK === ITEMS_PER_LOOK - 1 && turns.isOver()) {
      handleRejections(items.slice(index));
      return turns.next(context.size).then(() => writeItems(items, texts, write, run));
    }
    texts.push(writeItem(items[index], write, run));
  }
  return joinTexts('[', texts, ']');
}

/** A batch settles a thousand promises at once, and the objects that they give may have fifty fields each. */
function writeItem(item: unknown, write: Write, run: Run): Text {
  if (!(item instanceof Promise)) return write(item, run);
  return item.then(
    (settled) => writeInTurn(settled, write, run),
    () => bailOut(run, 'error'),
  );
}

function writeInTurn(value: unknown, write: Write, run: Run): Text {
  const { turns, context } = run;
  if (!turns.isOver()) return write(value, run);
  return turns.next(context.size).then(() => writeInTurn(value, write, run));
}

function joinTexts(before: string, texts: readonly Text[], after: string): Text {
  const join = (settled: readonly string[]) => before + settled.join(',') + after;
  return areSettled(texts) ? join(texts) : Promise.all(texts).then(join);
}

function areSettled(texts: readonly Text[]): texts is readonly string[] {
  return texts.every((text) => typeof text === 'string');
}
