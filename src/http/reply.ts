// Sends whole responses: counts their bytes for the whole process, then writes head and body.
import { AppError, ERRORS } from '../domain/errors.js';
import { publicExtensions } from '../graphql/format-error.js';
import { wireText } from '../graphql/prepared/wire-text.js';
import type { HttpResponse, OwnHeaders } from './http-response.js';
import { type Body, sendBody } from './send-body.js';

export interface WholeResponse {
  readonly status: number;
  readonly headers: OwnHeaders;
  readonly body: Body;
}

export function send(res: HttpResponse, { status, headers, body }: WholeResponse): void {
  if (!hasRoom(res, body)) return;
  if (status === 200) res.writeOwnHead(headers);
  else res.writeHead(status, headers);
  sendBody(res, body);
}

/** Smaller responses are not counted, so that refusals and probes are sent when others have no room. */
const UNCOUNTED_BYTES = 4096;

/** Call it before the head is written. False: the process has no room for the body, and the answer is sent. */
export function hasRoom(res: HttpResponse, body: Body): boolean {
  // All responses that send the same bytes share them, unlike texts.
  const isCounted = typeof body === 'string' && body.length > UNCOUNTED_BYTES;
  if (!isCounted) {
    // Releases the bytes that were held while the response was built.
    res.share.hold(0);
    return true;
  }
  if (res.share.hold(body.length)) return true;
  const message = 'The server is busy sending other responses; try again later.';
  sendAppError(res, new AppError('RATE_LIMITED', message, { retryAfterMs: 1000 }));
  return false;
}

export function sendJson(res: HttpResponse, status: number, body: unknown): void {
  const text = wireText(JSON.stringify(body));
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': text.length,
    'cache-control': 'no-store',
  };
  send(res, { status, headers, body: text });
}

/** In the shape of a GraphQL error, so that a GraphQL client can show it. */
export function sendError(
  res: HttpResponse,
  status: number,
  code: string,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
) {
  sendJson(res, status, { errors: [{ message, extensions: { code, ...details } }] });
}

/** Sends the same answer as an operation that fails with this error and has no data. */
export function sendAppError(res: HttpResponse, error: AppError): void {
  const { code, ...details } = publicExtensions(error);
  const { retryAfterMs } = error.details;
  if (retryAfterMs !== undefined) {
    res.setHeader('Retry-After', String(Math.ceil(retryAfterMs / 1000)));
  }
  sendError(res, ERRORS[error.code].httpStatus, error.code, error.message, details);
}
