// The functions that write JSON in one run of a compiled operation. A text is a string where nothing is awaited and a
// promise elsewhere: a promise for each field would cost more than the field. No such promise rejects.
import type { GraphQLLeafType, GraphQLResolveInfo } from 'graphql';
import type { Context } from '../graphql/context.js';
import type { VariableValues } from '../graphql/limits/coerce-variables.js';
import type { Turns } from '../graphql/turns.js';
import { stringifyExactly } from '../lib/json.js';

export interface Run {
  readonly context: Context;
  /** Coerced. */
  readonly variables: VariableValues;
  readonly turns: Turns;
  /** The call of each field with a resolver, by the slot of the field: it is the same for all objects of a run. */
  readonly calls: FieldCall[];
  /** Not null: the text is thrown away, and Apollo runs the operation. */
  bailOut: BailOut | null;
}

export interface FieldCall {
  readonly args: Readonly<Record<string, unknown>>;
  readonly info: GraphQLResolveInfo;
}

/** `error`: a matter of this request. `unsupported`: the operation is not tried again. */
export type BailOut = 'error' | 'unsupported';

export type Text = string | Promise<string>;

export type Write = (value: unknown, run: Run) => Text;

/** The run goes on, so that it requests all that Apollo will request: the loaders then have it. */
export function bailOut(run: Run, reason: BailOut): string {
  if (run.bailOut !== 'unsupported') run.bailOut = reason;
  return 'null';
}

/** Awaits native promises only. */
export function writeSettled(value: unknown, write: Write, run: Run): Text {
  if (!(value instanceof Promise)) return write(value, run);
  return value.then(
    (settled) => write(settled, run),
    () => bailOut(run, 'error'),
  );
}

/** Writes the value of a type that may be null. */
export function nullableWriter(write: Write): Write {
  return (value, run) => {
    if (value === null || value === undefined) return 'null';
    if (value instanceof Error) return bailOut(run, 'error');
    return isUnexpected(value) ? bailOut(run, 'unsupported') : write(value, run);
  };
}

export function nonNullWriter(write: Write): Write {
  return (value, run) =>
    value === null || value === undefined ? bailOut(run, 'error') : write(value, run);
}

/** graphql-js would call a function and await any thenable. */
function isUnexpected(value: unknown): boolean {
  if (typeof value === 'function') return true;
  return typeof value === 'object' && value !== null && 'then' in value;
}

/** Apollo reports a value that the serializer refuses. */
export function leafWriter(type: GraphQLLeafType): Write {
  return (value, run) => {
    try {
      const text = stringifyExactly(type.serialize(value));
      if (text === undefined || text === 'null') return bailOut(run, 'error');
      run.context.size.add(Buffer.byteLength(text));
      return text;
    } catch {
      return bailOut(run, 'error');
    }
  };
}

export function objectWriter(writers: readonly Write[]): Write {
  return (source, run) => {
    if (run.context.size.failure !== null) return bailOut(run, 'error');
    const texts = writers.map((write) => write(source, run));
    return joinTexts('{', texts, '}');
  };
}

export function listWriter(write: Write): Write {
  return (value, run) =>
    Array.isArray(value) ? writeItems(value, 0, [], write, run) : bailOut(run, 'unsupported');
}

/** Reading the clock for each item costs more than most items. */
const ITEMS_PER_LOOK = 16;

/** All items are requested before any is awaited, as far as the turn allows. */
function writeItems(
  items: readonly unknown[],
  from: number,
  texts: Text[],
  write: Write,
  run: Run,
): Text {
  const { turns, context } = run;
  for (let index = from; index < items.length; index += 1) {
    if (context.size.failure !== null) {
      handleRejections(items, index);
      return bailOut(run, 'error');
    }
    if (index % ITEMS_PER_LOOK === ITEMS_PER_LOOK - 1 && turns.isOver()) {
      handleRejections(items, index);
      return turns.next(context.size).then(() => writeItems(items, index, texts, write, run));
    }
    texts.push(writeItem(items[index], write, run));
  }
  return joinTexts('[', texts, ']');
}

/** A batch settles a thousand promises at once, and the objects that they give may have fifty fields each. */
function writeItem(item: unknown, write: Write, run: Run): Text {
  if (!(item instanceof Promise)) return write(item, run);
  const { turns, context } = run;
  return item.then(
    async (settled) => {
      while (turns.isOver()) await turns.next(context.size);
      return write(settled, run);
    },
    () => bailOut(run, 'error'),
  );
}

/** An item that rejects before its turn would end the process as an unhandled rejection. */
function handleRejections(items: readonly unknown[], from: number): void {
  for (let index = from; index < items.length; index += 1) {
    const item = items[index];
    if (item instanceof Promise) item.catch(() => {});
  }
}

function joinTexts(before: string, texts: readonly Text[], after: string): Text {
  const join = (parts: readonly string[]) => before + parts.join(',') + after;
  return areSettled(texts) ? join(texts) : Promise.all(texts).then(join);
}

function areSettled(texts: readonly Text[]): texts is readonly string[] {
  return texts.every((text) => typeof text === 'string');
}
