// Finds requests that can be answered without Apollo. A request that Apollo might treat differently is not
// one of them.
import type { IncomingHttpHeaders } from 'node:http';
import Negotiator from 'negotiator';
import type { RequestCacheControl } from '../../domain/call.js';
import type { RequestText } from './request-text.js';
import type { UpstreamOptions } from './upstream-options.js';

export interface PlainRequest {
  readonly method: 'GET' | 'POST';
  /** The search of a GET, the body of a POST. */
  readonly text: RequestText;
  readonly contentType: string;
  readonly ifNoneMatch: string | null;
}

export interface SentRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: RequestText;
  readonly cacheControl: RequestCacheControl;
  readonly upstreamOptions: UpstreamOptions;
}

/** null: the request asks for more than an answer. */
export function plainRequest({
  method,
  headers,
  text,
  cacheControl,
  upstreamOptions,
}: SentRequest): PlainRequest | null {
  const isOrdinary = !cacheControl.noCache && cacheControl.maxStaleSeconds === null;
  const isUnwatched = upstreamOptions.budget === null && !upstreamOptions.isExplain;
  if (!isOrdinary || !isUnwatched || headers['apollo-federation-include-trace']) return null;
  if (method !== 'POST' && !(method === 'GET' && isPreflighted(headers))) return null;
  const contentType = typeFor(headers.accept);
  if (contentType === null) return null;
  return { method, text, contentType, ifNoneMatch: headers['if-none-match'] ?? null };
}

/** Forms and images of other sites cannot send these headers: Apollo refuses forged requests by this rule. */
function isPreflighted(headers: IncomingHttpHeaders): boolean {
  const type = headers['content-type'];
  if (type !== undefined) return type === 'application/json';
  return Boolean(headers['apollo-require-preflight'] || headers['x-apollo-operation-name']);
}

const JSON_TYPE = 'application/json; charset=utf-8';
const RESPONSE_TYPE = 'application/graphql-response+json; charset=utf-8';
const CALLBACK_TYPE = 'application/json; callbackSpec=1.0; charset=utf-8';
/** In Apollo's order, which decides where the client has no preference. */
const TYPES = [JSON_TYPE, RESPONSE_TYPE, CALLBACK_TYPE];

const chosen = new Map<string, string>();
const MAX_CHOSEN = 100;

/** null: neither of the two plain types. */
function typeFor(accept: string | undefined): string | null {
  if (!accept) return JSON_TYPE;
  const known =
    chosen.get(accept) ?? new Negotiator({ headers: { accept } }).mediaType(TYPES) ?? '';
  if (chosen.size >= MAX_CHOSEN) chosen.clear();
  chosen.set(accept, known);
  return known === JSON_TYPE || known === RESPONSE_TYPE ? known : null;
}
