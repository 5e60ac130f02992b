// The part of the registry that exists for a caller whose view is narrowed to some workspaces: everything outside them
// appears not to exist.
import { isNarrowed, type View } from '../domain/caller.js';
import { AppError, asError } from '../domain/errors.js';
import { isLinkedId } from '../domain/ids.js';
import type { ListOrder, ModelFilter, Page, PageNumber } from '../domain/list.js';
import type { Fetched } from '../pai/attempt.js';
import { isWorkspaceRefusal } from '../pai/classify.js';
import { type ListQuery, modelListQuery } from '../pai/request.js';

type ModelList =
  | { readonly kind: 'list'; readonly list: ListQuery }
  /** Nothing that it matches exists for the caller: PAI is not asked. `key` is the key of the list. */
  | { readonly kind: 'nothing_visible'; readonly key: string };

/** A list of models within the caller's workspaces. Throws BAD_USER_INPUT that names the filter. */
export function modelList(
  filter: ModelFilter | null | undefined,
  order: ListOrder | null | undefined,
  view: View,
): ModelList {
  const narrowed = narrowFilter(filter ?? {}, view);
  const list = modelListQuery(narrowed ?? filter ?? {}, order);
  return narrowed === null ? { kind: 'nothing_visible', key: list.key } : { kind: 'list', list };
}

/**
 * null: it matches nothing that exists for the caller. Throws where several workspaces are possible: PAI lists one
 * workspace or all, never some.
 */
function narrowFilter(filter: ModelFilter, view: View): ModelFilter | null {
  if (!isNarrowed(view)) return filter;
  const wanted = filter.workspaceId ?? null;
  if (wanted !== null) return view.ids.includes(wanted) ? filter : null;
  const [only, ...others] = view.ids;
  if (only === undefined) return null;
  if (others.length === 0) return { ...filter, workspaceId: only };
  throw new AppError(
    'BAD_USER_INPUT',
    'filter.workspaceId: required, because you have several workspaces.',
  );
}

/** An object without a workspace (null) is in none of the caller's. */
export function isWorkspaceVisible(id: string | null, view: View): boolean {
  return !isNarrowed(view) || (id !== null && view.ids.includes(id));
}

interface Owned {
  readonly workspaceId: string | null;
}

/**
 * A hidden model or dataset is absent before it reaches a cache, so that neither its age nor its cost distinguishes it
 * from one that does not exist. One without a workspace is hidden, regardless of its Accessibility.
 */
export async function getVisible<T extends Owned>(
  get: () => Promise<Fetched<T> | null>,
  view: View,
): Promise<Fetched<T> | null> {
  if (!isNarrowed(view)) return get();
  const found = await get().catch(absentIfRefused);
  return found && isWorkspaceVisible(found.value.workspaceId, view) ? found : null;
}

/** A refusal must not reveal whether the object exists. */
function absentIfRefused(error: unknown): null {
  if (isWorkspaceRefusal(error)) return null;
  throw error;
}

/** Hidden rows leave empty places, so that positions stay right. */
export function hideRows<T extends Owned>(page: Page<T>, view: View): Page<T> {
  if (!isNarrowed(view)) return page;
  // A set, since a caller may have thousands of workspaces.
  const visible = new Set<string | null>(view.ids);
  const items = page.items.map((item) => (visible.has(item?.workspaceId ?? null) ? item : null));
  return { items, total: page.total };
}

/** A page of the caller's own workspaces, by their ids; null: PAI lists them. */
export function ownWorkspaces({ number, size }: PageNumber, view: View) {
  if (!isNarrowed(view)) return null;
  const ids = view.ids.filter(isLinkedId);
  return { ids: ids.slice((number - 1) * size, number * size), total: ids.length };
}

/**
 * Versions name no workspace: they exist where their model does. Reads only those of existing models; the outcomes are
 * in the order of the keys.
 */
export async function readWhereModelExists<K extends { readonly modelId: string }, T>(
  keys: readonly K[],
  modelExists: (modelId: string) => Promise<boolean>,
  read: (keys: readonly K[]) => Promise<(T | null | Error)[]>,
): Promise<(T | null | Error)[]> {
  const parents = await Promise.allSettled(keys.map(({ modelId }) => modelExists(modelId)));
  const visible = keys.filter((_, index) => {
    const parent = parents[index];
    return parent?.status === 'fulfilled' && parent.value;
  });
  const found = visible.length > 0 ? await read(visible) : [];
  const byKey = new Map(visible.map((key, index) => [key, found[index] ?? null]));
  return keys.map((key, index) => {
    const parent = parents[index];
    return parent?.status === 'rejected' ? asError(parent.reason) : (byKey.get(key) ?? null);
  });
}
