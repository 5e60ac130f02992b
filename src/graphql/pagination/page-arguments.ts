// Turns first, after, last and before into the wanted rows. A cursor is the absolute position of a row and the list it
// belongs to, as one opaque text. Pure.
import type { WantedRows } from '../../catalog/paging/read-window.js';
import { AppError } from '../../domain/errors.js';
import { sha256 } from '../../lib/sha256.js';

export const DEFAULT_COUNT = 20;
export const MAX_COUNT = 100;

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

export const DEFAULT_PAGES = 10;
export const MAX_PAGES = 100;

/** How many pages a field may read. Throws BAD_USER_INPUT that names the argument. */
export function pageCount(value: unknown, argument: string): number {
  const count = value ?? DEFAULT_PAGES;
  if (typeof count === 'number' && count >= 1 && count <= MAX_PAGES) return count;
  throw new AppError('BAD_USER_INPUT', `${argument} must be from 1 to ${MAX_PAGES}, got ${count}.`);
}

const FORM = /^1\.(\d{1,9})\.([\w-]{12})$/;

/** `listKey` tells lists apart by kind, filter and order, not by page size: cursors stay valid when it changes. */
export function encodeCursor(position: number, listKey: string): string {
  return Buffer.from(`1.${position}.${digest(listKey)}`).toString('base64url');
}

/** Throws BAD_USER_INPUT that names the argument. `listKey` null: the cursor may belong to any list. */
export function decodeCursor(cursor: string, listKey: string | null, argument: string): number {
  const [, position, digested] =
    FORM.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  const isWhole = (key: string) => encodeCursor(Number(position), key) === cursor;
  if (position === undefined || (listKey !== null && !isWhole(listKey))) {
    const problem =
      digested !== undefined && listKey !== null && digested !== digest(listKey)
        ? 'this cursor belongs to a list with another filter or order'
        : 'this is not a cursor of this list';
    throw new AppError('BAD_USER_INPUT', `${argument}: ${problem}.`);
  }
  return Number(position);
}

function digest(listKey: string): string {
  return sha256(listKey, 'base64url').slice(0, 12);
}
