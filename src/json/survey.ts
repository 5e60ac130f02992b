// One look at every value of a parsed JSON text: how deep it is nested, and whether doubles hold its numbers. Pure.
import { ExactNumber } from '../domain/exact-number.js';
import { isJsonList, type Json, type JsonObject } from '../domain/model.js';

export type Finding = typeof PLAIN | typeof ZERO | typeof LOST | typeof TOO_DEEP;

/** In this order, of which the highest counts. */
export const PLAIN = 0;
/** A zero may have been a number too small for a double, which only the text shows. */
export const ZERO = 1;
/** A number has not kept its digits. */
export const LOST = 2;
export const TOO_DEEP = 3;

/** Every value of every answer comes by here, so that it makes neither a list of the parts nor a closure. */
export function survey(value: Json, maxDepth: number): Finding {
  if (typeof value === 'number') return surveyNumber(value);
  if (typeof value !== 'object' || value === null) return PLAIN;
  if (maxDepth === 0) return TOO_DEEP;
  if (isJsonList(value)) return surveyList(value, maxDepth - 1);
  return value instanceof ExactNumber ? LOST : surveyObject(value, maxDepth - 1);
}

/** The smallest that has all the digits of a double. */
const MIN_NORMAL = 2 ** -1022;
const MIN_UNSAFE = 2 ** 53;

function surveyNumber(value: number): Finding {
  const size = Math.abs(value);
  if (size >= MIN_NORMAL && size < MIN_UNSAFE) return PLAIN;
  return size === 0 ? ZERO : LOST;
}

function surveyList(values: readonly Json[], maxDepth: number): Finding {
  let highest: Finding = PLAIN;
  for (const value of values) {
    const found = survey(value, maxDepth);
    if (found > highest) highest = found;
  }
  return highest;
}

function surveyObject(object: JsonObject, maxDepth: number): Finding {
  let highest: Finding = PLAIN;
  for (const key in object) {
    const value = object[key];
    // Most are texts.
    if (typeof value === 'string' || value === undefined) continue;
    const found = survey(value, maxDepth);
    if (found > highest) highest = found;
  }
  return highest;
}

/** Whether a double does not hold the number of these digits. */
export function losesDigits(digits: string): boolean {
  const found = surveyNumber(Number(digits));
  return found === LOST || (found === ZERO && SIGNIFICANT.test(digits));
}

/** Before the exponent. */
const SIGNIFICANT = /^[-.0]*[1-9]/;

/** Whether a text may hold a number that became zero: its exponent is long, or the zeros before its digits are many. */
export function mayUnderflow(text: string): boolean {
  // An expression takes up to twice as long: it looks at more than the signs.
  for (let at = text.indexOf('-'); at !== -1; at = text.indexOf('-', at + 1)) {
    const before = text.charCodeAt(at - 1);
    const isExponent = before === SMALL_E || before === LARGE_E;
    if (isExponent && LONG_EXPONENT.test(text.slice(at - 2, at + 4))) return true;
  }
  return text.includes(MANY_ZEROS);
}

const SMALL_E = 0x65;
const LARGE_E = 0x45;
const LONG_EXPONENT = /^\d[eE]-\d{3}/;
/** With an exponent of two digits it takes 224. */
const MANY_ZEROS = '0'.repeat(200);
