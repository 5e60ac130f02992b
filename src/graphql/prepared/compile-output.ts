// Types as writers: they turn the result of a resolver into JSON, as the executor completes a value.
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
import { isPromise } from '../../domain/maybe-promise.js';
import { stringifyExactly } from '../../json/exact-json.js';
import type { Compilation } from './compilation.js';
import type { InfoOf } from './resolve-info.js';
import { bailOut, type Run, type Text, type Write, type Writer } from './run.js';
import { wireText } from './wire-text.js';

/** The field that the value belongs to. */
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
      write: (value, run) => (isNothing(value) ? bailOut(run) : write(value, run)),
      isPure,
    };
  }
  const { write, isPure } = compileNamed(compilation, type, place);
  return {
    write(value, run) {
      if (isNothing(value)) return 'null';
      return value instanceof Error ? bailOut(run) : write(value, run);
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
  const { schema, fragments, variables } = compilation;
  const fields = collectSubfields(schema, fragments, variables, type, nodes);
  return compilation.compileObject(compilation, type, fields);
}

/** The ordinary executor reports a value that the serializer refuses. */
function leafWriter(type: GraphQLLeafType): Write {
  return (value, run) => {
    try {
      const text = stringifyExactly(type.serialize(value));
      if (typeof text !== 'string' || text === 'null') return bailOut(run);
      const wire = wireText(text);
      run.size.add(wire.length);
      return wire;
    } catch {
      return bailOut(run);
    }
  };
}

function listWriter(write: Write): Write {
  return (value, run) => (Array.isArray(value) ? writeItems(value, write, run) : bailOut(run));
}

function writeItems(items: readonly unknown[], write: Write, run: Run): Text {
  let text = '[';
  for (let index = 0; index < items.length; index += 1) {
    if (run.size.failure !== null) return leaveRest(items, index, run);
    if (isTurnOver(index, run)) return writeRest(items, index, [text], write, run);
    const part = writeItem(items[index], write, run);
    const before = index === 0 ? text : `${text},`;
    if (typeof part !== 'string') return writeRest(items, index + 1, [before, part], write, run);
    text = before + part;
  }
  return `${text}]`;
}

/** All other items are requested before any is awaited, as far as the turn allows. */
async function writeRest(
  items: readonly unknown[],
  from: number,
  begun: readonly Text[],
  write: Write,
  run: Run,
): Promise<string> {
  const parts = [...begun];
  let text = '';
  for (let index = from; index < items.length; index += 1) {
    if (isTurnOver(index, run)) await nextTurn(items, index, run);
    if (run.size.failure !== null) return leaveRest(items, index, run);
    const part = writeItem(items[index], write, run);
    if (index > 0) text += ',';
    if (typeof part === 'string') text += part;
    else {
      parts.push(text, part);
      text = '';
    }
  }
  return `${(await Promise.all(parts)).join('')}${text}]`;
}

/** A batch settles a thousand promises at once, and the objects they give may have fifty fields each. */
function writeItem(item: unknown, write: Write, run: Run): Text {
  if (!isPromise<unknown>(item)) return write(item, run);
  return item.then(
    async (found) => {
      while (run.turns.isOver()) await run.turns.next(run.size);
      return write(found, run);
    },
    () => bailOut(run),
  );
}

/** Checks again after the wait: another list of the answer may have used up the turn. */
async function nextTurn(items: readonly unknown[], from: number, run: Run): Promise<void> {
  hear(items, from);
  do await run.turns.next(run.size);
  while (run.turns.isOver());
}

/** Reading the clock for each item costs more than most items. */
const ITEMS_A_LOOK = 16;

function isTurnOver(index: number, { turns }: Run): boolean {
  return index % ITEMS_A_LOOK === ITEMS_A_LOOK - 1 && turns.isOver();
}

function leaveRest(items: readonly unknown[], from: number, run: Run): string {
  hear(items, from);
  return bailOut(run);
}

/** An item that fails before its turn would end the process as an unhandled rejection. */
function hear(items: readonly unknown[], from: number): void {
  for (let index = from; index < items.length; index += 1) {
    const item = items[index];
    if (isPromise(item)) item.catch(ignore);
  }
}

function ignore(): void {}

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
    return writeConcrete === undefined ? bailOut(run) : writeConcrete(value, run);
  };
  return { write: orGiveUp(write), isPure: false };
}

export function orGiveUp(write: Write): Write {
  return (value, run) => {
    try {
      return write(value, run);
    } catch {
      return bailOut(run);
    }
  };
}
