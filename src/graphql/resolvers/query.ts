// The root fields of queries: models by id and by list, versions by name, nodes.
import { unlessOmitted } from '../../domain/call.js';
import { parseGlobalId } from '../../domain/ids.js';
import { refuseLongList } from '../../domain/list.js';
import type { Model, ModelVersion } from '../../domain/model.js';
import type { NodeResolvers, QueryResolvers } from '../__generated__/resolvers.js';
import type { Loaders } from '../loaders.js';
import { connect } from '../pagination/connection.js';

export const Query = {
  model: (_, { id }, { loaders }) => loaders.model(id, 'id'),

  modelsByIds(_, { ids }, { loaders }) {
    refuseLongList('ids', ids);
    // Each id has its own slot: a rejection is an error at its index and does not affect its siblings.
    return ids.map(async (id, index) => loaders.model(id, `ids[${index}]`));
  },

  models: (_, { filter, orderBy, ...page }, { loaders, call }, info) =>
    unlessOmitted(connect(loaders.models(filter, orderBy), page, info), call.budget, null),

  modelVersion: (_, key, { loaders }) => loaders.version(key, 'versionName'),
} satisfies QueryResolvers;

/** The Relay fields, which RELAY_NODE=off leaves out. */
export const NodeQuery = {
  node: (_, { id }, { loaders }) => readNode(id, loaders),

  nodes(_, { ids }, { loaders }) {
    refuseLongList('ids', ids);
    return ids.map((id) => readNode(id, loaders));
  },
} satisfies QueryResolvers;

/** Relay: a model or a version by its opaque id. */
export const Node = {
  __resolveType: (node) => ('versionName' in node ? 'ModelVersion' : 'Model'),
} satisfies NodeResolvers;

/** null where nothing has this id, and where the id is malformed, since nothing can have a malformed id. */
async function readNode(id: string, loaders: Loaders): Promise<Model | ModelVersion | null> {
  const parsed = parseGlobalId(id);
  if (parsed === null) return null;
  return parsed.kind === 'model'
    ? loaders.model(parsed.modelId, 'id')
    : loaders.version(parsed, 'id');
}
