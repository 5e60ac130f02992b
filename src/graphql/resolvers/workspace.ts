// A workspace, with its models. The id that a model names is enough for the fields that do not come from PAI's workspace.
import type { GraphQLResolveInfo } from 'graphql';
import { unlessOmitted } from '../../domain/call.js';
import { AppError } from '../../domain/errors.js';
import type { LinkedWorkspace, Model } from '../../domain/model.js';
import type { QueryResolvers, WorkspaceResolvers } from '../__generated__/resolvers.js';
import type { Context } from '../context.js';
import { connect } from '../pagination/connection.js';
import { isKeyEnough } from '../selection.js';

export function workspaceOfModel(
  { workspaceId }: Model,
  _: unknown,
  { loaders }: Context,
  info: GraphQLResolveInfo,
): LinkedWorkspace | null | Promise<LinkedWorkspace | null> {
  if (workspaceId === null) return null;
  return isKeyEnough(info, ['id', 'models'])
    ? { kind: 'workspace', id: workspaceId }
    : loaders.linkedWorkspace(workspaceId);
}

export const Workspace = {
  models({ id }, { filter, orderBy, ...page }, { loaders, call }, info) {
    if ((filter?.workspaceId ?? id) !== id) {
      throw new AppError('BAD_USER_INPUT', 'filter.workspaceId: it is not this workspace.');
    }
    const list = loaders.models({ ...filter, workspaceId: id }, orderBy);
    return unlessOmitted(connect(list, page, info), call.budget, null);
  },
} satisfies WorkspaceResolvers;

export const WorkspaceQuery = {
  workspace: (_, { id }, { loaders }) => loaders.workspace(id, 'id'),

  workspaces: (_, page, { loaders, call }, info) =>
    unlessOmitted(connect(loaders.workspaces(), page, info), call.budget, null),
} satisfies QueryResolvers;
