// A list that loads more: the cache joins the pages.
import { useState } from 'react';
import { useQuery } from 'urql';
import { MODELS } from '../codegen/queries';

export function Models() {
  const [after, setAfter] = useState<string | null>();
  const [{ data, error }] = useQuery({ query: MODELS, variables: { after } });
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
        <button type="button" onClick={() => setAfter(pageInfo.endCursor)}>
          More
        </button>
      )}
    </>
  );
}
