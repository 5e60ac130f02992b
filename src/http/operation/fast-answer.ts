// An answer of the fast path as HTTP: its headers and, for a GET, its tag, with 304 for a client that has it
// already. It does not know how the answer was made.
import type { HTTPGraphQLResponse } from '@apollo/server';
import { cacheControl } from '../../graphql/response-headers.js';
import type { PlainRequest } from './plain-request.js';

export interface FastAnswer {
  readonly status: 200 | 304;
  readonly headers: Readonly<Record<string, string>>;
  /** The text in the encoding that is sent. */
  readonly body: string;
}

export function fastAnswer(
  { method, contentType, ifNoneMatch }: PlainRequest,
  body: string,
  etag: string | null,
  seconds: number,
): FastAnswer {
  const cache = cacheControl([], { seconds });
  const headers = {
    'cache-control': cache,
    'content-type': contentType,
  };
  if (method === 'POST' || etag === null) return { status: 200, headers, body };
  if (!isMatch(ifNoneMatch, etag)) return { status: 200, headers: { ...headers, etag }, body };
  return { status: 304, headers: { 'cache-control': cache, etag }, body: '' };
}

/** Does the same for Apollo's answer to a GET. */
export function giveTag(
  response: HTTPGraphQLResponse,
  { ifNoneMatch }: PlainRequest,
  etag: string,
): void {
  const { headers } = response;
  headers.set('etag', etag);
  if (!isMatch(ifNoneMatch, etag)) return;
  headers.delete('content-type');
  response.status = 304;
  response.body = { kind: 'complete', string: '' };
}

function isMatch(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  const tags = ifNoneMatch.split(',').map((tag) => opaque(tag.trim()));
  return tags.includes(opaque(etag)) || tags.includes('*');
}

/** The comparison ignores whether a tag is weak (RFC 9110, 13.1.2). */
function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}
