// graphql-request for TanStack Query: which errors are tried again, and when.
import { QueryClient } from '@tanstack/react-query';
import { ClientError, GraphQLClient } from 'graphql-request';

export const createGraphQLClient = (url: string, headers: Record<string, string> = {}) =>
  new GraphQLClient(url, { headers });

export const createQueryClient = () =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: (failures, error) => failures < 1 && pauseMs(error) !== undefined,
        retryDelay: (_, error) => pauseMs(error) ?? 0,
      },
    },
  });

export const errorCode = (error: unknown): unknown => firstError(error)?.code;

function pauseMs(error: unknown): number | undefined {
  const pause = firstError(error)?.retryAfterMs;
  return typeof pause === 'number' ? pause : undefined;
}

function firstError(error: unknown) {
  return error instanceof ClientError ? error.response.errors?.[0]?.extensions : undefined;
}
