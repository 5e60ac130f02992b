// References of a gateway: their keys, and whether anything beyond the keys is wanted.
import type { GraphQLResolveInfo } from 'graphql';
import { AppError } from '../domain/errors.js';
import { selectedFields } from './selection.js';

/** As the gateway sent it: nothing is certain of it but that it is an object. */
export type Representation = Readonly<Record<string, unknown>>;

export function keyText(reference: Representation, key: string): string {
  const value = reference[key];
  if (typeof value !== 'string') throw malformedKey(key);
  return value;
}

export function malformedKey(key: string): AppError {
  return new AppError('BAD_USER_INPUT', `${key}: the reference has no such key in its form.`);
}

/** Then a reference is echoed, unverified and without a call. */
export function selectsOnly(
  keyFields: readonly string[],
  info: GraphQLResolveInfo,
  typeName: string,
): boolean {
  const known = selections.get(info) ?? new Map<string, ReadonlySet<string>>();
  const selected = known.get(typeName) ?? selectedFields(info, typeName);
  selections.set(info, known.set(typeName, selected));
  return isOnly(keyFields, selected);
}

/** Of one field, whose references are many. */
const selections = new WeakMap<GraphQLResolveInfo, Map<string, ReadonlySet<string>>>();

export function isOnly(keyFields: readonly string[], selected: ReadonlySet<string>): boolean {
  return [...selected].every((field) => keyFields.includes(field));
}
