// The subgraph's SDL as text, for code generators and registries.
import { send } from '../reply.js';
import type { Route } from '../route.js';

export function schemaRoute(sdl: () => string): Route {
  // All responses send the same bytes, made at the first request.
  let body: Buffer | undefined;
  return {
    methods: ['GET', 'HEAD'],
    handle({ res }) {
      body ??= Buffer.from(sdl());
      const headers = {
        'content-type': 'text/plain; charset=utf-8',
        'content-length': body.length,
        'cache-control': 'no-store',
      };
      send(res, { status: 200, headers, body });
    },
  };
}
