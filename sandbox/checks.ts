// Checks of JSON objects that come from outside: each names its first problem as text.
import type { JsonObject } from './wire.js';

/** The expected form as text, or undefined when the value has it. */
export type Check = (value: unknown) => string | undefined;
export type Fields = Readonly<Record<string, Check>>;

export const check = (isValid: (value: unknown) => boolean, expected: string): Check => {
  return (value) => (isValid(value) ? undefined : expected);
};
export const integer = (expected: string, from: number, to = Number.MAX_SAFE_INTEGER): Check =>
  check(
    (value) => Number.isSafeInteger(value) && from <= Number(value) && Number(value) <= to,
    expected,
  );

function knownFields(fields: Fields): string {
  const names = Object.keys(fields).join(', ');
  return names === '' ? 'there are no fields here' : `the fields are ${names}`;
}

/** Undefined when all fields are known and valid and the required ones are there. */
export function findProblem(
  object: JsonObject,
  fields: Fields,
  required: readonly string[] = [],
): string | undefined {
  for (const [name, value] of Object.entries(object)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field) return `${name} is not known: ${knownFields(fields)}`;
    const expected = field(value);
    if (expected !== undefined) return `${name} must be ${expected}`;
  }
  const missing = required.find((name) => object[name] === undefined);
  return missing && `${missing} is missing`;
}
