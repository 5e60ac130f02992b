// The lists that a caller can ask for, from the filter and the order of the domain. Pure: it reads nothing.
import type { View } from '../domain/caller.js';
import type { ListOrder, ModelFilter, VersionFilter } from '../domain/list.js';
import { type ListQuery, modelListQuery, versionListQueries } from '../pai/request.js';
import { narrowFilter } from './visibility.js';

export type { ListQuery };

export type ModelList =
  | { readonly kind: 'list'; readonly list: ListQuery }
  /** Nothing that it matches exists for the caller: PAI is not asked. `key` is the key of the list. */
  | { readonly kind: 'nothing_visible'; readonly key: string };

type Given<T> = T | null | undefined;

/** Narrowed to the caller's workspaces. Throws BAD_USER_INPUT that names the filter. */
export function modelList(
  filter: Given<ModelFilter>,
  order: Given<ListOrder>,
  view: View,
): ModelList {
  const narrowed = narrowFilter(filter ?? {}, view);
  const list = modelListQuery(narrowed ?? filter ?? {}, order);
  return narrowed === null ? { kind: 'nothing_visible', key: list.key } : { kind: 'list', list };
}

/** The list of each model, by its id: checking and encoding a long filter once serves all of them. */
export function versionLists(
  filter: Given<VersionFilter>,
  order: Given<ListOrder>,
): (modelId: string) => ListQuery {
  return versionListQueries(filter ?? {}, order);
}
