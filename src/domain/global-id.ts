// The ids by which everything can be read again: a model's is its own, a version's is made here. Pure.
import { isModelId, isVersionName } from './names.js';

export type GlobalId =
  | { readonly kind: 'model'; readonly modelId: string }
  | { readonly kind: 'version'; readonly modelId: string; readonly versionName: string };

/** The colon is no character of a model id, and the slash of neither part. */
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
  // One version has one id: other spellings of the same bytes are not it.
  if (!isWhole || versionId(modelId, versionName) !== id) return null;
  return { kind: 'version', modelId, versionName };
}
