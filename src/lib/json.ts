// JSON values, and JSON texts without loss, read and written: integers beyond 2^53 and numbers that over- or underflow a double keep their
// digits. A text without such numbers is read and written by the language alone, which is several times as fast.
import { parse, stringify } from 'lossless-json';
import { inOwnMemory } from './memory.js';

export type Json = null | boolean | number | ExactNumber | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export function isJsonObject(value: unknown): value is JsonObject {
  if (typeof value !== 'object' || value === null) return false;
  return !Array.isArray(value) && !(value instanceof ExactNumber);
}

/** Needed since Array.isArray narrows a readonly union to any[]. */
export function isJsonList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** undefined: the text is not JSON; a JSON text never parses to undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How often JSON.stringify has written such a number since the process began. */
let exactNumbersWritten = 0;

/** A number that a double cannot hold, kept as its digits. It does not calculate. */
export class ExactNumber {
  /** The digits as in the text, with sign and exponent. */
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }

  /** JSON.stringify cannot write the digits as a number, only as a string; each such write is counted. */
  toJSON(): string {
    exactNumbersWritten += 1;
    return this.digits;
  }
}

/** The nearest double, which may be infinite. undefined: the value is not a number. */
export function doubleOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return value instanceof ExactNumber ? Number(value.digits) : undefined;
}

/** Far deeper than any specification of a job; writing fails at a few thousand. */
export const MAX_DEPTH = 500;

interface ParsedJson {
  readonly value: Json;
  /** It parses, but could not be written again, and would take the whole response with it. */
  readonly isTooDeep: boolean;
}

/** undefined: not JSON. Of a value that is too deep, the digits are not kept. */
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

/** The results of a survey in order: of several, the highest counts. */
const PLAIN = 0;
/** A zero may have been a number too small for a double, which only the text shows. */
const ZERO = 1;
/** A number has not kept its digits. */
export const LOST = 2;
const TOO_DEEP = 3;

/** Whether a parsed value is nested too deeply, and whether doubles hold its numbers. */
export function survey(value: Json, maxDepth: number): number {
  if (typeof value === 'number') return surveyNumber(value);
  if (typeof value !== 'object' || value === null) return PLAIN;
  if (maxDepth === 0) return TOO_DEEP;
  if (value instanceof ExactNumber) return LOST;
  let highest = PLAIN;
  for (const part of Object.values<Json>(value)) {
    highest = Math.max(highest, survey(part, maxDepth - 1));
  }
  return highest;
}

/** The smallest that has all the digits of a double. */
const MIN_NORMAL = 2 ** -1022;
const MIN_UNSAFE = 2 ** 53;

function surveyNumber(value: number): number {
  const size = Math.abs(value);
  if (size >= MIN_NORMAL && size < MIN_UNSAFE) return PLAIN;
  return size === 0 ? ZERO : LOST;
}

/** Before the exponent. */
const SIGNIFICANT = /^[-.0]*[1-9]/;

function losesDigits(digits: string): boolean {
  const found = surveyNumber(Number(digits));
  return found === LOST || (found === ZERO && SIGNIFICANT.test(digits));
}

/** With an exponent of two digits, a number that becomes zero has 224 zeros. */
const MANY_ZEROS = '0'.repeat(200);

/** Whether a text may hold a number that became zero: its exponent is long, or the zeros before its digits are many. */
export function mayUnderflow(text: string): boolean {
  return /\d[eE]-\d{3}/.test(text) || text.includes(MANY_ZEROS);
}

/** As JSON.stringify does, which learns on its way whether there is anything that it cannot write. */
export function stringifyExactly(value: unknown): string | undefined {
  const before = exactNumbersWritten;
  const text = JSON.stringify(value);
  return exactNumbersWritten === before ? text : stringify(value, null, undefined, [DIGITS]);
}

const DIGITS = {
  test: (value: unknown) => value instanceof ExactNumber,
  stringify: (value: unknown) => (value instanceof ExactNumber ? value.digits : ''),
};
