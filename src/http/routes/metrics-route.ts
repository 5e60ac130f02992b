// GET /metrics for Prometheus.
import { wireText } from '../../graphql/prepared/wire-text.js';
import { send } from '../reply.js';
import type { Route } from '../route.js';

export function metricsRoute(
  expose: () => Promise<{ readonly type: string; readonly text: string }>,
  isOpen: boolean,
): Route {
  return {
    methods: ['GET', 'HEAD'],
    // On a port of its own, any client that reaches the port may read the metrics.
    ...(isOpen && { isOpen }),
    async handle({ res }) {
      const { type, text } = await expose();
      const body = wireText(text);
      const headers = {
        'content-type': type,
        'content-length': body.length,
        'cache-control': 'no-store',
      };
      send(res, { status: 200, headers, body });
    },
  };
}
