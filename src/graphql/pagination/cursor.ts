// Cursors: the absolute position of a row and the list it belongs to, as one opaque text. Pure.
import { createHash } from 'node:crypto';
import { AppError } from '../../domain/errors.js';

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
  return createHash('sha256').update(listKey).digest('base64url').slice(0, 12);
}
