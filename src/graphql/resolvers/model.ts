// A model as an entity, with its versions, labels and workspace.

import { modelStub } from '../../domain/entity-stub.js';
import { whenThere } from '../../domain/maybe-promise.js';
import { parseModelId } from '../../domain/names.js';
import { latestVersionOf, type SourcedModelVersion } from '../../domain/provenance.js';
import { versionListQuery } from '../../pai/list-query.js';
import type { ModelResolvers } from '../__generated__/resolvers.js';
import { connect } from '../connection/connection.js';
import { metricHistory } from '../metric-history.js';
import { unlessOmitted } from '../omission.js';
import { keyText, type Representation, selectsOnly } from '../reference.js';
import { label, labels } from './labels.js';

export const MODEL_KEYS = ['__typename', 'id'];

export const Model = {
  __resolveReference(reference: Representation, { loaders }, info) {
    const id = parseModelId(keyText(reference, 'id'), 'id');
    return selectsOnly(MODEL_KEYS, info, 'Model') ? modelStub(id) : loaders.model(id, 'id');
  },

  workspace: ({ workspaceId }) => (workspaceId === null ? null : { id: workspaceId }),
  labels,
  label,
  latestVersion: latestVersionOf,

  versions(model, { filter, orderBy, ...page }, { loaders, pageCaps, call }, info) {
    const { id } = model;
    const list = versionListQuery(id, filter ?? {}, orderBy);
    const source = {
      key: list.key,
      pages: loaders.versions(id, list),
      sizeMax: () => pageCaps.of('ListModelVersions', call.caller),
      idOf: (version: { versionName: string }) => version.versionName,
    };
    const nodeOf = (version: SourcedModelVersion) => loaders.reachedFrom(model, version);
    return unlessOmitted(connect(source, page, info, nodeOf), call.budget.omitted, id);
  },

  version: (model, { name }, { loaders }) =>
    whenThere(
      loaders.version({ modelId: model.id, versionName: name }, 'name'),
      (version) => version && loaders.reachedFrom(model, version),
    ),

  metricHistory: (model, args, { loaders, pageCaps, call }) =>
    unlessOmitted(
      metricHistory(model, args, loaders, () => pageCaps.of('ListModelVersions', call.caller)),
      call.budget.omitted,
      model.id,
    ),
} satisfies ModelResolvers;
