// Types without generated queries: TypeScript reads the text of each query itself.
import { initGraphQLTada, type ResultOf } from 'gql.tada';
import type { introspection } from './__generated__/schema';

export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; JSON: unknown; Long: number; URL: string };
}>();

export const MODEL = graphql(`
  query Model($id: ID!) {
    model(id: $id) {
      id
      name
      createdAt
      accessibility
      parameterSizeInMillions
    }
  }
`);

export type Model = NonNullable<ResultOf<typeof MODEL>['model']>;
