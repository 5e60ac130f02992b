// A list that loads more, and a second component that reads another field of the same object.
import { useQuery } from '@apollo/client/react';
import { MODELS, RATING } from '../codegen/queries';

export function Models() {
  const { data, error, fetchMore } = useQuery(MODELS);
  if (error) return <p role="alert">{error.message}</p>;
  if (!data) return <p>Loading…</p>;
  const { edges = [], pageInfo } = data.models ?? {};
  return (
    <>
      <ul>
        {edges.map(({ node }) => (
          <li key={node.id}>
            {node.name}: {node.extraInfo?.downloadCount ?? 0} downloads
          </li>
        ))}
      </ul>
      {pageInfo?.hasNextPage && (
        <button
          type="button"
          onClick={() => fetchMore({ variables: { after: pageInfo.endCursor } })}
        >
          More
        </button>
      )}
    </>
  );
}

export function Rating({ id }: { id: string }) {
  const { data } = useQuery(RATING, { variables: { id } });
  return <p>Rated {data?.model?.extraInfo?.rating ?? '–'}</p>;
}
