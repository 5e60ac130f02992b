// The subgraph's SDL as text, for code generators and registries.
import type { Route } from '../route.js';
import { send } from '../send-response.js';

export function schemaRoute(sdl: () => string): Route {
  // All responses send the same bytes, made at the first request.
  let body: Buffer | undefined;
  return {
    methods: ['GET', 'HEAD'],
    async handle(request) {
      body ??= Buffer.from(sdl());
      const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
      send(request, { status: 200, headers, body });
    },
  };
}
