// Objects and their fields as writers: the source of a field's value, and the text before the value.
import type { FieldNode, GraphQLField, GraphQLObjectType, GraphQLResolveInfo } from 'graphql';
import {
  type Compilation,
  type Fields,
  type Resolver,
  UnsupportedOperation,
} from './compilation.js';
import { compileArguments } from './compile-arguments.js';
import { compileOutput, orGiveUp } from './compile-output.js';
import { createInfo, type InfoOf } from './resolve-info.js';
import { bailOut, type Run, type Write, type Writer, writeWhenThere } from './run.js';

/** Fragments can expand a short text to a tree of any size. */
const MAX_FIELDS = 2000;

export function compileObject(
  compilation: Compilation,
  type: GraphQLObjectType,
  fields: Fields,
): Writer {
  const writers = [...fields].map(([key, nodes]) => compileField(compilation, type, key, nodes));
  const [first] = writers;
  if (first === undefined) return { write: () => '{}', isPure: true };
  const isPure = writers.every((writer) => writer.isPure);
  const write: Write = (source, run) => {
    if (run.size.failure !== null) return bailOut(run);
    let text = '{';
    for (let index = 0; index < writers.length; index += 1) {
      const part = writers[index]?.write(source, run) ?? '';
      if (typeof part !== 'string') return writeRest(writers, index, text, part, source, run);
      text += index === 0 ? part : `,${part}`;
    }
    return `${text}}`;
  };
  return { write: isPure ? remembering(write) : write, isPure };
}

/** All other fields are requested before any is awaited. */
function writeRest(
  writers: readonly Writer[],
  index: number,
  before: string,
  first: Promise<string>,
  source: unknown,
  run: Run,
): Promise<string> {
  const rest = writers.slice(index + 1).map(({ write }) => write(source, run));
  return Promise.all([first, ...rest]).then(
    (parts) => `${before}${index === 0 ? '' : ','}${parts.join(',')}}`,
  );
}

/**
 * An object that never changes is written once. Only shared objects are frozen, with all that they hold: the
 * others would not come again.
 */
function remembering(write: Write): Write {
  const selection = {};
  return (source, run) => {
    if (run.isWithin || !isFrozen(source)) return write(source, run);
    const known = run.texts.get(selection, source);
    if (known !== undefined) {
      run.size.add(known.length);
      return known;
    }
    run.isWithin = true;
    const text = write(source, run);
    run.isWithin = false;
    if (typeof text === 'string' && !run.needsFallback) run.texts.keep(selection, source, text);
    return text;
  };
}

function isFrozen(source: unknown): source is object {
  return typeof source === 'object' && source !== null && Object.isFrozen(source);
}

function compileField(
  compilation: Compilation,
  type: GraphQLObjectType,
  key: string,
  nodes: readonly FieldNode[],
): Writer {
  compilation.fields += 1;
  if (compilation.fields > MAX_FIELDS) throw new UnsupportedOperation('It has too many fields.');
  const [node] = nodes;
  const name = node?.name.value ?? '';
  const before = `${JSON.stringify(key)}:`;
  if (name === '__typename') {
    const text = before + JSON.stringify(type.name);
    return { write: () => text, isPure: true };
  }
  const field = type.getFields()[name];
  if (node === undefined || field === undefined)
    throw new UnsupportedOperation('It asks for the schema.');
  const infoOf = createInfo(compilation, type, field, nodes);
  const output = compileOutput(compilation, field.type, { nodes, infoOf });
  const resolver = compilation.resolvers.get(`${type.name}.${name}`);
  const given =
    resolver === undefined ? propertyOf(name) : resolved(resolver, { field, node, infoOf });
  return {
    write: named(before, given.read, output.write),
    isPure: output.isPure && given.isPure,
  };
}

interface Given {
  readonly read: (source: unknown, run: Run) => unknown;
  readonly isPure: boolean;
}

/** The executor would call a method; the objects here have no methods. */
function propertyOf(name: string): Given {
  return {
    read(source, run) {
      const value = isObject(source) ? source[name] : undefined;
      return typeof value === 'function' ? bailOut(run) : value;
    },
    isPure: true,
  };
}

function isObject(source: unknown): source is Readonly<Record<string, unknown>> {
  return typeof source === 'object' && source !== null;
}

interface ResolvedField {
  readonly field: GraphQLField<unknown, unknown>;
  readonly node: FieldNode;
  readonly infoOf: InfoOf;
}

/** The result of a resolver that takes neither context nor info depends only on its source and its arguments. */
function resolved(resolver: Resolver, { field, node, infoOf }: ResolvedField): Given {
  const isOfSource = resolver.length === 1 || resolver.length === 2;
  const { read: argumentsOf, isConstant } = compileArguments(field, node);
  // Info is not made for a resolver that does not take it.
  const toldOf = resolver.length > 3 || resolver.length === 0 ? infoOf : NOT_TOLD;
  return {
    read: (source, run) => resolver(source, argumentsOf(run.variables), run.context, toldOf(run)),
    isPure: isOfSource && isConstant,
  };
}

const NOT_TOLD = () => NO_INFO;
const NO_INFO = Object.freeze({}) as GraphQLResolveInfo;

function named(before: string, read: Given['read'], write: Write): Write {
  return orGiveUp((source, run) => {
    run.size.add(before.length + 1);
    const text = writeWhenThere(read(source, run), write, run);
    return typeof text === 'string' ? before + text : text.then((late) => before + late);
  });
}
