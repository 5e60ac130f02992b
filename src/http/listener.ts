// The line every HTTP request walks: id, host, CORS, route.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import cors from 'cors';
import type { Report } from '../domain/events.js';
import { isLoopbackHost } from './host-check.js';
import { HttpError } from './read-json-body.js';
import { sendError } from './reply.js';
import { requestIdOf } from './request-id.js';
import type { Route } from './route.js';

export interface ListenerOptions {
  readonly routes: ReadonlyMap<string, Route>;
  readonly corsOrigins: readonly string[];
  /** Refuse names that are not loopback, since the address is. */
  readonly loopbackOnly: boolean;
  readonly report: Report;
}

export function createListener(options: ListenerOptions): RequestListener {
  const allowOrigins = cors({
    origin: options.corsOrigins.length > 0 && [...options.corsOrigins],
    methods: ['GET', 'POST'],
    exposedHeaders: ['X-Request-Id', 'Retry-After'],
    maxAge: 600,
  });

  return (req, res) => {
    const requestId = requestIdOf(req.headers['x-request-id']);
    res.setHeader('X-Request-Id', requestId);
    if (options.loopbackOnly && !isLoopbackHost(req.headers.host)) {
      sendError(res, 403, 'FORBIDDEN', 'This Host name is not served here.');
      return;
    }
    allowOrigins(req, res, () => void route(req, res, requestId));
  };

  async function route(req: IncomingMessage, res: ServerResponse, requestId: string) {
    try {
      const url = parseTarget(req.url ?? '/');
      const found = options.routes.get(url.pathname);
      if (found === undefined) {
        sendError(res, 404, 'NOT_FOUND', 'There is nothing at this path.');
      } else if (!found.methods.includes(req.method ?? '')) {
        res.setHeader('Allow', found.methods.join(', '));
        sendError(res, 405, 'BAD_REQUEST', `This path answers ${found.methods.join(' and ')}.`);
      } else {
        await found.handle({ req, res, url, requestId });
      }
    } catch (error) {
      fail(res, error, requestId);
    }
  }

  function fail(res: ServerResponse, error: unknown, requestId: string): void {
    if (error instanceof HttpError) {
      res.setHeader('Connection', 'close');
      sendError(res, error.status, 'BAD_REQUEST', error.message);
      return;
    }
    options.report({ type: 'unexpected', requestId, error });
    if (res.headersSent) res.destroy();
    else sendError(res, 500, 'INTERNAL_SERVER_ERROR', 'Internal server error');
  }
}

/** `//name/path` is a path, which URL would take for a host; what is no URL is the client's fault. */
function parseTarget(target: string): URL {
  const text = target.startsWith('/') ? `http://localhost${target}` : target;
  if (!URL.canParse(text)) throw new HttpError(400, 'The request target is not a URL.');
  return new URL(text);
}
