// Apollo Server as its documentation starts it; with --response-cache also its official cache of whole answers.
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControl } from '@apollo/server/plugin/cacheControl';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { startStandaloneServer } from '@apollo/server/standalone';
import { createContext } from './context.mjs';
import { ready } from './listen.mjs';
import { createSchema } from './schema.mjs';
import { hasFlag } from './settings.mjs';

async function responseCache() {
  const { default: plugin } = await import('@apollo/server-plugin-response-cache');
  return [ApolloServerPluginCacheControl({ defaultMaxAge: 3600 }), plugin()];
}

const server = new ApolloServer({
  schema: createSchema(),
  plugins: [
    ApolloServerPluginLandingPageDisabled(),
    ...(hasFlag('response-cache') ? await responseCache() : []),
  ],
});
const { url } = await startStandaloneServer(server, {
  listen: { port: 0, host: '127.0.0.1' },
  context: async () => createContext(),
});
ready(new URL(url).port);
