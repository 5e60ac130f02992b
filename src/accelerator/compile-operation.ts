// Compiles an operation to closures that write its JSON: the selected fields are found once and not for each response.
// No code is made from a client's text.
import { collectFields, collectSubFields } from '@graphql-tools/utils';
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getArgumentValues,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
} from 'graphql';
import type { VariableValues } from '../graphql/limits/coerce-variables.js';
import { fragmentsOf, type SelectionScope } from '../graphql/selection.js';
import { type FieldSources, SAFE_ABSTRACT_TYPES } from './safe-resolvers.js';
import {
  bailOut,
  type FieldCall,
  leafWriter,
  listWriter,
  nonNullWriter,
  nullableWriter,
  objectWriter,
  type Run,
  type Write,
  writeSettled,
} from './writers.js';

/** Fragments can expand a short text to a tree of any size. */
const MAX_FIELDS = 2000;

export interface CompileParts {
  readonly schema: GraphQLSchema;
  readonly sources: FieldSources;
}

export interface CompiledOperation {
  readonly write: Write;
  /** The number of field writers, which is the measure of its memory. */
  readonly fields: number;
}

/** Apollo runs the operation. */
export class UnsupportedOperation extends Error {
  override readonly name = 'UnsupportedOperation';
}

interface Compilation extends CompileParts {
  readonly fragments: SelectionScope['fragments'];
  readonly operation: OperationDefinitionNode;
  readonly variables: VariableValues;
  fields: number;
  slots: number;
}

/** Throws UnsupportedOperation. The document has passed validation. `variables` decide on @skip and @include. */
export function compileOperation(
  parts: CompileParts,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: VariableValues,
): CompiledOperation {
  const { schema } = parts;
  const root = schema.getQueryType();
  if (operation.operation !== 'query' || !root) throw new UnsupportedOperation('not a query');
  const fragments = fragmentsOf(document);
  const compilation = { ...parts, fragments, operation, variables, fields: 0, slots: 0 };
  const collected = collectFields(schema, fragments, variables, root, operation.selectionSet);
  return { write: compileObject(compilation, root, collected), fields: compilation.fields };
}

type Collected = ReturnType<typeof collectFields>;

function compileObject(
  compilation: Compilation,
  type: GraphQLObjectType,
  { fields, patches }: Collected,
): Write {
  if (patches.length > 0) throw new UnsupportedOperation('@defer');
  const writers = [...fields].map(([key, nodes]) => compileField(compilation, type, key, nodes));
  return objectWriter(writers);
}

function compileField(
  compilation: Compilation,
  parent: GraphQLObjectType,
  key: string,
  nodes: readonly FieldNode[],
): Write {
  compilation.fields += 1;
  if (compilation.fields > MAX_FIELDS) throw new UnsupportedOperation('too many fields');
  const [node] = nodes;
  const name = node?.name.value ?? '';
  const before = `${JSON.stringify(key)}:`;
  if (name === '__typename') return constantWriter(before + JSON.stringify(parent.name));
  const field = parent.getFields()[name];
  if (node === undefined || field === undefined) throw new UnsupportedOperation('introspection');
  const callOf = compileCall(compilation, parent, field, nodes);
  const read = compileRead(compilation, `${parent.name}.${name}`, callOf);
  const write = compileType(compilation, field.type, nodes, callOf);
  return (source, run) => {
    run.context.size.add(before.length + 1);
    const text = writeSettled(read(source, run), write, run);
    return typeof text === 'string' ? before + text : text.then((settled) => before + settled);
  };
}

function constantWriter(text: string): Write {
  return (_, run) => {
    run.context.size.add(text.length + 1);
    return text;
  };
}

type CallOf = (run: Run) => FieldCall;

/** The arguments and the info of a field, as graphql-js makes them; the safe resolvers read no path. */
function compileCall(
  compilation: Compilation,
  parentType: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  fieldNodes: readonly FieldNode[],
): CallOf {
  const { schema, fragments, operation } = compilation;
  const path = { prev: undefined, key: field.name, typename: parentType.name };
  const place = { fieldName: field.name, fieldNodes, returnType: field.type, parentType, path };
  const rest = { schema, fragments, operation, rootValue: undefined };
  const slot = compilation.slots;
  compilation.slots += 1;
  const [node] = fieldNodes;
  return ({ calls, variables }) => {
    calls[slot] ??= {
      args: node === undefined ? {} : getArgumentValues(field, node, variables),
      info: { ...place, ...rest, variableValues: variables },
    };
    return calls[slot];
  };
}

/** The source of a field's value. */
function compileRead(
  { sources }: Compilation,
  coordinate: string,
  callOf: CallOf,
): (source: unknown, run: Run) => unknown {
  const found = sources(coordinate);
  if (found.kind === 'unsafe') throw new UnsupportedOperation(coordinate);
  if (found.kind === 'property') {
    const name = coordinate.slice(coordinate.indexOf('.') + 1);
    return (source) => (isObject(source) ? source[name] : undefined);
  }
  const { resolve } = found;
  return (source, run) => {
    try {
      const { args, info } = callOf(run);
      return resolve(source, args, run.context, info);
    } catch (error) {
      return error instanceof Error ? error : new Error('The resolver threw no error.');
    }
  };
}

function isObject(source: unknown): source is Readonly<Record<string, unknown>> {
  return typeof source === 'object' && source !== null;
}

function compileType(
  compilation: Compilation,
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
  callOf: CallOf,
): Write {
  if (isNonNullType(type))
    return nonNullWriter(compileType(compilation, type.ofType, nodes, callOf));
  if (isLeafType(type)) return nullableWriter(leafWriter(type));
  if (isListType(type)) {
    return nullableWriter(listWriter(compileType(compilation, type.ofType, nodes, callOf)));
  }
  if (isAbstractType(type)) {
    return nullableWriter(compileAbstract(compilation, type, nodes, callOf));
  }
  return nullableWriter(compileBelow(compilation, type, nodes));
}

function compileBelow(
  compilation: Compilation,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
): Write {
  const { schema, fragments, variables } = compilation;
  const collected = collectSubFields(schema, fragments, variables, type, [...nodes]);
  return compileObject(compilation, type, collected);
}

function compileAbstract(
  compilation: Compilation,
  type: GraphQLAbstractType,
  nodes: readonly FieldNode[],
  callOf: CallOf,
): Write {
  const { resolveType } = type;
  if (!resolveType || !SAFE_ABSTRACT_TYPES.has(type.name))
    throw new UnsupportedOperation(type.name);
  const possible = compilation.schema.getPossibleTypes(type);
  const writers = new Map<unknown, Write>(
    possible.map((concrete) => [concrete.name, compileBelow(compilation, concrete, nodes)]),
  );
  return (value, run) => {
    try {
      const write = writers.get(resolveType(value, run.context, callOf(run).info, type));
      return write === undefined ? bailOut(run, 'unsupported') : write(value, run);
    } catch {
      return bailOut(run, 'error');
    }
  };
}
