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
  rows: 'items of lists',
  representations: 'references',
} as const;

export type Measured = keyof typeof NAMES;

/** Throws QUERY_TOO_COMPLEX for the first measure that is over its limit. */
export function refuseLarger(
  limits: { readonly [Name in Measured]?: number },
  measures: { readonly [Name in Measured]?: number },
): void {
  for (const name of MEASURED) {
    const limit = limits[name];
    const measured = measures[name];
    if (limit !== undefined && measured !== undefined && measured > limit) {
      throw tooLarge(name, limit, measured);
    }
  }
}

/** In the order of the checks: the rows follow from the arguments, and are checked last. */
const MEASURED: readonly Measured[] = [
  'tokens',
  'operations',
  'nesting',
  'depth',
  'introspectionDepth',
  'aliases',
  'rootFields',
  'directives',
  'fields',
  'repeats',
  'ids',
  'representations',
  'rows',
];

export function tooLarge(name: Measured, limit: number, measured: number): AppError {
  return new AppError(
    'QUERY_TOO_COMPLEX',
    `The operation has ${measured} ${NAMES[name]}; ${limit} are allowed.`,
    { limit, measured },
  );
}
