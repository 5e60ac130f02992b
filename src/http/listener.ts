// The steps of every HTTP request, in order: headers of every response, host, CORS, route, access, answer.
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import cors from 'cors';
import type { Caller } from '../domain/caller.js';
import type { Report } from '../domain/events.js';
import type { AccessControl } from './access-control.js';
import { HttpError } from './http-error.js';
import type { RequestInfo, Route } from './route.js';
import { sendError } from './send-response.js';
import type { HttpListener } from './server.js';
import { parseTarget } from './target.js';

export interface ListenerOptions {
  readonly routes: ReadonlyMap<string, Route>;
  readonly corsOrigins: readonly string[];
  /** True: the address is a loopback address, so Host names that are not loopback names are refused. */
  readonly loopbackOnly: boolean;
  readonly report: Report;
  readonly accessControl: AccessControl;
}

export function createListener(options: ListenerOptions): HttpListener {
  const { routes, corsOrigins, loopbackOnly, report, accessControl } = options;
  const allowOrigins = cors({
    origin: corsOrigins.length > 0 && [...corsOrigins],
    methods: ['GET', 'POST'],
    exposedHeaders: ['X-Request-Id', 'Retry-After'],
    maxAge: 600,
  });

  async function answer(request: RequestInfo): Promise<void> {
    const { req, res } = request;
    const { pathname, search } = parseTarget(req.url ?? '/');
    const route = routes.get(pathname);
    if (route === undefined) {
      sendError(request, 404, 'NOT_FOUND', 'There is nothing at this path.');
      return;
    }
    if (!route.methods.includes(req.method ?? '')) {
      res.setHeader('Allow', route.methods.join(', '));
      const message = `This path answers ${route.methods.join(' and ')}.`;
      sendError(request, 405, 'BAD_REQUEST', message);
      return;
    }
    const access = route.isOpen ? OPEN_ACCESS : await accessControl.admit(request);
    if (access.kind === 'admitted')
      await route.handle({ ...request, search, caller: access.caller });
  }

  function answerFailure(request: RequestInfo, error: unknown): void {
    if (error instanceof HttpError) {
      // The connection stays open: closing it while the client still sends would reset it, and the answer is lost.
      sendError(request, error.status, 'BAD_REQUEST', error.message, error.details);
      return;
    }
    report({ type: 'unexpected', requestId: request.requestId, error });
    if (request.res.headersSent) request.res.destroy();
    else sendError(request, 500, 'INTERNAL_SERVER_ERROR', 'Internal server error');
  }

  return async (req, res, bounds) => {
    const requestId = requestIdOf(req.headers['x-request-id']);
    setHeadersOfEveryResponse(res, requestId);
    const request = { req, res, requestId, ...bounds };
    if (req.headers.host === undefined && req.httpVersion === '1.1') {
      res.setHeader('Connection', 'close');
      sendError(request, 400, 'BAD_REQUEST', 'A request must name its Host.');
      return;
    }
    if (loopbackOnly && !isLoopbackHost(req.headers.host)) {
      sendError(request, 403, 'FORBIDDEN', 'This Host name is not served here.');
      return;
    }
    const goOn = () => answer(request).catch((error) => answerFailure(request, error));
    // Without an allowed origin, a preflight has no answer.
    if (corsOrigins.length === 0) await goOn();
    else allowOrigins(req, res, goOn);
  };
}

const CLEAN_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The client's own id when it is clean, else a new one. */
function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && CLEAN_ID.test(header) ? header : randomUUID();
}

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/** DNS rebinding: a web page may point its own name at this machine, so only loopback names are answered. */
function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && LOOPBACK_HOST.test(host);
}

/** Restrictions for browsers, and the id of the request in the logs. */
function setHeadersOfEveryResponse(res: ServerResponse, requestId: string): void {
  res.setHeader('X-Request-Id', requestId);
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('X-Frame-Options', 'DENY');
  res.setHeader('Referrer-Policy', 'no-referrer');
  res.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  res.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
}

/** An open route shows no data that depends on the caller. */
const NO_CALLER: Caller = {
  name: null,
  lane: '',
  view: { kind: 'workspaces', ids: [] },
  own: null,
};
const OPEN_ACCESS = { kind: 'admitted', caller: NO_CALLER } as const;
