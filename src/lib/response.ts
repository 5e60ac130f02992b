// A whole HTTP response before it is sent: its entity tag and its content coding.
import type { IncomingMessage } from 'node:http';
import { type Coding, compress } from './compression.js';
import { sha256 } from './sha256.js';

export interface WholeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A text that was made for this response, or bytes that all responses share; in the coding that the headers name. */
  readonly body: string | Buffer;
  /** True: these bytes, too, were made for this response alone. */
  readonly isOwn?: boolean;
}

/** Below this size, the head of a response outweighs what compression saves. */
const MIN_COMPRESSED_BYTES = 1024;

/** A response that has a coding already stays as it is. */
export async function compressed(
  response: WholeResponse,
  coding: Coding | null,
): Promise<WholeResponse> {
  const { headers, body } = response;
  if (coding === null || headers['content-encoding'] !== undefined) return response;
  if (Buffer.byteLength(body) < MIN_COMPRESSED_BYTES) return response;
  const bytes = await compress(body, coding);
  return {
    ...response,
    headers: { ...headers, 'content-encoding': coding },
    body: bytes,
    isOwn: true,
  };
}

/** Of the content, whatever its coding. */
export function weakTag(content: string): string {
  return `W/"${sha256(content, 'base64url')}"`;
}

/** 304 where the client has the body of a GET already. */
export function unlessKnown(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  response: WholeResponse,
): WholeResponse {
  const { etag } = response.headers;
  const { 'if-none-match': known } = headers;
  if (method === 'POST' || etag === undefined || known === undefined) return response;
  if (!matchesTag(known, etag)) return response;
  const { 'content-type': _, 'content-encoding': __, ...kept } = response.headers;
  return { status: 304, headers: kept, body: '' };
}

/** The comparison ignores whether a tag is weak (RFC 9110, 13.1.2). */
function matchesTag(ifNoneMatch: string, etag: string): boolean {
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  const tags = ifNoneMatch.split(',').map(opaque);
  return tags.includes(opaque(etag)) || tags.includes('*');
}
