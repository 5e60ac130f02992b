// /healthz and /readyz, the probes of an orchestrator. Neither ever calls the upstream.
import { sendJson } from '../reply.js';
import type { Route } from '../route.js';

export interface Readiness {
  readonly status: 'starting' | 'ready' | 'draining';
  /** The last known state of each part. */
  readonly parts: Readonly<Record<string, string>>;
}

export function probeRoutes(readiness: () => Readiness): ReadonlyMap<string, Route> {
  const methods = ['GET', 'HEAD'];
  return new Map([
    [
      '/healthz',
      { methods, isOpen: true, handle: ({ res }) => sendJson(res, 200, { status: 'alive' }) },
    ],
    [
      '/readyz',
      {
        methods,
        isOpen: true,
        handle({ res }) {
          const current = readiness();
          sendJson(res, current.status === 'ready' ? 200 : 503, current);
        },
      },
    ],
  ]);
}
