// Types as writers: from what a resolver gave to JSON, as the executor completes a value.
import {
  defaultTypeResolver,
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql';
import { collectSubfields } from 'graphql/execution/collectFields.js';
import { type Compilation, NotCovered } from './compilation.js';
import type { InfoOf } from './resolve-info.js';
import { giveUp, type Run, type Text, type Write, type Writer, writeWhenThere } from './run.js';
import { wireText } from './wire-text.js';

/** The field whose value it is. */
export interface Place {
  readonly nodes: readonly FieldNode[];
  readonly infoOf: InfoOf;
}

export function compileOutput(
  compilation: Compilation,
  type: GraphQLOutputType,
  place: Place,
): Writer {
  if (isNonNullType(type)) {
    const { write, isPure } = compileOutput(compilation, type.ofType, place);
    return {
      write: (value, run) => (isNothing(value) ? giveUp(run) : write(value, run)),
      isPure,
    };
  }
  const { write, isPure } = compileNamed(compilation, type, place);
  return {
    write(value, run) {
      if (isNothing(value)) return 'null';
      return value instanceof Error ? giveUp(run) : write(value, run);
    },
    isPure,
  };
}

function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function compileNamed(compilation: Compilation, type: GraphQLOutputType, place: Place): Writer {
  if (isLeafType(type)) return { write: leafWriter(type), isPure: true };
  if (isListType(type)) {
    const { write, isPure } = compileOutput(compilation, type.ofType, place);
    return { write: listWriter(write), isPure };
  }
  if (isAbstractType(type)) return compileAbstract(compilation, type, place);
  if (isNonNullType(type)) return compileOutput(compilation, type, place);
  return compileBelow(compilation, type, place);
}

function compileBelow(compilation: Compilation, type: GraphQLObjectType, { nodes }: Place): Writer {
  if (type.isTypeOf) throw new NotCovered('It has a type that is asked whose objects are its own.');
  const { schema, fragments, variables } = compilation;
  const fields = collectSubfields(schema, fragments, variables, type, nodes);
  return compilation.compileObject(compilation, type, fields);
}

/** What a serializer refuses, the ordinary executor says. */
function leafWriter(type: GraphQLLeafType): Write {
  return (value, run) => {
    try {
      const text = JSON.stringify(type.serialize(value));
      return typeof text === 'string' && text !== 'null' ? wireText(text) : giveUp(run);
    } catch {
      return giveUp(run);
    }
  };
}

function listWriter(write: Write): Write {
  return (value, run) => {
    if (!Array.isArray(value)) return giveUp(run);
    let text = '[';
    for (let index = 0; index < value.length; index += 1) {
      const part = writeWhenThere(value[index], write, run);
      if (typeof part !== 'string') return writeRest(value, index, text, part, write, run);
      text += index === 0 ? part : `,${part}`;
    }
    return `${text}]`;
  };
}

async function writeRest(
  items: readonly unknown[],
  index: number,
  before: string,
  part: Promise<string>,
  write: Write,
  run: Run,
): Promise<string> {
  // All others are asked for before any is waited for.
  const rest = items.slice(index + 1).map((item) => writeWhenThere(item, write, run));
  const parts = await Promise.all([part, ...rest]);
  return `${before}${index === 0 ? '' : ','}${parts.join(',')}]`;
}

function compileAbstract(
  compilation: Compilation,
  type: GraphQLAbstractType,
  place: Place,
): Writer {
  const writers = new Map(
    compilation.schema
      .getPossibleTypes(type)
      .map((possible) => [possible.name, compileBelow(compilation, possible, place).write]),
  );
  const resolveType = type.resolveType ?? defaultTypeResolver;
  const write = (value: unknown, run: Run): Text => {
    const name = resolveType(value, run.context, place.infoOf(run), type);
    const writeConcrete = typeof name === 'string' ? writers.get(name) : undefined;
    return writeConcrete === undefined ? giveUp(run) : writeConcrete(value, run);
  };
  return { write: orGiveUp(write), isPure: false };
}

export function orGiveUp(write: Write): Write {
  return (value, run) => {
    try {
      return write(value, run);
    } catch {
      return giveUp(run);
    }
  };
}
