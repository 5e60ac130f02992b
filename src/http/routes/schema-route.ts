// The subgraph's SDL as text, for code generators and registries.
import { sendText } from '../reply.js';
import type { Route } from '../route.js';

export function schemaRoute(sdl: () => string): Route {
  return {
    methods: ['GET', 'HEAD'],
    handle: ({ res }) => sendText(res, 200, 'text/plain', sdl()),
  };
}
