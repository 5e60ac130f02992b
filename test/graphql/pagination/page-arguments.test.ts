// first, after, last and before: the rows that they select, and the values that are refused.
import { describe, expect, test } from 'vitest';
import {
  encodeCursor,
  type PageArguments,
  wantedRows,
} from '../../../src/graphql/pagination/page-arguments.js';

const LIST = '/api/v1/models?';
const at = (position: number) => encodeCursor(position, LIST);

describe('the rows that are selected', () => {
  test.each<[string, PageArguments, object]>([
    ['nothing', {}, { from: 'start', start: 0, end: 20 }],
    ['nulls', nulls(), { from: 'start', start: 0, end: 20 }],
    ['first', { first: 7 }, { from: 'start', start: 0, end: 7 }],
    ['first 0', { first: 0 }, { from: 'start', start: 0, end: 0 }],
    ['first 100', { first: 100 }, { from: 'start', start: 0, end: 100 }],
    ['after', { after: at(19) }, { from: 'start', start: 20, end: 40 }],
    ['first and after', { first: 5, after: at(0) }, { from: 'start', start: 1, end: 6 }],
    ['last', { last: 7 }, { from: 'end', start: 0, end: null, count: 7 }],
    ['last 0', { last: 0 }, { from: 'end', start: 0, end: null, count: 0 }],
    ['before', { before: at(30) }, { from: 'end', start: 0, end: 30, count: 20 }],
    ['last and before', { last: 5, before: at(9) }, { from: 'end', start: 0, end: 9, count: 5 }],
    ['last and after', { last: 5, after: at(9) }, { from: 'end', start: 10, end: null, count: 5 }],
    ['first and before', { first: 5, before: at(3) }, { from: 'start', start: 0, end: 3 }],
    ['after and before', { after: at(2), before: at(9) }, { from: 'start', start: 3, end: 9 }],
    [
      'first, after and before',
      { first: 4, after: at(2), before: at(9) },
      { from: 'start', start: 3, end: 7 },
    ],
    [
      'last, after and before',
      { last: 4, after: at(2), before: at(9) },
      { from: 'end', start: 3, end: 9, count: 4 },
    ],
    ['before the first row', { before: at(0) }, { from: 'end', start: 0, end: 0, count: 20 }],
    [
      'after behind before',
      { first: 5, after: at(9), before: at(3) },
      { from: 'start', start: 10, end: 3 },
    ],
  ])('are those of %s', (_, args, wanted) => {
    expect(wantedRows(args, LIST)).toEqual(wanted);
  });

  test.each<[PageArguments, RegExp]>([
    [{ first: -1 }, /^first must be from 0 to 100, got -1\.$/],
    [{ first: 101 }, /^first must be from 0 to 100, got 101\.$/],
    [{ last: -1 }, /^last must/],
    [{ last: 101 }, /^last must/],
    [{ first: 2 ** 31 - 1 }, /^first must/],
    [{ first: 5, last: 5 }, /^first and last exclude each other\.$/],
    [{ first: 0, last: 0 }, /^first and last exclude/],
    [{ after: 'x' }, /^after: /],
    [{ before: 'x' }, /^before: /],
    [{ after: '' }, /^after: /],
    [{ first: 5, after: at(1), before: 'x' }, /^before: /],
    [{ after: encodeCursor(1, 'another list') }, /^after: .*another filter or order/],
  ])('are not defined by %j', (args, message) => {
    expect(() => wantedRows(args, LIST)).toThrow(
      expect.objectContaining({
        code: 'BAD_USER_INPUT',
        message: expect.stringMatching(message),
      }),
    );
  });
});

describe('a count', () => {
  test.each([
    [null, 20],
    [undefined, 20],
    [0, 0],
    [100, 100],
  ])('a count of %s means %s rows', (first, end) => {
    expect(wantedRows({ first }, LIST)).toEqual({ from: 'start', start: 0, end });
  });

  test.each([-1, 101, Number.NaN])('a count of %s is refused', (first) => {
    expect(() => wantedRows({ first }, LIST)).toThrow('first must be from 0 to 100');
  });
});

function nulls(): PageArguments {
  return { first: null, after: null, last: null, before: null };
}
