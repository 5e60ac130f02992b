// The models of a filter, page by page.
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import type { Filter } from './address';
import { ask } from './client';
import { MODELS } from './queries';

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
