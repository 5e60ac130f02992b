// Reads a GraphQL request whole: its body, its deadline, and the headers by which it controls freshness and upstream
// calls. Every mistake in it is an HttpError.
import { isUtf8 } from 'node:buffer';
import { setMaxListeners } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { RequestCacheControl } from '../domain/call.js';
import type { Caller } from '../domain/caller.js';
import { AppError } from '../domain/errors.js';
import type { GraphqlRequest, ReceivedRequest } from '../graphql/execute.js';
import { decompress } from '../lib/compression.js';
import { parseJson } from '../lib/json.js';
import { mayBeForged } from './forged-get.js';
import { codingFor, mediaTypeFor } from './negotiation.js';
import { HttpError, type RequestInfo } from './route.js';

export interface ReadOptions {
  readonly maxBodyBytes: number;
  /** The origins whose pages may send a GET without a header that only they could send. */
  readonly corsOrigins: readonly string[];
  /** The time for the whole request. */
  readonly timeoutMs: number;
  /** The monotonic clock. */
  readonly now: () => number;
}

const NOT_OFFERED =
  'The response would be application/json or application/graphql-response+json, and Accept allows neither.';
const FORGED =
  'Another site may have sent this GET (Cross-Site Request Forgery): send the header Apollo-Require-Preflight, or Content-Type: application/json.';

/** Its body is not parsed yet. */
export async function readRequest(
  { req, res, search, requestId, span, memory: room }: RequestInfo,
  caller: Caller,
  { maxBodyBytes, corsOrigins, timeoutMs, now }: ReadOptions,
): Promise<ReceivedRequest> {
  const { headers } = req;
  const isPost = req.method === 'POST';
  if (!isPost && mayBeForged(headers, corsOrigins)) throw new HttpError(400, FORGED);
  const mediaType = mediaTypeFor(req);
  if (mediaType === null) throw new HttpError(406, NOT_OFFERED);
  // The time in which the body arrives counts against the client.
  const startedAt = now();
  const deadlineAt = startedAt + timeoutMs;
  const cacheControl = parseCacheControl(headers['cache-control']);
  const budget = parseBudget(headers);
  return {
    requestId,
    span,
    caller,
    startedAt,
    deadlineAt,
    openSignal: () => abortAtEnd(res, Math.max(1, deadlineAt - now())),
    room,
    headers,
    mediaType,
    coding: codingFor(req),
    cacheControl,
    budget,
    isExplain: headers['x-upstream-explain'] === 'true',
    method: isPost ? 'POST' : 'GET',
    text: isPost ? decode(await readBody(req, maxBodyBytes)) : search,
  };
}

export function parseRequest(received: ReceivedRequest, cacheKey: string | null): GraphqlRequest {
  const { method, text } = received;
  const isGet = method === 'GET';
  const body = isGet ? null : parseJson(text);
  if (body === undefined) throw notJson();
  // Field by field: a copy with more fields has a hidden class of its own in V8, so each use of it is slow.
  return {
    requestId: received.requestId,
    span: received.span,
    caller: received.caller,
    startedAt: received.startedAt,
    deadlineAt: received.deadlineAt,
    openSignal: received.openSignal,
    room: received.room,
    headers: received.headers,
    mediaType: received.mediaType,
    coding: received.coding,
    cacheControl: received.cacheControl,
    budget: received.budget,
    isExplain: received.isExplain,
    method,
    text,
    search: isGet ? text : '',
    body,
    cacheKey,
  };
}

/** Ends the calls of a request: at its deadline, or when its client has gone. */
function abortAtEnd(res: ServerResponse, timeoutMs: number): AbortSignal {
  const controller = new AbortController();
  // All reads of an operation listen to its one signal; Node warns of a leak above ten listeners.
  setMaxListeners(0, controller.signal);
  const abort = (message: string) =>
    controller.abort(new AppError('UPSTREAM_TIMEOUT', message, { retryable: false }));
  const timer = setTimeout(() => abort('The operation took too long.'), timeoutMs);
  const end = () => {
    clearTimeout(timer);
    if (!res.writableFinished) abort('The client has gone.');
  };
  // `close` comes after every response, also after one that no client waits for any more.
  if (res.closed) end();
  else res.once('close', end);
  return controller.signal;
}

