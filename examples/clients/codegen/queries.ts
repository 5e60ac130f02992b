// The queries of these examples; their types are generated from schema.graphql.
import { graphql } from './__generated__';

export const MODELS = graphql(`
  query Models($filter: ModelFilter, $after: String) {
    models(filter: $filter, first: 10, after: $after) {
      edges {
        node {
          id
          name
          createdAt
          extraInfo {
            downloadCount
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const RATING = graphql(`
  query Rating($id: ID!) {
    model(id: $id) {
      id
      extraInfo {
        rating
      }
    }
  }
`);
