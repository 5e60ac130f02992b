// /healthz and /readyz, the probes of an orchestrator. Neither ever calls the upstream.
import type { Route } from '../route.js';
import { sendJson } from '../send-response.js';

export interface Readiness {
  readonly status: 'starting' | 'ready' | 'draining';
  /** The last known state of each part. */
  readonly parts: Readonly<Record<string, string>>;
}

export function probeRoutes(readiness: () => Readiness): ReadonlyMap<string, Route> {
  const probe = (answer: () => { readonly status: number; readonly body: unknown }): Route => ({
    methods: ['GET', 'HEAD'],
    isOpen: true,
    async handle(request) {
      const { status, body } = answer();
      sendJson(request, status, body);
    },
  });
  return new Map([
    ['/healthz', probe(() => ({ status: 200, body: { status: 'alive' } }))],
    [
      '/readyz',
      probe(() => {
        const body = readiness();
        return { status: body.status === 'ready' ? 200 : 503, body };
      }),
    ],
  ]);
}
