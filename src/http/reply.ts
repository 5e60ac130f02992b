// Answers that are not GraphQL results, written whole.
import type { ServerResponse } from 'node:http';
import { type AppError, ERRORS } from '../domain/errors.js';
import { publicExtensions } from '../graphql/format-error.js';

export function sendJson(res: ServerResponse, status: number, body: unknown): void {
  send(res, status, 'application/json; charset=utf-8', JSON.stringify(body));
}

export function sendText(res: ServerResponse, status: number, type: string, body: string): void {
  send(res, status, `${type}; charset=utf-8`, body);
}

/** In the shape of a GraphQL error, so that a GraphQL client can show it. */
export function sendError(
  res: ServerResponse,
  status: number,
  code: string,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
) {
  sendJson(res, status, { errors: [{ message, extensions: { code, ...details } }] });
}

/** As the same error would be answered by an operation that has no data. */
export function sendAppError(res: ServerResponse, error: AppError): void {
  const { code, ...details } = publicExtensions(error);
  const { retryAfterMs } = error.details;
  if (retryAfterMs !== undefined) {
    res.setHeader('Retry-After', String(Math.ceil(retryAfterMs / 1000)));
  }
  sendError(res, ERRORS[error.code].httpStatus, error.code, error.message, details);
}

function send(res: ServerResponse, status: number, type: string, body: string): void {
  res.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  // HEAD and 204 bodies are left out by node itself.
  res.end(body);
}
