// Relay's node: a model or a version by its opaque id.
import { parseGlobalId } from '../../domain/ids.js';
import type { SourcedModel, SourcedModelVersion } from '../../domain/model.js';
import type { NodeResolvers } from '../__generated__/resolvers.js';
import type { Loaders } from '../loaders.js';

export const Node = {
  __resolveType: (node) => ('versionName' in node ? 'ModelVersion' : 'Model'),
} satisfies NodeResolvers;

/** null where nothing has this id, and where the id is malformed, since nothing can have a malformed id. */
export async function readNode(
  id: string,
  loaders: Loaders,
): Promise<SourcedModel | SourcedModelVersion | null> {
  const parsed = parseGlobalId(id);
  if (parsed === null) return null;
  return parsed.kind === 'model'
    ? loaders.model(parsed.modelId, 'id')
    : loaders.version(parsed, 'id');
}
