// The signature ACS3-HMAC-SHA256 as the server computes it; shares no code with any client.
import { createHash, createHmac } from 'node:crypto';
import { Refused } from '../answers.js';

export interface ReceivedRequest {
  readonly method: string;
  /** The path exactly as received, still percent-encoded. */
  readonly path: string;
  /** The query exactly as received, without the question mark. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

const decode = (text: string): string => {
  try {
    // A gateway reads a plus sign as a space, as in HTML forms.
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new Refused(400, 'InvalidParameter', 'The query is not percent-encoded UTF-8.');
  }
};

const encode = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** Name and value of each query parameter, decoded, in the order of the wire. */
export function decodeQuery(wireQuery: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const part of wireQuery.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    pairs.push([decode(name), equals < 0 ? '' : decode(part.slice(equals + 1))]);
  }
  return pairs;
}

const compareText = (left: string, right: string): number =>
  left < right ? -1 : Number(left > right);

/** Decoded and encoded again: the official client sends ! ' ( ) * unescaped, but signs them escaped. */
export function canonicalQuery(wireQuery: string): string {
  return decodeQuery(wireQuery)
    .sort((left, right) => compareText(left[0], right[0]) || compareText(left[1], right[1]))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');
}

export function sha256Hex(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

export function canonicalRequest(
  request: ReceivedRequest,
  signedHeaders: readonly string[],
): string {
  const headerLines = signedHeaders.map(
    (name) => `${name}:${(request.headers[name] ?? '').trim()}\n`,
  );
  return [
    request.method,
    // Not decoded: the official client signs exactly the path that it sends.
    request.path,
    canonicalQuery(request.query),
    headerLines.join(''),
    signedHeaders.join(';'),
    sha256Hex(request.body),
  ].join('\n');
}

export function expectedSignature(
  request: ReceivedRequest,
  signedHeaders: readonly string[],
  secret: string,
): string {
  const digest = sha256Hex(canonicalRequest(request, signedHeaders));
  return createHmac('sha256', secret).update(`ACS3-HMAC-SHA256\n${digest}`).digest('hex');
}
