// JSON without loss, read and written: integers beyond 2^53 and numbers that over- or underflow a double keep their
// digits. A text without such numbers is read and written by the language alone.
import { parse, stringify } from 'lossless-json';
import { ExactNumber, exactNumbersWritten } from '../domain/exact-number.js';
import { inOwnMemory } from '../domain/json.js';
import type { Json } from '../domain/model.js';
import { LOST, losesDigits, mayUnderflow, survey, TOO_DEEP, ZERO } from './survey.js';

/** Far deeper than any specification of a job; writing fails at a few thousand. */
export const MAX_DEPTH = 500;

export interface ParsedJson {
  readonly value: Json;
  /** It parses, but could not be written again, and would take the whole response with it. */
  readonly isTooDeep: boolean;
}

/** undefined: not JSON. Of what is too deep the digits are not kept. */
export function parseExactly(text: string, maxDepth = MAX_DEPTH): ParsedJson | undefined {
  try {
    const value: Json = JSON.parse(text);
    const found = survey(value, maxDepth);
    const isLost = found === LOST || (found === ZERO && mayUnderflow(text));
    return { value: isLost ? parseDigits(text) : value, isTooDeep: found === TOO_DEEP };
  } catch {
    return undefined;
  }
}

function parseDigits(text: string): Json {
  return parse(text, null, {
    parseNumber: (digits) =>
      losesDigits(digits) ? new ExactNumber(inOwnMemory(digits)) : Number(digits),
    // As the language does.
    onDuplicateKey: ({ newValue }) => newValue,
  }) as Json;
}

/** As JSON.stringify does, which learns on its way whether there is anything that it cannot write. */
export function stringifyExactly(value: unknown): string | undefined {
  const before = exactNumbersWritten();
  const text = JSON.stringify(value);
  return exactNumbersWritten() === before ? text : stringify(value, null, undefined, [DIGITS]);
}

const DIGITS = {
  test: (value: unknown) => value instanceof ExactNumber,
  stringify: (value: unknown) => (value instanceof ExactNumber ? value.digits : ''),
};
