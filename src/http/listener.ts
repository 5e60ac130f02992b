// The steps of every HTTP request, in order: headers of every response, host, CORS, route, access, answer.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import { AppError } from '../domain/errors.js';
import type { Report } from '../domain/events.js';
import { inSpan, type Span } from '../domain/span.js';
import { isLoopbackName } from '../lib/loopback.js';
import type { AccessControl } from './access-control.js';
import { HttpError, type RequestInfo, type Route } from './route.js';
import { addVary, send, sendAppError, sendError } from './send-response.js';
import type { HttpListener } from './server.js';

export interface ListenerOptions {
  readonly routes: ReadonlyMap<string, Route>;
  readonly corsOrigins: readonly string[];
  /** True: the address is a loopback address, so Host names that are not loopback names are refused. */
  readonly loopbackOnly: boolean;
  readonly report: Report;
  readonly accessControl: Pick<AccessControl, 'authenticate'>;
  /** The span that it begins ends with the response. undefined: traces are off. */
  readonly beginSpan?: ((req: IncomingMessage, res: ServerResponse) => Span) | undefined;
}

/** Those that a page of another origin may read; its own are open to it without this. */
const EXPOSED_HEADERS = [
  'X-Request-Id',
  'X-Upstream-Calls',
  'ETag',
  'Retry-After',
  'WWW-Authenticate',
];

export function createListener(options: ListenerOptions): HttpListener {
  const { routes, corsOrigins, loopbackOnly, report, accessControl, beginSpan } = options;
  const allowOrigins = cors({
    origin: [...corsOrigins],
    methods: ['GET', 'POST'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 600,
    preflightContinue: true,
  });

  const authenticate = (request: RequestInfo) =>
    inSpan(request.span, 'authentication', () => accessControl.authenticate(request));

  async function answer(request: RequestInfo, route: Route | undefined): Promise<void> {
    const { method = '' } = request.req;
    try {
      if (route === undefined) {
        sendError(request, 404, 'NOT_FOUND', 'There is nothing at this path.');
      } else if (!route.methods.includes(method)) {
        request.head.allow = route.methods.join(', ');
        throw new HttpError(405, `This path answers ${route.methods.join(' and ')}.`);
      } else if (route.isOpen) {
        await route.handle(request);
      } else {
        await route.handle(request, await authenticate(request));
      }
    } catch (error) {
      answerFailure(request, error);
    } finally {
      request.span?.end();
    }
  }

  function answerFailure(request: RequestInfo, error: unknown): void {
    const { res, requestId, span } = request;
    if (error instanceof HttpError) {
      // The connection stays open: closing it while the client still sends would reset it, and the answer is lost.
      sendError(request, error.status, 'BAD_REQUEST', error.message, error.details);
    } else if (error instanceof AppError) {
      report({ type: 'refusal', requestId, span, code: error.code });
      sendAppError(request, error);
    } else {
      report({ type: 'unexpected', requestId, span, error });
      if (res.headersSent) res.destroy();
      else sendError(request, 500, 'INTERNAL_SERVER_ERROR', 'Internal server error');
    }
  }

  /** Answers a preflight, too: a browser asks by it for the rights of its page. */
  function applyCors(request: RequestInfo, goOn: () => void): void {
    const { req, res } = request;
    if (corsOrigins.length === 0) {
      goOn();
      return;
    }
    allowOrigins(req, res, () => {
      addVary(request, 'Origin');
      if (req.method !== 'OPTIONS') goOn();
      else send(request, { status: 204, headers: { 'content-length': '0' }, body: '' });
    });
  }

  return (req, res, { memory, limitSending }) => {
    const requestId = requestIdOf(req.headers['x-request-id']);
    const { path, search } = readTarget(req.url ?? '');
    const route = routes.get(path);
    const span = isTraced(route, req) ? beginSpan?.(req, res) : undefined;
    const head = headOf(requestId);
    const request = { req, res, requestId, span, search, head, memory, limitSending };
    if (isHostRefused(request, loopbackOnly)) span?.end();
    else applyCors(request, () => answer(request, route));
  };
}

/** The response is the refusal. */
function isHostRefused(request: RequestInfo, loopbackOnly: boolean): boolean {
  const { req, res } = request;
  const { host } = req.headers;
  if (host === undefined && req.httpVersion === '1.1') {
    res.setHeader('Connection', 'close');
    sendError(request, 400, 'BAD_REQUEST', 'A request must name its Host.');
    return true;
  }
  if (!loopbackOnly || isLoopbackName(host?.replace(/:\d{1,5}$/, '') ?? '')) return false;
  // DNS rebinding: a web page may point its own name at this machine.
  sendError(request, 403, 'FORBIDDEN', 'This Host name is not served here.');
  return true;
}

function isTraced(route: Route | undefined, { method = '' }: IncomingMessage): boolean {
  return route?.isTraced === true && route.methods.includes(method);
}

/** Of every response. A literal: V8 writes a copy with more fields as a hash table, which takes 10 µs more. */
function headOf(requestId: string): Record<string, string> {
  return {
    'x-request-id': requestId,
    // Restrictions for browsers.
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-opener-policy': 'same-origin',
  };
}

const CLEAN_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The client's own id when it is clean, else a new one. */
function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && CLEAN_ID.test(header) ? header : randomUUID();
}

/** Proxies may send the absolute form, with a scheme and a host. */
const TARGET = /^(?:[a-z]+:\/\/[^/?#]*)?([^?]*)(\?[^#]*)?/i;

/** The path is compared as it was sent, since a proxy in front may have checked it: no `..` is resolved. */
function readTarget(target: string): { path: string; search: string } {
  const [, path = '', search = ''] = TARGET.exec(target) ?? [];
  return { path, search };
}
