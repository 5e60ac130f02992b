// The steps of every HTTP request, in order: headers of every response, host, CORS, route, access, answer.
import { randomUUID } from 'node:crypto';
import cors from 'cors';
import { AppError } from '../domain/errors.js';
import type { Report } from '../domain/events.js';
import { isLoopbackName } from '../lib/loopback.js';
import type { AccessControl } from './access-control.js';
import { HttpError, type RequestInfo, type Route } from './route.js';
import { sendAppError, sendError } from './send-response.js';
import type { HttpListener } from './server.js';

export interface ListenerOptions {
  readonly routes: ReadonlyMap<string, Route>;
  readonly corsOrigins: readonly string[];
  /** True: the address is a loopback address, so Host names that are not loopback names are refused. */
  readonly loopbackOnly: boolean;
  readonly report: Report;
  readonly accessControl: Pick<AccessControl, 'authenticate'>;
}

/** Restrictions for browsers. */
const HEADERS_OF_EVERY_RESPONSE = new Map([
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
  ['Referrer-Policy', 'no-referrer'],
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
]);

export function createListener(options: ListenerOptions): HttpListener {
  const { routes, corsOrigins, loopbackOnly, report, accessControl } = options;
  const allowOrigins = cors({
    origin: [...corsOrigins],
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
    } else if (!route.methods.includes(req.method ?? '')) {
      res.setHeader('Allow', route.methods.join(', '));
      throw new HttpError(405, `This path answers ${route.methods.join(' and ')}.`);
    } else if (route.isOpen) {
      await route.handle({ ...request, search });
    } else {
      await route.handle({ ...request, search }, await accessControl.authenticate(request));
    }
  }

  function answerFailure(request: RequestInfo, error: unknown): void {
    const { res, requestId } = request;
    if (error instanceof HttpError) {
      // The connection stays open: closing it while the client still sends would reset it, and the answer is lost.
      sendError(request, error.status, 'BAD_REQUEST', error.message, error.details);
    } else if (error instanceof AppError) {
      report({ type: 'refusal', requestId, code: error.code });
      sendAppError(request, error);
    } else {
      report({ type: 'unexpected', requestId, error });
      if (res.headersSent) res.destroy();
      else sendError(request, 500, 'INTERNAL_SERVER_ERROR', 'Internal server error');
    }
  }

  return (req, res, bounds) => {
    const requestId = requestIdOf(req.headers['x-request-id']);
    res.setHeaders(HEADERS_OF_EVERY_RESPONSE);
    res.setHeader('X-Request-Id', requestId);
    const request = { req, res, requestId, ...bounds };
    const { host } = req.headers;
    if (host === undefined && req.httpVersion === '1.1') {
      res.setHeader('Connection', 'close');
      sendError(request, 400, 'BAD_REQUEST', 'A request must name its Host.');
    } else if (loopbackOnly && !isLoopbackName(host?.replace(/:\d{1,5}$/, '') ?? '')) {
      // DNS rebinding: a web page may point its own name at this machine.
      sendError(request, 403, 'FORBIDDEN', 'This Host name is not served here.');
    } else {
      const goOn = () => answer(request).catch((error) => answerFailure(request, error));
      if (corsOrigins.length === 0) goOn();
      else allowOrigins(req, res, goOn);
    }
  };
}

const CLEAN_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The client's own id when it is clean, else a new one. */
function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && CLEAN_ID.test(header) ? header : randomUUID();
}

const ORIGIN = /^[^:]+:\/\/[^/?#]*\/?/;

/** `//name/path` is a path, but URL would read a host in it; a target that is not a URL is the client's error. */
function parseTarget(target: string): URL {
  const text = target.startsWith('/') ? `http://localhost${target}` : target;
  if (!URL.canParse(text)) throw new HttpError(400, 'The request target is not a URL.');
  const url = new URL(text);
  // A proxy in front may have checked the path as it was sent: `/graphql/../metrics` is refused.
  const [path] = text.replace(ORIGIN, '/').split('?', 1);
  if (path !== url.pathname) {
    throw new HttpError(400, 'The request target must be a path without detours.');
  }
  return url;
}
