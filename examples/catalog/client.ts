// Asks the API with graphql-request and keeps the answers with TanStack Query.
import { QueryClient } from '@tanstack/react-query';
import type { TadaDocumentNode } from 'gql.tada';
import { print } from 'graphql';
import { ClientError, GraphQLClient } from 'graphql-request';

const client = new GraphQLClient(import.meta.env.VITE_GRAPHQL_URL, { errorPolicy: 'all' });

export interface Answer<Data> {
  readonly data: Data;
  /** The calls to PAI that this answer took; 0 when the server had everything in its cache. */
  readonly calls: number;
}

export class ApiError extends Error {
  readonly code: unknown;
  readonly retryAfterMs: unknown;

  constructor({ message, extensions }: GraphQLProblem) {
    super(message);
    this.code = extensions?.code;
    this.retryAfterMs = extensions?.retryAfterMs;
  }
}

interface GraphQLProblem {
  readonly message: string;
  readonly path?: readonly unknown[] | undefined;
  readonly extensions?: { readonly code?: unknown; readonly retryAfterMs?: unknown };
}

/**
 * Throws an ApiError when a field of the query itself failed. Fields below it are null where they failed. It takes no
 * AbortSignal: StrictMode mounts a component twice, and would cancel the first request and pay for a second one.
 */
export async function ask<Data, Variables extends object>(
  document: TadaDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Answer<Data>> {
  const answer = await client
    .rawRequest<Data>({ query: print(document), variables: { ...variables } })
    .catch((error: unknown) => {
      const [refusal] = error instanceof ClientError ? (error.response.errors ?? []) : [];
      throw refusal === undefined ? error : new ApiError(refusal);
    });
  const failure = answer.errors?.find(({ path = [] }) => path.length <= 1);
  if (failure !== undefined) throw new ApiError(failure);
  return { data: answer.data, calls: callsIn(answer.extensions) };
}

function callsIn(extensions: unknown): number {
  const { upstream } = (extensions ?? {}) as { upstream?: { calls?: number } };
  return upstream?.calls ?? 0;
}

/** A refusal that names a pause is tried again once after it. */
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

function pauseMs(error: unknown): number | undefined {
  const pause = error instanceof ApiError ? error.retryAfterMs : undefined;
  return typeof pause === 'number' ? pause : undefined;
}
