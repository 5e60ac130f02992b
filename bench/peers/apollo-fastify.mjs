// Apollo Server on its fastify integration.
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import fastify from 'fastify';
import { createContext } from './context.mjs';
import { ready } from './listen.mjs';
import { createSchema } from './schema.mjs';

const server = new ApolloServer({
  schema: createSchema(),
  plugins: [ApolloServerPluginLandingPageDisabled()],
});
await server.start();
const app = fastify({ bodyLimit: 10_000_000 });
app.route({
  url: '/graphql',
  method: ['GET', 'POST'],
  handler: fastifyApolloHandler(server, { context: async () => createContext() }),
});
await app.listen({ port: 0, host: '127.0.0.1' });
ready(app.server.address().port);
