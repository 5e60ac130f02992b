// Cursors: opaque, stable, and of one list only.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from '../../../src/graphql/pagination/page-arguments.js';

const LIST = '/api/v1/models?Domain=nlp';
const OTHER = '/api/v1/models?Domain=cv';

describe('a cursor', () => {
  test('gives its position back, for any position and list', () => {
    fc.assert(
      fc.property(fc.nat(999_999_999), fc.string(), (position, list) => {
        expect(decodeCursor(encodeCursor(position, list), list, 'after')).toBe(position);
      }),
    );
  });

  test('is the same text whenever it is made, and goes into a URL as it is', () => {
    expect(encodeCursor(19, LIST)).toBe(encodeCursor(19, LIST));
    expect(encodeCursor(19, LIST)).toMatch(/^[\w-]+$/);
  });

  test('shows neither the filter nor the order', () => {
    const text = Buffer.from(encodeCursor(19, LIST), 'base64url').toString('latin1');
    expect(text).not.toMatch(/nlp|Domain|models/);
  });

  test('a cursor of another filter or order is refused, in words that say so', () => {
    expect(() => decodeCursor(encodeCursor(19, OTHER), LIST, 'before')).toThrow(
      expect.objectContaining({
        code: 'BAD_USER_INPUT',
        message: 'before: this cursor belongs to a list with another filter or order.',
      }),
    );
  });

  test.each([
    ['the empty text', ''],
    ['a word', 'abc'],
    ['a number', '19'],
    ['characters of no base64', '§§§'],
    ['the position in the clear', '1.19.AAAAAAAAAAAA'],
    ['a lone surrogate', '\ud800'],
    ['ten kilobytes', 'A'.repeat(10_240)],
    ['a good one with padding', `${encodeCursor(1, LIST)}==`],
    ['a good one with a space', ` ${encodeCursor(1, LIST)}`],
    ['a good one that was cut', encodeCursor(1, LIST).slice(0, -1)],
    ['a good one with a tail', `${encodeCursor(1, LIST)}AA`],
    ['another spelling of the position', reencoded(encodeCursor(1, LIST), '1.1.', '1.01.')],
    ['a negative position', reencoded(encodeCursor(1, LIST), '1.1.', '1.-1.')],
    ['another version of the form', reencoded(encodeCursor(1, LIST), '1.1.', '2.1.')],
  ])('is not %s, which is refused by the name of its argument and not echoed', (_, text) => {
    expect(() => decodeCursor(text, LIST, 'after')).toThrow(
      expect.objectContaining({
        code: 'BAD_USER_INPUT',
        message: 'after: this is not a cursor of this list.',
      }),
    );
  });

  test('is refused for any text that no list has given', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String());
    fc.assert(
      fc.property(text, (cursor) => {
        expect(() => decodeCursor(cursor, LIST, 'after')).toThrow('after: ');
      }),
    );
  });
});

function reencoded(cursor: string, from: string, to: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  expect(text).toContain(from);
  return Buffer.from(text.replace(from, to)).toString('base64url');
}
