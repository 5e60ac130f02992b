// The part of the registry that exists for a caller whose view is narrowed to some workspaces. Pure.
import { AppError } from '../domain/errors.js';
import type { ModelFilter } from '../domain/list.js';
import type { Model } from '../domain/model.js';
import type { ListQuery } from '../pai/list-query.js';

type Workspaces = readonly string[] | null;

const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** A set, since a caller may have thousands of workspaces, and a page holds a hundred models. */
function has(workspaces: readonly string[], id: string): boolean {
  const set = sets.get(workspaces) ?? new Set(workspaces);
  sets.set(workspaces, set);
  return set.has(id);
}

/** A model without a workspace is in none of them, regardless of its Accessibility. */
export function isVisible({ workspaceId }: Pick<Model, 'workspaceId'>, workspaces: Workspaces) {
  return workspaces === null || (workspaceId !== null && has(workspaces, workspaceId));
}

/**
 * The filter within the caller's workspaces; null: it matches nothing that exists for the caller. Throws BAD_USER_INPUT
 * where several workspaces are possible: PAI lists one workspace or all, never some.
 */
export function narrowFilter(filter: ModelFilter, workspaces: Workspaces): ModelFilter | null {
  if (workspaces === null) return filter;
  const wanted = filter.workspaceId ?? null;
  if (wanted !== null) return has(workspaces, wanted) ? filter : null;
  const [only, ...others] = workspaces;
  if (only === undefined) return null;
  if (others.length === 0) return { ...filter, workspaceId: only };
  throw new AppError('BAD_USER_INPUT', 'filter.workspaceId: say which of your workspaces.');
}

export function isListVisible({ workspaceId }: ListQuery, workspaces: Workspaces): boolean {
  return workspaces === null || (workspaceId !== null && has(workspaces, workspaceId));
}
