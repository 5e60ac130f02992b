import type { ModelResolvers } from '../__generated__/resolvers.js';
import { label, labels } from './labels.js';

export const Model = {
  __resolveReference: ({ id }, { loaders }) => loaders.model(id, 'id'),
  workspace: ({ workspaceId }) => (workspaceId === null ? null : { id: workspaceId }),
  labels,
  label,
  latestVersion: ({ latestVersion, meta }) => latestVersion && { ...latestVersion, meta },
} satisfies ModelResolvers;
