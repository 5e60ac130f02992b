// JSON in and out again: every digit that a double does not hold, and otherwise as the language does it.
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  doubleOf,
  ExactNumber,
  isJsonObject,
  type Json,
  LOST,
  mayUnderflow,
  parseExactly,
  stringifyExactly,
  survey,
} from '../../src/lib/json.js';
import { heldDigits, jsonText, lostDigits } from './json-texts.js';

const anyNumber = fc.oneof(heldDigits, lostDigits);

function parsed(text: string): Json {
  const json = parseExactly(text);
  if (json === undefined) throw new Error('It is JSON.');
  return json.value;
}

/** Each number as the language reads it. */
function asDoubles(value: Json): unknown {
  if (Array.isArray(value)) return value.map(asDoubles);
  if (!isJsonObject(value)) return doubleOf(value) ?? value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, asDoubles(part)]));
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('a JSON text', () => {
  test('is written as it was read, digit by digit', () => {
    fc.assert(
      fc.property(jsonText(anyNumber), (text) => {
        expect(stringifyExactly(parsed(text))).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  test('is read as the language reads it, except for the digits', () => {
    const spaced = fc
      .tuple(jsonText(anyNumber), fc.constantFrom(' ', '\n', '\t', '\r\n'))
      .map(([text, space]) => `${space}[${space}${text}${space},${space}1e400 ]${space}`);
    const repeated = fc
      .tuple(jsonText(anyNumber), jsonText(anyNumber), fc.constantFrom('a', '1', '__proto__'))
      .map(([one, other, key]) => `{"${key}":${one},"b":1e400,"${key}":${other},"0":5}`);
    const escaped = fc.constantFrom(
      String.raw`["\u0061\ud800\n\/\"",1e400]`,
      '[-0,0.50,1E2,1e400]',
    );
    fc.assert(
      fc.property(fc.oneof(jsonText(anyNumber), spaced, repeated, escaped), (text) => {
        expect(isDeepStrictEqual(asDoubles(parsed(text)), JSON.parse(text))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('a JSON text of numbers that doubles hold is read and written by the language alone', () => {
    fc.assert(
      fc.property(jsonText(heldDigits), (text) => {
        const value = JSON.parse(text);
        expect(survey(value, 500)).toBeLessThan(LOST);
        expect(isDeepStrictEqual(parsed(text), value)).toBe(true);
        expect(stringifyExactly(value)).toBe(JSON.stringify(value));
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['0', false],
    ['{"a":0,"time":"2024-01-01T00:00:00-0800","id":"image-123","b":-400,"c":1e-99}', false],
    ['1e-400', true],
    ['{"a":1E-324}', true],
    [`0.${'0'.repeat(330)}1`, true],
    [`0.${'0'.repeat(224)}1e-99`, true],
  ])('is searched for numbers that became zero only where one may have: %s', (text, may) => {
    expect(mayUnderflow(text)).toBe(may);
  });

  test.each([
    '',
    '{',
    '[1e400,]',
    '1e400 1',
    '01e400',
    '-',
    '"\n"',
    '[1e400',
    'NaN',
    "{'a':1e400}",
  ])('is refused: %j', (text) => {
    expect(parseExactly(text)).toBeUndefined();
  });

  test('is too deep when its deepest part is, for any names of its keys', () => {
    fc.assert(
      fc.property(jsonText(anyNumber), fc.nat(6), (text, depth) => {
        const isTooDeep = depthOf(JSON.parse(text)) > depth;
        expect(parseExactly(text, depth)?.isTooDeep).toBe(isTooDeep);
      }),
      { numRuns: 500 },
    );
  });

  test('may be as deep as can be written, with digits, and a deeper one does not fail', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}1e400${']'.repeat(depth)}`;
    expect(stringifyExactly(parsed(nested(500)))).toBe(nested(500));
    expect(parseExactly(nested(501))?.isTooDeep).toBe(true);
    expect(parseExactly(nested(100_000))?.isTooDeep ?? true).toBe(true);
  });
});

describe('a number by its digits', () => {
  test('is written inside any other value, and the rest as the language does', () => {
    const around = {
      a: undefined,
      b: new ExactNumber('1e400'),
      c: [undefined, new Date(0), -0, '\ud800'],
    };
    expect(stringifyExactly(around)).toBe(
      String.raw`{"b":1e400,"c":[null,"1970-01-01T00:00:00.000Z",0,"\ud800"]}`,
    );
    expect(stringifyExactly(new ExactNumber('-1e-400'))).toBe('-1e-400');
    expect(stringifyExactly(undefined)).toBeUndefined();
  });

  test('is written as a text where only the language writes', () => {
    expect(JSON.stringify([new ExactNumber('1e400')])).toBe('["1e400"]');
  });

  test.each([
    ['9007199254740993', 2 ** 53],
    ['1e400', Number.POSITIVE_INFINITY],
    ['-1e-400', -0],
  ])('has a nearest double: %s', (digits, double) => {
    expect(doubleOf(new ExactNumber(digits))).toBe(double);
  });

  test('is not an object with fields', () => {
    expect(isJsonObject(new ExactNumber('1e400'))).toBe(false);
  });
});
