// The queries of the catalog; TypeScript reads the types of their answers from the text (gql.tada).
import { initGraphQLTada, type ResultOf } from 'gql.tada';
import type { introspection } from '../clients/gql-tada/__generated__/schema';

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; JSON: unknown; Long: number; URL: string };
}>();

/** One call for a page, and one for the names of up to 50 workspaces. */
export const MODELS = graphql(`
  query Models($filter: ModelFilter!, $after: String) {
    models(
      filter: $filter
      orderBy: { field: CREATED_AT, direction: DESC }
      first: 24
      after: $after
    ) {
      totalCount
      nodes {
        id
        name
        description
        domain
        task
        type
        updatedAt
        workspaceId
        extraInfo {
          downloadCount
          rating
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

/** Of a list of up to 100 models one call, of a longer one up to ten: more would be counted in part. */
export const FACETS = graphql(`
  query Facets($filter: ModelFilter!) {
    models(filter: $filter, orderBy: { field: CREATED_AT, direction: DESC }, first: 0) {
      facets(fields: [DOMAIN, TASK, ORIGIN, TYPE], maxPages: 10) {
        scanned
        isComplete
        facets {
          field
          values {
            value
            count
          }
        }
      }
    }
  }
`);

/** One GetModel call, and one ListModelVersions call for scores and versions together. */
export const MODEL = graphql(`
  query Model($id: ID!) {
    model(id: $id) {
      id
      name
      description
      domain
      task
      type
      origin
      provider
      accessibility
      parameterSizeInMillions
      createdAt
      updatedAt
      documentUrl
      workspaceId
      labels {
        key
        value
      }
      extraInfo {
        downloadCount
        rating
      }
      metricHistories(first: 20) {
        metric
        dataset {
          datasetId
          uri
        }
        points {
          value
          version {
            id
            versionName
          }
        }
      }
      versions(first: 20, orderBy: { field: CREATED_AT, direction: DESC }) {
        totalCount
        nodes {
          id
          versionName
          description
          frameworkType
          formatType
          approvalStatus
          createdAt
        }
      }
    }
  }
`);

export type ListedModel = NonNullable<ResultOf<typeof MODELS>['models']>['nodes'][number];
type Facets = NonNullable<NonNullable<ResultOf<typeof FACETS>['models']>['facets']>;
export type FacetValue = Facets['facets'][number]['values'][number];
export type Model = NonNullable<ResultOf<typeof MODEL>['model']>;
export type MetricHistory = NonNullable<Model['metricHistories']>[number];
export type Version = NonNullable<Model['versions']>['nodes'][number];
