// graphql-yoga on node:http, with its plugin for persisted queries.
import { createServer } from 'node:http';
import { useAPQ } from '@graphql-yoga/plugin-apq';
import { createYoga } from 'graphql-yoga';
import { createContext } from './context.mjs';
import { ready } from './listen.mjs';
import { createSchema } from './schema.mjs';

const yoga = createYoga({
  schema: createSchema(),
  context: createContext,
  plugins: [useAPQ()],
  graphiql: false,
  logging: 'error',
});
const server = createServer(yoga);
server.listen(0, '127.0.0.1', () => ready(server.address().port));
