// ACS3-HMAC-SHA256, Alibaba Cloud's signature V3, stage by stage; pure: date and nonce come in as headers.
import { createHmac, hash } from 'node:crypto';

const ALGORITHM = 'ACS3-HMAC-SHA256';

export interface SigningInput {
  readonly method: string;
  /** The path as it is sent, percent-encoded segment by segment. */
  readonly pathname: string;
  readonly query: Readonly<Record<string, string>>;
  /** Every header to sign, names in lower case; of the other headers, only those that `isSigned` lists count. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payloadHash: string;
}

/** RFC 3986: everything but the unreserved characters, in UTF-8. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The request is sent in the same form, so that nothing between us and PAI has to re-encode it. */
export function canonicalQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .join('&');
}

export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}

function isSigned(name: string): boolean {
  return name === 'host' || name === 'content-type' || name.startsWith('x-acs-');
}

function signedHeaderNames(headers: SigningInput['headers']): string[] {
  return Object.keys(headers).filter(isSigned).sort();
}

export function canonicalRequest(input: SigningInput): string {
  return canonical(input, signedHeaderNames(input.headers));
}

function canonical(input: SigningInput, names: readonly string[]): string {
  const headers = names.map((name) => `${name}:${(input.headers[name] ?? '').trim()}\n`).join('');
  return [
    input.method,
    input.pathname || '/',
    canonicalQuery(input.query),
    headers,
    names.join(';'),
    input.payloadHash,
  ].join('\n');
}

export function stringToSign(canonical: string): string {
  return `${ALGORITHM}\n${sha256Hex(canonical)}`;
}

/** The secret is the key itself: no derived key and no scope, unlike AWS. */
export function signature(accessKeySecret: string, toSign: string): string {
  return createHmac('sha256', accessKeySecret).update(toSign).digest('hex');
}

/** The value of the Authorization header. */
export function authorization(
  input: SigningInput,
  accessKeyId: string,
  accessKeySecret: string,
): string {
  const names = signedHeaderNames(input.headers);
  const signed = signature(accessKeySecret, stringToSign(canonical(input, names)));
  return `${ALGORITHM} Credential=${accessKeyId},SignedHeaders=${names.join(';')},Signature=${signed}`;
}
