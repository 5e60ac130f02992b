// GET /metrics for Prometheus.
import type { Route } from '../route.js';

export function metricsRoute(
  expose: () => Promise<{ readonly type: string; readonly text: string }>,
  isOpen: boolean,
): Route {
  return {
    methods: ['GET', 'HEAD'],
    // On a port of its own, whoever reaches the port may read.
    ...(isOpen && { isOpen }),
    async handle({ res }) {
      const { type, text } = await expose();
      res.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
      res.end(text);
    },
  };
}
