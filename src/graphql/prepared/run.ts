// One run of a compiled operation, and what its writers share.
import type { GraphQLResolveInfo } from 'graphql';
import { isPromise } from '../../domain/maybe-promise.js';
import type { Context } from '../context.js';
import type { ResponseSize } from '../limits/response-size.js';
import type { Turns } from '../turns.js';
import type { TextMemory } from './text-memory.js';

/** Coerced. */
export type Variables = Readonly<Record<string, unknown>>;

export interface Run {
  readonly context: Context;
  /** Of the response. Once it has failed, writers end early. */
  readonly size: ResponseSize;
  readonly variables: Variables;
  readonly texts: TextMemory;
  readonly turns: Turns;
  readonly infos: GraphQLResolveInfo[];
  /** There is something that only the ordinary executor can say: an error, for one. */
  isUnusual: boolean;
  /** What is written just now is part of a text that will be remembered. */
  isWithin: boolean;
}

/** JSON as it goes over the wire. A promise where something had to be waited for; it never rejects. */
export type Text = string | Promise<string>;

export type Write = (value: unknown, run: Run) => Text;

export interface Writer {
  readonly write: Write;
  /** It writes the same for the same object, whoever asks and with whatever variables. */
  readonly isPure: boolean;
}

/** The run goes on, so that all is asked that the ordinary executor would ask; what it wrote is thrown away. */
export function giveUp(run: Run): string {
  run.isUnusual = true;
  return 'null';
}

/** Whatever comes, when it comes. */
export function writeWhenThere(value: unknown, write: Write, run: Run): Text {
  if (!isPromise<unknown>(value)) return write(value, run);
  return value.then(
    (found) => write(found, run),
    () => giveUp(run),
  );
}
