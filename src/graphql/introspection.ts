// An Apollo plugin: introspection shows the schema that clients use. A gateway reads the subgraph by `_service`.
import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import { execute, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import type { Context } from './context.js';
import { toApiSchema } from './schema.js';

export function introspection(schema: GraphQLSchema): ApolloServerPlugin<Context> {
  const apiSchema = toApiSchema(schema);
  return {
    async requestDidStart() {
      return {
        async responseForOperation({ document, operation, request }) {
          // Apollo's types say otherwise, but a document may lack the operation that a request names.
          if (!operation || !selectsOnlySchema(operation)) return null;
          const result = await execute({
            schema: apiSchema,
            document,
            operationName: operation.name?.value,
            variableValues: request.variables,
          });
          // Apollo's run reports the error.
          if (result.errors || !result.data) return null;
          return {
            http: { headers: new HeaderMap() },
            body: { kind: 'single', singleResult: { data: result.data } },
          };
        },
      };
    },
  };
}

function selectsOnlySchema({ selectionSet }: OperationDefinitionNode): boolean {
  return selectionSet.selections.every(
    (selection) => selection.kind === 'Field' && selection.name.value.startsWith('__'),
  );
}
