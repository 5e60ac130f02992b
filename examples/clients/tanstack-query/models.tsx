// A list that loads more: each page is one entry of the cache.
import { useInfiniteQuery } from '@tanstack/react-query';
import type { GraphQLClient } from 'graphql-request';
import { MODELS } from '../codegen/queries';

export function Models({ client }: { client: GraphQLClient }) {
  const { data, error, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['models'],
    queryFn: ({ pageParam, signal }) =>
      client.request({ document: MODELS, variables: { after: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ models }) =>
      models?.pageInfo.hasNextPage ? models.pageInfo.endCursor : undefined,
  });
  if (error) return <p role="alert">{error.message}</p>;
  if (!data) return <p>Loading…</p>;
  const edges = data.pages.flatMap(({ models }) => models?.edges ?? []);
  return (
    <>
      <ul>
        {edges.map(({ node }) => (
          <li key={node.id}>
            {node.name}: {node.extraInfo?.downloadCount ?? 0} downloads
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <button type="button" onClick={() => fetchNextPage()}>
          More
        </button>
      )}
    </>
  );
}
