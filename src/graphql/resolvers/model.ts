// A model, with its versions, labels and workspace.
import { readWindow } from '../../catalog/paging/read-window.js';
import { unlessOmitted } from '../../domain/call.js';
import { NEWEST_FIRST, refuseLongList } from '../../domain/list.js';
import type { Model as DomainModel, ModelVersion } from '../../domain/model.js';
import type { ModelEdgeResolvers, ModelResolvers } from '../__generated__/resolvers.js';
import type { Loaders } from '../loaders.js';
import { connect } from '../pagination/connection.js';
import { wantedRows } from '../pagination/page-arguments.js';
import { label, labels } from './labels.js';
import { metricHistories, metricHistory } from './metrics.js';
import { workspaceOfModel } from './workspace.js';

export const Model = {
  workspace: workspaceOfModel,
  labels,
  label,
  meta: (model, _, { loaders }) => loaders.provenanceOf(model),

  latestApprovedVersion: (model, _, { loaders, call }) =>
    unlessOmitted(latestApprovedVersion(model, loaders), call.budget, model.id),

  versions(model, { filter, orderBy, ...page }, { loaders, call }, info) {
    const list = loaders.versions(model.id, filter, orderBy);
    const nodeOf = (version: ModelVersion) => loaders.reachedFrom(model, version);
    return unlessOmitted(connect(list, page, info, nodeOf), call.budget, model.id);
  },

  async version(model, { name }, { loaders }) {
    const version = await loaders.version({ modelId: model.id, versionName: name }, 'name');
    return version && loaders.reachedFrom(model, version);
  },

  metricHistory: (model, args, context) =>
    unlessOmitted(metricHistory(model, args, context), context.call.budget, model.id),

  metricHistories(model, args, context) {
    refuseLongList('metrics', args.metrics);
    return unlessOmitted(metricHistories(model, args, context), context.call.budget, model.id);
  },
} satisfies ModelResolvers;

async function latestApprovedVersion(model: DomainModel, loaders: Loaders) {
  const list = loaders.versions(model.id, { approvalStatus: 'APPROVED' }, NEWEST_FIRST);
  const { rows } = await readWindow(list.reader, wantedRows({ first: 1 }, list.key));
  const [newest] = rows;
  return newest ? loaders.reachedFrom(model, newest.value) : null;
}

export const ModelEdge = {
  tags: ({ node }) => node.tags,
} satisfies ModelEdgeResolvers;
