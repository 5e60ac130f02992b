// The root fields of queries: models by id and by list, versions by name, nodes.
import { narrowFilter } from '../../catalog/visibility.js';
import { refuseLongList } from '../../domain/list.js';
import { modelListQuery } from '../../pai/list-query.js';
import type { QueryResolvers } from '../__generated__/resolvers.js';
import { connect } from '../connection/connection.js';
import { unlessOmitted } from '../omission.js';
import { NO_PAGES } from '../page-loader.js';
import { readNode } from './node.js';

export const Query = {
  model: (_, { id }, { loaders }) => loaders.model(id, 'id'),

  modelsByIds(_, { ids }, { loaders }) {
    refuseLongList('ids', ids);
    // Each id has its own slot: a rejection is an error at its index and does not affect its siblings.
    return ids.map((id, index) => loaders.model(id, `ids[${index}]`));
  },

  models(_, { filter, orderBy, ...page }, { loaders, pageCaps, call }, info) {
    const narrowed = narrowFilter(filter ?? {}, call.caller.workspaces);
    const list = modelListQuery(narrowed ?? filter ?? {}, orderBy);
    const source = {
      key: list.key,
      pages: narrowed === null ? NO_PAGES : loaders.models(list),
      sizeMax: () => pageCaps.of('ListModels', call.caller),
      idOf: (model: { id: string }) => model.id,
    };
    return unlessOmitted(connect(source, page, info), call.budget.omitted, null);
  },

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
