// The valid forms of ids and version names, and the ids by which models and versions can be read again: a model keeps its
// id, a version gets one here. It looks nothing up.
import { AppError } from './errors.js';

const MODEL_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const VERSION_NAME = /^[A-Za-z0-9._-]{1,128}$/;
/** PAI's are shorter. Without commas, so that fifty of them can be one parameter of a call. */
const LINKED_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

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

/** An id of a workspace or a dataset. */
export function isLinkedId(value: string): boolean {
  return LINKED_ID.test(value);
}

/** Throws BAD_USER_INPUT that names the argument. */
export function parseLinkedId(value: string, argument: string): string {
  if (isLinkedId(value)) return value;
  throw new AppError(
    'BAD_USER_INPUT',
    `${argument}: this id is 1 to 64 letters, digits, "-", "_" or ".", the first a letter or digit.`,
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

type GlobalId =
  | { readonly kind: 'model'; readonly modelId: string }
  | { readonly kind: 'version'; readonly modelId: string; readonly versionName: string };

/** A model id contains no colon, and neither part contains a slash. */
const VERSION_PREFIX = 'version:';

export function versionId(modelId: string, versionName: string): string {
  return VERSION_PREFIX + Buffer.from(`${modelId}/${versionName}`).toString('base64url');
}

/** null: malformed. */
export function parseGlobalId(id: string): GlobalId | null {
  if (!id.startsWith(VERSION_PREFIX)) return isModelId(id) ? { kind: 'model', modelId: id } : null;
  const text = Buffer.from(id.slice(VERSION_PREFIX.length), 'base64url').toString('utf8');
  const [modelId = '', versionName = '', ...rest] = text.split('/');
  const isWhole = rest.length === 0 && isModelId(modelId) && isVersionName(versionName);
  // A version has only one id: other encodings of the same bytes are invalid.
  if (!isWhole || versionId(modelId, versionName) !== id) return null;
  return { kind: 'version', modelId, versionName };
}
