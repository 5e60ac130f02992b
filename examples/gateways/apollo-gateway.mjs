// Apollo Gateway: `node gateways/apollo-gateway.mjs supergraph.graphql 4100`.
import { readFileSync } from 'node:fs';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { context as active, propagation } from '@opentelemetry/api';
import { GraphQLError } from 'graphql';

const [path, port] = process.argv.slice(2);
const FORWARDED = ['authorization', 'x-api-key', 'x-request-id', 'x-upstream-budget'];

class Subgraph extends RemoteGraphQLDataSource {
  apq = true;

  willSendRequest({ request, context }) {
    for (const name of FORWARDED) {
      const value = context.headers?.[name];
      if (value) request.http.headers.set(name, value);
    }
    // With tracing.mjs, `traceparent`: the span of this fetch becomes the parent of the subgraph's.
    const trace = {};
    propagation.inject(active.active(), trace);
    for (const [name, value] of Object.entries(trace)) request.http.headers.set(name, value);
  }

  didReceiveResponse({ response, context }) {
    context.upstreamCalls += Number(response.http.headers.get('x-upstream-calls'));
    return response;
  }

  /** A refusal before GraphQL, such as 401 or 429, has an error in its body: the client gets it as it is. */
  async errorFromResponse(response) {
    const { errors = [] } = Object(await this.parseBody(response));
    const [{ message = `HTTP status ${response.status}`, extensions } = {}] = errors;
    return new GraphQLError(message, { extensions });
  }
}

const countUpstreamCalls = {
  requestDidStart: async () => ({
    willSendResponse: async ({ contextValue, response }) => {
      response.http.headers.set('x-upstream-calls', String(contextValue.upstreamCalls));
    },
  }),
};

const server = new ApolloServer({
  gateway: new ApolloGateway({
    supergraphSdl: readFileSync(path, 'utf8'),
    buildService: ({ url }) => new Subgraph({ url }),
  }),
  plugins: [countUpstreamCalls],
});
const { url } = await startStandaloneServer(server, {
  listen: { host: '127.0.0.1', port: Number(port) },
  context: async ({ req }) => ({ headers: req.headers, upstreamCalls: 0 }),
});
process.stdout.write(`Gateway at ${url}\n`);
