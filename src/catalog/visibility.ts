// The part of the registry that exists for a caller whose view is narrowed to some workspaces: everything outside them
// appears not to exist.
import type { FetchContext } from '../domain/call.js';
import type { View } from '../domain/caller.js';
import { AppError, asError } from '../domain/errors.js';
import { isLinkedId } from '../domain/ids.js';
import type { ListOrder, ModelFilter, Page, PageNumber } from '../domain/list.js';
import type { Dataset, Model } from '../domain/model.js';
import type { Fetched } from '../pai/attempt.js';
import { isWorkspaceRefusal } from '../pai/classify.js';
import type { PaiClient } from '../pai/client.js';
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
  if (view.kind !== 'workspaces') return filter;
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

export function isListVisible({ workspaceId }: ListQuery, view: View): boolean {
  if (view.kind !== 'workspaces') return true;
  return workspaceId !== null && view.ids.includes(workspaceId);
}

/**
 * A hidden model is absent before it reaches a cache, so that neither its age nor its cost distinguishes it from a
 * model that does not exist. A model without a workspace is in none of them, regardless of its Accessibility.
 */
export async function getVisibleModel(
  client: PaiClient,
  id: string,
  context: FetchContext,
): Promise<Fetched<Model> | null> {
  const { view } = context.caller;
  if (view.kind !== 'workspaces') return client.getModel(id, context);
  const found = await client.getModel(id, context).catch(absentIfRefused);
  const workspaceId = found?.value.workspaceId ?? null;
  return workspaceId !== null && view.ids.includes(workspaceId) ? found : null;
}

export function isWorkspaceVisible(id: string, view: View): boolean {
  return view.kind !== 'workspaces' || view.ids.includes(id);
}

/** A page of the caller's own workspaces, by their ids; null: PAI lists them. */
export function ownWorkspaces({ number, size }: PageNumber, view: View) {
  if (view.kind !== 'workspaces') return null;
  const ids = view.ids.filter(isLinkedId);
  return { ids: ids.slice((number - 1) * size, number * size), total: ids.length };
}

/** The same for a dataset. */
export async function getVisibleDataset(
  client: PaiClient,
  id: string,
  context: FetchContext,
): Promise<Fetched<Dataset> | null> {
  const { view } = context.caller;
  if (view.kind !== 'workspaces') return client.getDataset(id, context);
  const found = await client.getDataset(id, context).catch(absentIfRefused);
  return found && isDatasetVisible(found.value, view) ? found : null;
}

export function isDatasetVisible({ workspaceId }: Dataset, view: View): boolean {
  return view.kind !== 'workspaces' || (workspaceId !== null && view.ids.includes(workspaceId));
}

/** A refusal must not reveal whether the object exists. */
function absentIfRefused(error: unknown): null {
  if (isWorkspaceRefusal(error)) return null;
  throw error;
}

/** Hidden models leave empty places, so that positions stay right. */
export function hideModels(page: Page<Model>, view: View): Page<Model> {
  if (view.kind !== 'workspaces') return page;
  // A set, since a caller may have thousands of workspaces.
  const visible = new Set<string | null>(view.ids);
  const items = page.items.map((item) => (visible.has(item?.workspaceId ?? null) ? item : null));
  return { items, total: page.total };
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