async function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (!isJsonInUtf8(req.headers['content-type'] ?? '')) {
    throw new HttpError(415, 'The body must be application/json in UTF-8.');
  }
  const declared = Number(req.headers['content-length'] ?? 0);
  if (declared > maxBytes) {
    // The body is read and dropped.
    req.resume();
    throw bodyTooLarge(maxBytes, declared);
  }
  const sent = await readAtMost(req, maxBytes);
  const { 'content-encoding': coding = 'identity' } = req.headers;
  return coding === 'identity' ? sent : decoded(sent, coding.toLowerCase(), maxBytes);
}

async function decoded(sent: Buffer, coding: string, maxBytes: number): Promise<Buffer> {
  const result = await decompress(sent, coding, maxBytes);
  switch (result.kind) {
    case 'whole':
      return result.bytes;
    case 'too_large':
      throw bodyTooLarge(maxBytes, maxBytes + 1);
    case 'malformed':
      throw new HttpError(
        400,
        'The body is not in the coding that Content-Encoding names, or is cut off.',
      );
    case 'unknown_coding':
      throw new HttpError(415, 'The body must be plain or in one of gzip, deflate and br.');
  }
}

/** To leave a `for await` loop early would close the connection, and the client would never see the answer. */
function readAtMost(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const cutOff = () => {
      if (!req.readableEnded) reject(new HttpError(400, 'The body did not arrive whole.'));
    };
    if (req.destroyed) cutOff();
    const chunks: Buffer[] = [];
    let length = 0;
    req.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) chunks.push(chunk);
      // For an undeclared length, only the fact that it is above the limit is known.
      else reject(bodyTooLarge(maxBytes, maxBytes + 1));
    });
    req.on('end', () => resolve(Buffer.concat(chunks)));
    req.on('close', cutOff);
  });
}

const JSON_TYPE = /^application\/json(?:[ \t]*;|$)/i;
const CHARSET = /;[ \t]*charset=([^;]*)/i;

function isJsonInUtf8(contentType: string): boolean {
  const [, charset = 'utf-8'] = CHARSET.exec(contentType) ?? [];
  return JSON_TYPE.test(contentType) && /^"?utf-?8"?[ \t]*$/i.test(charset);
}

function bodyTooLarge(limit: number, measured: number): HttpError {
  return new HttpError(413, `The body is larger than ${limit} bytes.`, { limit, measured });
}

function decode(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw notJson();
  // A byte order mark is not part of the JSON.
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

function notJson(): HttpError {
  return new HttpError(400, 'The body is not valid JSON.');
}

/** A directive that is not understood is ignored. `max-stale` without a number accepts any staleness. */
export function parseCacheControl(header: string | undefined): RequestCacheControl {
  if (header === undefined) return { noCache: false, maxStaleSeconds: null };
  const directives = new Map(
    header.split(',').map((part): [string, string | undefined] => {
      const [name = '', value] = part.split('=', 2);
      return [name.trim().toLowerCase(), value?.trim().replace(/^"(.*)"$/, '$1')];
    }),
  );
  return { noCache: directives.has('no-cache'), maxStaleSeconds: maxStale(directives) };
}

function maxStale(directives: ReadonlyMap<string, string | undefined>): number | null {
  if (!directives.has('max-stale')) return null;
  const value = directives.get('max-stale');
  if (value === undefined) return Number.POSITIVE_INFINITY;
  return /^\d{1,10}$/.test(value) ? Number(value) : null;
}

/** null: not given. */
function parseBudget({ 'x-upstream-budget': budget }: IncomingHttpHeaders): number | null {
  if (budget === undefined) return null;
  if (/^\d{1,9}$/.test(String(budget))) return Number(budget);
  throw new HttpError(400, 'X-Upstream-Budget must be a whole number of calls.');
}
