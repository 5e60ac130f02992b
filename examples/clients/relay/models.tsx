// A list that loads more (@connection), and a part that can be read anew on its own (@refetchable).
import {
  graphql,
  useLazyLoadQuery,
  usePaginationFragment,
  useRefetchableFragment,
} from 'react-relay';
import type { modelsList$key } from './__generated__/modelsList.graphql';
import type { modelsQuery } from './__generated__/modelsQuery.graphql';
import type { modelsRow$key } from './__generated__/modelsRow.graphql';

export function Models() {
  const query = useLazyLoadQuery<modelsQuery>(
    graphql`
      query modelsQuery {
        ...modelsList
      }
    `,
    {},
  );
  return <List query={query} />;
}

function List({ query }: { query: modelsList$key }) {
  const { data, hasNext, loadNext } = usePaginationFragment(
    graphql`
      fragment modelsList on Query
      @argumentDefinitions(first: { type: "Int", defaultValue: 10 }, after: { type: "String" })
      @refetchable(queryName: "modelsPageQuery") {
        models(first: $first, after: $after) @connection(key: "modelsList_models") {
          edges {
            node {
              id
              ...modelsRow
            }
          }
        }
      }
    `,
    query,
  );
  return (
    <>
      <ul>
        {data.models?.edges.map(({ node }) => (
          <Row key={node.id} model={node} />
        ))}
      </ul>
      {hasNext && (
        <button type="button" onClick={() => loadNext(10)}>
          More
        </button>
      )}
    </>
  );
}

function Row({ model }: { model: modelsRow$key }) {
  const [data, refetch] = useRefetchableFragment(
    graphql`
      fragment modelsRow on Model @refetchable(queryName: "modelsRowQuery") {
        name
        extraInfo {
          downloadCount
        }
      }
    `,
    model,
  );
  return (
    <li>
      {data.name}: {data.extraInfo?.downloadCount ?? 0} downloads
      <button type="button" onClick={() => refetch({}, { fetchPolicy: 'network-only' })}>
        Refresh
      </button>
    </li>
  );
}
