// Sends whole responses: counts their bytes over the process, then writes head and body.
import { AppError, ERRORS } from '../domain/errors.js';
import { publicExtensions } from '../graphql/format-error.js';
import { wireText } from '../graphql/prepared/wire-text.js';
import type { Answer, OwnHeaders } from './answer.js';
import { type Body, sendBody } from './send-body.js';

export interface WholeResponse {
  readonly status: number;
  readonly headers: OwnHeaders;
  readonly body: Body;
}

export function send(res: Answer, { status, headers, body }: WholeResponse): void {
  if (!hasRoom(res, body)) return;
  if (status === 200) res.writeOwnHead(headers);
  else res.writeHead(status, headers);
  sendBody(res, body);
}

/** Smaller responses are not counted, so that refusals and probes are sent when there is no room for others. */
const UNCOUNTED_BYTES = 4096;

/** To be asked before the head is written. False: the process has no room for the body, and that is answered. */
export function hasRoom(res: Answer, body: Body): boolean {
  // Bytes, unlike texts, are shared by all responses that send them.
  const isCounted = typeof body === 'string' && body.length > UNCOUNTED_BYTES;
  if (!isCounted) {
    // What was held while it was being built.
    res.share.hold(0);
    return true;
  }
  if (res.share.hold(body.length)) return true;
  const message = 'The server is busy sending other responses; try again later.';
  sendAppError(res, new AppError('RATE_LIMITED', message, { retryAfterMs: 1000 }));
  return false;
}

export function sendJson(res: Answer, status: number, body: unknown): void {
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
  res: Answer,
  status: number,
  code: string,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
) {
  sendJson(res, status, { errors: [{ message, extensions: { code, ...details } }] });
}

/** As the same error would be answered by an operation that has no data. */
export function sendAppError(res: Answer, error: AppError): void {
  const { code, ...details } = publicExtensions(error);
  const { retryAfterMs } = error.details;
  if (retryAfterMs !== undefined) {
    res.setHeader('Retry-After', String(Math.ceil(retryAfterMs / 1000)));
  }
  sendError(res, ERRORS[error.code].httpStatus, error.code, error.message, details);
}
