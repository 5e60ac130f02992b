// Turns first, after, last and before into the wanted rows. Pure.
import type { WantedRows } from '../../catalog/paging/read-window.js';
import { AppError } from '../../domain/errors.js';
import { decodeCursor } from './cursor.js';

const DEFAULT_COUNT = 20;
const MAX_COUNT = 100;

export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** Throws BAD_USER_INPUT that names the argument. `listKey` null: the cursors may belong to any list. */
export function wantedRows(args: PageArguments, listKey: string | null): WantedRows {
  const first = countOf(args.first, 'first');
  const last = countOf(args.last, 'last');
  if (first !== null && last !== null) {
    throw new AppError('BAD_USER_INPUT', 'first and last exclude each other.');
  }
  const start = typeof args.after === 'string' ? decodeCursor(args.after, listKey, 'after') + 1 : 0;
  const end = typeof args.before === 'string' ? decodeCursor(args.before, listKey, 'before') : null;
  // `before` alone reads backwards, as `after` alone reads forwards.
  if (last !== null || (first === null && end !== null && typeof args.after !== 'string')) {
    return { from: 'end', start, end, count: last ?? DEFAULT_COUNT };
  }
  const enough = start + (first ?? DEFAULT_COUNT);
  return { from: 'start', start, end: end === null ? enough : Math.min(enough, end) };
}

/** null: not given. */
function countOf(value: number | null | undefined, argument: string): number | null {
  if (value === null || value === undefined) return null;
  if (value >= 0 && value <= MAX_COUNT) return value;
  throw new AppError('BAD_USER_INPUT', `${argument} must be from 0 to ${MAX_COUNT}, got ${value}.`);
}
