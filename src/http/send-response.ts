// Sends whole responses: counts their bytes for the whole process, then writes head and body.
import { pipeline } from 'node:stream/promises';
import { type AppError, ERRORS } from '../domain/errors.js';
import type { MediaType } from '../graphql/context.js';
import { publicExtensions } from '../graphql/format-error.js';
import { noRoom } from '../graphql/limits/response-size.js';
import type { WholeResponse } from '../lib/response.js';
import { mediaTypeFor } from './negotiation.js';
import type { RequestInfo } from './route.js';

type Target = Pick<RequestInfo, 'res' | 'head' | 'memory' | 'limitSending'>;

/** Adds names to the one `Vary` of the response. */
export function addVary({ head }: Pick<RequestInfo, 'head'>, names: string): void {
  head.vary = head.vary === undefined ? names : `${head.vary}, ${names}`;
}

/** Adds the content-length. Gives the bytes of the body; 0: there was no memory for it. */
export function send(to: Target, response: WholeResponse): number {
  const { status, headers, body, isOwn = typeof body === 'string' } = response;
  const length = Buffer.byteLength(body);
  // Small responses are not counted, so that refusals and probes are sent when others have no room.
  const isCounted = isOwn && length > UNCOUNTED_BYTES;
  // Zero releases the bytes that were held while the response was built.
  if (!to.memory.hold(isCounted ? length : 0) && isCounted) {
    // An answer to an operation in application/json has the status 200 whatever its errors are.
    const isAnswer = headers['content-type']?.startsWith('application/json');
    sendAppError(to, noRoom(), isAnswer ? 200 : undefined);
    return 0;
  }
  const head = Object.assign(to.head, headers);
  if (status !== 204 && status !== 304) head['content-length'] = String(length);
  to.res.writeHead(status, head);
  sendBody(to, body, length);
  return length;
}

const UNCOUNTED_BYTES = 4096;

const SLICE_BYTES = 64 * 1024;
const LARGE_BYTES = 4 * SLICE_BYTES;

/** Large bodies go out in slices: to write megabytes in one piece delays all other connections. */
function sendBody({ res, limitSending }: Target, body: string | Buffer, length: number): void {
  if (length > LARGE_BYTES) {
    limitSending(length);
    // The pipeline fails when the client has gone.
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    pipeline(slicesOf(bytes), res).catch(() => {});
    return;
  }
  // Node writes a text together with the head, and bytes behind it.
  res.end(body);
  // In most cases the kernel has taken the whole body by now, and no limit is needed.
  if (res.writableLength > 0) limitSending(length);
}

/** Slices are not copies: bytes that many responses share stay in memory once. */
function* slicesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) yield bytes.subarray(at, at + SLICE_BYTES);
}

export function sendJson(
  to: Target,
  status: number,
  body: unknown,
  type: MediaType = 'application/json',
): void {
  const headers = { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' };
  send(to, { status, headers, body: JSON.stringify(body) });
}

/** In the shape and the type of a GraphQL error, so that a GraphQL client can show it. */
export function sendError(
  to: Target,
  status: number,
  code: string,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): void {
  const body = { errors: [{ message, extensions: { code, ...details } }] };
  sendJson(to, status, body, mediaTypeFor(to.res.req) ?? 'application/json');
}

/** Sends the same answer as an operation that fails with this error and has no data. */
export function sendAppError(
  to: Target,
  error: AppError,
  status: number = ERRORS[error.code].httpStatus,
): void {
  const { code, ...details } = publicExtensions(error);
  const { retryAfterMs } = error.details;
  if (retryAfterMs !== undefined) {
    to.head['retry-after'] = String(Math.ceil(retryAfterMs / 1000));
  }
  sendError(to, status, error.code, error.message, details);
}
