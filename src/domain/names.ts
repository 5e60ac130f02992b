// What may be asked for: the form of a model id. It looks nothing up.
import { AppError } from './errors.js';

const MODEL_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Throws BAD_USER_INPUT that names the argument; the value itself is not echoed, it may be long. */
export function parseModelId(value: string, argument: string): string {
  if (MODEL_ID.test(value)) return value;
  throw new AppError(
    'BAD_USER_INPUT',
    `${argument}: a model id is 1 to 128 letters, digits, "-", "_" or ".", the first a letter or digit.`,
  );
}
