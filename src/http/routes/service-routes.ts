// The routes beside GraphQL: the probes of an orchestrator, the metrics for Prometheus, and the schema as text.
import type { RequestInfo, Route } from '../route.js';
import { send, sendJson } from '../send-response.js';

export interface Readiness {
  readonly status: 'starting' | 'ready' | 'draining';
  /** The last known state of each part. */
  readonly parts: Readonly<Record<string, string>>;
}

const methods = ['GET', 'HEAD'];

/** Neither probe ever calls the upstream. */
export function probeRoutes(readiness: () => Readiness): [string, Route][] {
  const alive = async (request: RequestInfo) => sendJson(request, 200, { status: 'alive' });
  const ready = async (request: RequestInfo) => {
    const body = readiness();
    sendJson(request, body.status === 'ready' ? 200 : 503, body);
  };
  return [
    ['/healthz', { methods, isOpen: true, handle: alive }],
    ['/readyz', { methods, isOpen: true, handle: ready }],
  ];
}

/** On a port of its own, any client that reaches the port may read the metrics. */
export function metricsRoute(
  expose: (accept?: string) => Promise<{ readonly type: string; readonly text: string }>,
  isOpen: boolean,
): Route {
  return {
    methods,
    isOpen,
    async handle(request: RequestInfo) {
      const { type, text } = await expose(request.req.headers.accept);
      const headers = { 'content-type': type, 'cache-control': 'no-store' };
      send(request, { status: 200, headers, body: text });
    },
  };
}

/** A schema as text: the API schema for clients' tools, the subgraph for composition and registries. */
export function schemaRoute(sdl: () => string): Route {
  // All responses send the same bytes, made at the first request.
  let body: Buffer | undefined;
  return {
    methods,
    async handle(request) {
      body ??= Buffer.from(sdl());
      const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
      send(request, { status: 200, headers, body });
    },
  };
}
