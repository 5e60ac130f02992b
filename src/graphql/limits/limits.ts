// The size limits of an operation, and the one error for an operation beyond them. Pure.
import { AppError } from '../../domain/errors.js';

/**
 * Code that walks a document calls itself for each level, and the stack ends at some thousands: no useful
 * document comes near this.
 */
export const MAX_NESTING = 200;

/** The limits that the text of a document alone decides. */
export interface DocumentLimits {
  readonly tokens: number;
  readonly operations: number;
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly directives: number;
  /** Selected fields, with fragments put where they are spread. */
  readonly fields: number;
  /** Selections of one field at one place. */
  readonly repeats: number;
}

/** The limits for which the arguments count, too. */
export interface OperationLimits {
  readonly ids: number;
  /** Items of lists, multiplied along the path. */
  readonly rows: number;
  readonly representations: number;
}

/** In the order of the checks: the rows follow from the arguments, and are checked last. */
const NAMES = {
  tokens: 'tokens',
  operations: 'operations',
  nesting: 'levels of nesting',
  depth: 'levels of fields',
  introspectionDepth: 'levels of introspection fields',
  aliases: 'aliases',
  rootFields: 'root fields',
  directives: 'directives',
  fields: 'fields',
  repeats: 'selections of one field at one place',
  ids: 'ids',
  representations: 'references',
  rows: 'items of lists',
  priced: 'objects and calls to price',
} as const;

export type Measured = keyof typeof NAMES;

type Sizes = { readonly [Name in Measured]?: number };

/** Throws QUERY_TOO_COMPLEX for the first measure that is over its limit. */
export function refuseLarger(limits: Sizes, measures: Sizes): void {
  const over = MEASURED.find((name) => isOver(name, limits, measures));
  if (over !== undefined) throw tooLarge(over, limits[over] ?? 0, measures[over] ?? 0);
}

export function isWithin(limits: Sizes, measures: Sizes): boolean {
  return !MEASURED.some((name) => isOver(name, limits, measures));
}

function isOver(name: Measured, limits: Sizes, measures: Sizes): boolean {
  return (measures[name] ?? 0) > (limits[name] ?? Number.POSITIVE_INFINITY);
}

const isMeasured = (name: string): name is Measured => name in NAMES;
const MEASURED = Object.keys(NAMES).filter(isMeasured);

export function tooLarge(name: Measured, limit: number, measured: number): AppError {
  const message = `The operation has ${measured} ${NAMES[name]}; ${limit} are allowed.`;
  return new AppError('QUERY_TOO_COMPLEX', message, { limit, measured });
}
