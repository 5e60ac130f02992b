// One run of a compiled operation, and the state that its writers share.
import type { GraphQLResolveInfo } from 'graphql';
import { isPromise } from '../../domain/maybe-promise.js';
import type { Context } from '../context.js';
import type { ResponseSize } from '../limits/response-size.js';
import type { Turns } from '../turns.js';
import type { TextMemory } from './text-memory.js';

/** Coerced variables. */
export type Variables = Readonly<Record<string, unknown>>;

export interface Run {
  readonly context: Context;
  /** Size of the response. Once it has failed, writers end early. */
  readonly size: ResponseSize;
  readonly variables: Variables;
  readonly texts: TextMemory;
  readonly turns: Turns;
  readonly infos: GraphQLResolveInfo[];
  /** The answer holds something that only the ordinary executor can write, such as an error. */
  needsFallback: boolean;
  /** The text that is being written is part of a text that will be remembered. */
  isWithin: boolean;
}

/** JSON as it goes over the wire. A promise where a value is awaited; it never rejects. */
export type Text = string | Promise<string>;

export type Write = (value: unknown, run: Run) => Text;

export interface Writer {
  readonly write: Write;
  /** It writes the same text for the same object, for any caller and any variables. */
  readonly isPure: boolean;
}

/** The run goes on, so that it requests all that the ordinary executor would request; its text is thrown away. */
export function bailOut(run: Run): string {
  run.needsFallback = true;
  return 'null';
}

/** Writes the value, at once or when its promise settles. */
export function writeWhenThere(value: unknown, write: Write, run: Run): Text {
  if (!isPromise<unknown>(value)) return write(value, run);
  return value.then(
    (found) => write(found, run),
    () => bailOut(run),
  );
}
