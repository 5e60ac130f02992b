// An operation as the bytes of an HTTP request, the same for every server.
import { createHash } from 'node:crypto';
import { API_KEY } from './ours.js';

export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const COMMON = { accept: 'application/json', 'x-api-key': API_KEY };

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function post(operation: object): HttpRequest {
  return {
    method: 'POST',
    path: '/graphql',
    headers: { ...COMMON, 'content-type': 'application/json' },
    body: JSON.stringify(operation),
  };
}

/** The same request with this token instead of the API key. */
export function withToken({ headers, ...rest }: HttpRequest, token: string): HttpRequest {
  const { 'x-api-key': _, ...others } = headers;
  return { ...rest, headers: { ...others, authorization: `Bearer ${token}` } };
}

function persisted(query: string) {
  const sha256Hash = createHash('sha256').update(query).digest('hex');
  return { persistedQuery: { version: 1, sha256Hash } };
}

/** Automatic persisted queries: the hash alone, as a GET. */
export function persistedGet({ query, variables }: Operation): HttpRequest {
  const search = new URLSearchParams({
    variables: JSON.stringify(variables),
    extensions: JSON.stringify(persisted(query)),
  });
  return {
    method: 'GET',
    path: `/graphql?${search}`,
    // Required of a GET by Apollo's protection against forged requests.
    headers: { ...COMMON, 'apollo-require-preflight': 'true' },
    body: '',
  };
}

/** The same with the text of the document, after which a server knows the hash. */
export function registration({ query, variables }: Operation): HttpRequest {
  return post({ query, variables, extensions: persisted(query) });
}

export function toBytes({ method, path, headers, body }: HttpRequest): Buffer {
  const lines = Object.entries({
    host: '127.0.0.1',
    ...headers,
    ...(method === 'POST' && { 'content-length': String(Buffer.byteLength(body)) }),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

/** Sends the request once, outside of any measurement. */
export async function ask(url: string, request: HttpRequest): Promise<string> {
  const { method, path, headers, body } = request;
  const response = await fetch(`${url}${path}`, {
    method,
    headers,
    ...(method === 'POST' && { body }),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} from ${url}: ${text}`);
  return text;
}
