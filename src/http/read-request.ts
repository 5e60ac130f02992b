// Reads a GraphQL request whole: its text, and the headers by which it controls freshness and upstream calls. Every
// mistake in it is an HttpError.
import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type { RequestCacheControl } from '../domain/call.js';
import type { GraphqlRequest } from '../graphql/execute.js';
import { abortAtEnd } from './deadline.js';
import { HttpError } from './http-error.js';
import { readBody } from './request-body.js';
import type { RequestContext } from './route.js';

export interface ReadOptions {
  readonly maxBodyBytes: number;
  /** The time for the whole request. */
  readonly timeoutMs: number;
  /** The monotonic clock. */
  readonly now: () => number;
}

export async function readRequest(
  { req, res, search, requestId, caller, memory }: RequestContext,
  { maxBodyBytes, timeoutMs, now }: ReadOptions,
): Promise<GraphqlRequest> {
  const { headers } = req;
  // The time in which the body arrives counts against the client.
  const startedAt = now();
  const deadlineAt = startedAt + timeoutMs;
  const asked = {
    requestId,
    caller,
    startedAt,
    deadlineAt,
    openSignal: () => abortAtEnd(res, Math.max(1, deadlineAt - now())),
    room: memory,
    headers,
    cacheControl: parseCacheControl(headers['cache-control']),
    ...parseUpstreamOptions(headers),
  };
  if (req.method !== 'POST') return { ...asked, method: 'GET', text: search, search, body: null };
  const text = decode(await readBody(req, maxBodyBytes));
  return { ...asked, method: 'POST', text, search: '', body: parse(text) };
}

function decode(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw notJson();
  // A byte order mark is not part of the JSON.
  const text = bytes.toString('utf8');
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notJson();
  }
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

/** The headers of this service by which a request controls its upstream calls. */
function parseUpstreamOptions(
  headers: IncomingHttpHeaders,
): Pick<GraphqlRequest, 'budget' | 'isExplain'> {
  const budget = headers['x-upstream-budget'] ?? null;
  const explain = headers['x-upstream-explain'];
  if (budget !== null && !/^\d{1,9}$/.test(String(budget))) {
    throw new HttpError(400, 'X-Upstream-Budget must be a whole number of calls.');
  }
  return { budget: budget === null ? null : Number(budget), isExplain: explain === 'true' };
}
