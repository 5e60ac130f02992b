// The models of a filter, page by page, and the values to narrow it by. Two requests, since the models need not wait
// for the count of a long list.
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { Filter } from './address';
import { ask } from './client';
import { FACETS, MODELS } from './queries';

export const useModels = (filter: Filter) =>
  useInfiniteQuery({
    queryKey: ['models', filter],
    queryFn: ({ pageParam, signal }) => ask(MODELS, { filter, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ data: { models } }) =>
      models?.pageInfo.hasNextPage ? models.pageInfo.endCursor : null,
    // The list on the screen stays until the next one is there.
    placeholderData: keepPreviousData,
  });

export const useFacets = (filter: Filter) =>
  useQuery({
    queryKey: ['facets', filter],
    queryFn: ({ signal }) => ask(FACETS, { filter }, signal),
    placeholderData: keepPreviousData,
  });
