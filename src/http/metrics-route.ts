// GET /metrics for Prometheus.
import type { Route } from './route.js';

export function metricsRoute(
  expose: () => Promise<{ readonly type: string; readonly text: string }>,
): Route {
  return {
    methods: ['GET', 'HEAD'],
    async handle({ res }) {
      const { type, text } = await expose();
      res.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
      res.end(text);
    },
  };
}
