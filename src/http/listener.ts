// The steps of every HTTP request, in order: id, host, CORS, route.
import cors from 'cors';
import type { Caller } from '../domain/caller.js';
import type { Report } from '../domain/events.js';
import { attempt, type MaybePromise, whenThere } from '../domain/maybe-promise.js';
import type { AccessControl } from './access-control.js';
import { isLoopbackHost } from './host-check.js';
import { HttpError } from './http-error.js';
import type { HttpResponse } from './http-response.js';
import { sendError } from './reply.js';
import type { Request } from './request.js';
import { requestIdOf } from './request-id.js';
import type { RequestContext, Route } from './route.js';
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
  const allowOrigins = cors({
    origin: options.corsOrigins.length > 0 && [...options.corsOrigins],
    methods: ['GET', 'POST'],
    exposedHeaders: ['X-Request-Id', 'Retry-After'],
    maxAge: 600,
  });

  return (req, res) => {
    const requestId = requestIdOf(req.headers['x-request-id']);
    res.requestId = requestId;
    if (req.headers.host === undefined && req.httpVersion === '1.1') {
      res.setHeader('Connection', 'close');
      sendError(res, 400, 'BAD_REQUEST', 'A request must name its Host.');
      return;
    }
    if (options.loopbackOnly && !isLoopbackHost(req.headers.host)) {
      sendError(res, 403, 'FORBIDDEN', 'This Host name is not served here.');
      return;
    }
    const fail = (error: unknown) => answerFailure(res, error, requestId);
    const goOn = () => attempt(() => route(req, res, requestId, fail), fail);
    // Without an allowed origin, CORS has no header to add.
    if (options.corsOrigins.length === 0) goOn();
    else allowOrigins(req, res, goOn);
  };

  function route(req: Request, res: HttpResponse, requestId: string, fail: RequestContext['fail']) {
    const { pathname, search } = parseTarget(req.url ?? '/');
    const found = findRoute(options.routes, pathname, req, res);
    if (found === null) return;
    const admitted = found.isOpen
      ? NO_CALLER
      : options.accessControl.admit({ req, res, requestId });
    return whenThere(admitted, (caller): MaybePromise<void> => {
      if (caller !== null) return found.handle({ req, res, requestId, search, caller, fail });
    });
  }

  function answerFailure(res: HttpResponse, error: unknown, requestId: string): void {
    if (error instanceof HttpError) {
      // The connection stays open: closing it while the client still sends would reset it, and the answer is lost.
      sendError(res, error.status, 'BAD_REQUEST', error.message, error.details);
      return;
    }
    options.report({ type: 'unexpected', requestId, error });
    if (res.headersSent) res.destroy();
    else sendError(res, 500, 'INTERNAL_SERVER_ERROR', 'Internal server error');
  }
}

/** null: this path and method have no route, and the answer is sent. */
function findRoute(
  routes: ListenerOptions['routes'],
  path: string,
  { method = '' }: Request,
  res: HttpResponse,
): Route | null {
  const found = routes.get(path);
  if (found?.methods.includes(method)) return found;
  if (found === undefined) {
    sendError(res, 404, 'NOT_FOUND', 'There is nothing at this path.');
    return null;
  }
  res.setHeader('Allow', found.methods.join(', '));
  sendError(res, 405, 'BAD_REQUEST', `This path answers ${found.methods.join(' and ')}.`);
  return null;
}

/** An open route shows no data that depends on the caller. */
const NO_CALLER: Caller = { name: null, lane: '', view: 'nothing', workspaces: [], own: null };
