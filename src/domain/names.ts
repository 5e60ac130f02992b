// The valid forms of model ids and version names. It looks nothing up.
import { AppError } from './errors.js';

const MODEL_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const VERSION_NAME = /^[A-Za-z0-9._-]{1,128}$/;

export function isModelId(value: string): boolean {
  return MODEL_ID.test(value);
}

/** URLs resolve the path segments "." and ".." away: PAI would be asked for something else. */
export function isVersionName(value: string): boolean {
  return VERSION_NAME.test(value) && value !== '.' && value !== '..';
}

/** Throws BAD_USER_INPUT that names the argument; the value itself is not echoed, it may be long. */
export function parseModelId(value: string, argument: string): string {
  if (isModelId(value)) return value;
  throw new AppError(
    'BAD_USER_INPUT',
    `${argument}: a model id is 1 to 128 letters, digits, "-", "_" or ".", the first a letter or digit.`,
  );
}

/** Throws BAD_USER_INPUT that names the argument. */
export function parseVersionName(value: string, argument: string): string {
  if (isVersionName(value)) return value;
  throw new AppError(
    'BAD_USER_INPUT',
    `${argument}: a version name is 1 to 128 letters, digits, "-", "_" or ".".`,
  );
}
