// Hive Gateway: `npx hive-gateway supergraph --config-path gateways/hive-gateway.config.mjs`.
import { defineConfig, useHttpCache } from '@graphql-hive/gateway';

const FORWARDED = ['authorization', 'x-api-key', 'x-upstream-budget'];

export const gatewayConfig = defineConfig({
  // It sends X-Request-Id by itself.
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => ({
      ...Object.fromEntries(FORWARDED.map((name) => [name, request.headers.get(name)])),
      // Named here, it is part of what useHttpCache compares by Vary from the first request on.
      'accept-encoding': 'gzip',
    }),
    // A number for each request to a subgraph, separated by commas: the client adds them up.
    fromSubgraphsToClient: ({ response }) => ({
      'x-upstream-calls': response.headers.get('x-upstream-calls'),
    }),
  },
  // It keeps answers that say public: those of a server with CACHE_CONTROL_SCOPE=public.
  plugins: (context) => [useHttpCache(context)],
});
