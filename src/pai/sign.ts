// ACS3-HMAC-SHA256, Alibaba Cloud's signature V3, and the headers of a request signed with it. Pure: date and nonce are
// arguments.
import { createHmac } from 'node:crypto';
import type { Credentials } from '../domain/credentials.js';
import { sha256 } from '../lib/sha256.js';

const ALGORITHM = 'ACS3-HMAC-SHA256';
const API_VERSION = '2021-02-04';

export interface SigningInput {
  readonly method: string;
  /** The path as it is sent, percent-encoded segment by segment. */
  readonly pathname: string;
  readonly query: Readonly<Record<string, string>>;
  /** Names in lower case; of the other headers, only those that `isSigned` lists are signed. */
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

function isSigned(name: string): boolean {
  return name === 'host' || name === 'content-type' || name.startsWith('x-acs-');
}

/** The value of the Authorization header. */
export function authorization(
  { method, pathname, query, headers, payloadHash }: SigningInput,
  { accessKeyId, accessKeySecret }: Credentials,
): string {
  const names = Object.keys(headers).filter(isSigned).sort();
  const signedHeaders = names.join(';');
  const canonicalRequest = [
    method,
    pathname || '/',
    canonicalQuery(query),
    names.map((name) => `${name}:${(headers[name] ?? '').trim()}\n`).join(''),
    signedHeaders,
    payloadHash,
  ].join('\n');
  const stringToSign = `${ALGORITHM}\n${sha256(canonicalRequest)}`;
  // The secret is the key itself: no derived key and no scope, unlike AWS.
  const signature = createHmac('sha256', accessKeySecret).update(stringToSign).digest('hex');
  return `${ALGORITHM} Credential=${accessKeyId},SignedHeaders=${signedHeaders},Signature=${signature}`;
}

/** All headers of one attempt: a GET without a body. PAI refuses a nonce that it has seen. */
export function signedHeaders(
  { operation, pathname, query }: Pick<SigningInput, 'pathname' | 'query'> & { operation: string },
  host: string,
  credentials: Credentials,
  { now, nonce }: { readonly now: Date; readonly nonce: string },
): Record<string, string> {
  const { securityToken } = credentials;
  const payloadHash = sha256('');
  const headers = {
    host,
    'x-acs-action': operation,
    'x-acs-version': API_VERSION,
    'x-acs-date': now.toISOString().replace(/\.\d{3}Z$/, 'Z'),
    'x-acs-signature-nonce': nonce,
    'x-acs-content-sha256': payloadHash,
    ...(securityToken !== undefined && { 'x-acs-security-token': securityToken }),
  };
  const input = { method: 'GET', pathname, query, headers, payloadHash };
  return {
    ...headers,
    authorization: authorization(input, credentials),
    accept: 'application/json',
    'user-agent': 'pai-model-graph',
  };
}
