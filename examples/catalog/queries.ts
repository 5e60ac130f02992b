// The queries of the catalog; TypeScript reads the types of their answers from the text (gql.tada).
import { initGraphQLTada, type ResultOf } from 'gql.tada';
import type { introspection } from '../clients/gql-tada/__generated__/schema';

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; JSON: unknown; Long: number; URL: string };
}>();

/**
 * At most three calls: the facets are counted from two pages of 100 models, which have the rows as well, and one call has
 * the names of 50 workspaces. More pages count more of a long list.
 */
export const MODELS = graphql(`
  query Models($filter: ModelFilter!, $after: String) {
    models(
      filter: $filter
      orderBy: { field: CREATED_AT, direction: DESC }
      first: 24
      after: $after
    ) {
      totalCount
      facets(fields: [DOMAIN, TASK, ORIGIN, TYPE], maxPages: 2) {
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
      nodes {
        id
        name
        description
        domain
        task
        type
        updatedAt
        workspaceId
        workspace {
          id
          displayName
        }
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

/** One GetModel call, one ListModelVersions call for scores and versions together, and the names of workspace and datasets. */
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
      workspace {
        id
        displayName
      }
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
          dataset {
            id
            name
          }
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

type Models = NonNullable<ResultOf<typeof MODELS>['models']>;
export type ListedModel = Models['nodes'][number];
export type CountedFacets = NonNullable<Models['facets']>;
export type FacetValue = CountedFacets['facets'][number]['values'][number];
export type Model = NonNullable<ResultOf<typeof MODEL>['model']>;
export type MetricHistory = NonNullable<Model['metricHistories']>[number];
export type Version = NonNullable<Model['versions']>['nodes'][number];
