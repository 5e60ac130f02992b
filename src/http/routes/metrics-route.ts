// GET /metrics for Prometheus.
import type { Route } from '../route.js';
import { send } from '../send-response.js';

export function metricsRoute(
  expose: () => Promise<{ readonly type: string; readonly text: string }>,
  isOpen: boolean,
): Route {
  return {
    methods: ['GET', 'HEAD'],
    // On a port of its own, any client that reaches the port may read the metrics.
    ...(isOpen && { isOpen }),
    async handle(request) {
      const { type, text } = await expose();
      const headers = { 'content-type': type, 'cache-control': 'no-store' };
      send(request, { status: 200, headers, body: text });
    },
  };
}
