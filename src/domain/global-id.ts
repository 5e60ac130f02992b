// The ids by which models and versions can be read again: a model keeps its id, a version gets one here. Pure.
import { isModelId, isVersionName } from './names.js';

export type GlobalId =
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
