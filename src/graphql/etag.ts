// The entity tag of a response: it is weak and of the data alone, since the cost of an operation differs each time.
import { createHash } from 'node:crypto';

export function weakTag(data: string): string {
  return `W/"${createHash('sha256').update(data).digest('base64url')}"`;
}

/** The comparison ignores whether a tag is weak (RFC 9110, 13.1.2). */
export function matchesTag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(',').map((tag) => opaque(tag.trim()));
  return tags.includes(opaque(etag)) || tags.includes('*');
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}
