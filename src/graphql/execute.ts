// Executes one request by Apollo Server, whole. The entity tag of a response is weak and of the data alone, since the cost
// of an operation differs each time.
import type { IncomingHttpHeaders } from 'node:http';
import { type ApolloServer, HeaderMap } from '@apollo/server';
import type { Usage } from '../domain/call.js';
import type { Coding } from '../lib/compression.js';
import { isJsonObject } from '../lib/json.js';
import { type WholeResponse, weakTag } from '../lib/response.js';
import type { Context, CreateContext, OperationRequest } from './context.js';
import { wholeBody } from './response-parts.js';

/** A request before it is parsed. */
export interface ReceivedRequest extends OperationRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: IncomingHttpHeaders;
  /** Of the response, if it is large enough; null: none. */
  readonly coding: Coding | null;
  /** As the client sent it: the search of a GET, the body of a POST. */
  readonly text: string;
}

export interface GraphqlRequest extends ReceivedRequest {
  /** With the text of the document that the client names; empty for a POST. */
  readonly search: string;
  /** Parsed, also with that text; null for a GET. */
  readonly body: unknown;
  /** Equal requests may get the same response; null: the response is not cached. */
  readonly cacheKey: string | null;
}

/** Asks the response cache for the response to an equal request, or for the key under which one may be cached. */
export type GetCached = (request: ReceivedRequest) => CacheLookup;

export type CacheLookup =
  | { readonly kind: 'hit'; readonly response: WholeResponse }
  | { readonly kind: 'miss'; readonly cacheKey: string | null };

/** Without a context, the request gets a new one. */
export type Execute = (request: GraphqlRequest, context?: Context) => Promise<WholeResponse>;

export function executeWith(server: ApolloServer<Context>, createContext: CreateContext): Execute {
  return async (request, context = createContext(request)) => {
    const { method, search, body } = withoutEmptyName(request);
    const headers = headerMapOf({ ...request.headers, accept: request.mediaType });
    const response = await server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method, headers, search, body },
      context: async () => context,
    });
    // Only deferred results come in parts, which graphql 16 does not support.
    if (response.body.kind !== 'complete') throw new Error('The response comes in parts.');
    const text = response.body.string;
    // A request that Apollo refuses before there is an operation has no cache-control header from Apollo.
    const sent = { 'cache-control': 'no-store', ...Object.fromEntries(response.headers) };
    const data = method === 'GET' ? dataOf(text, context.call.usage) : null;
    return {
      status: response.status ?? 200,
      headers: data === null ? sent : { ...sent, etag: weakTag(data) },
      body: text,
    };
  };
}

/** Some clients send an empty name for none; GraphQL would look for an operation of that name. */
function withoutEmptyName({ method, search, body }: GraphqlRequest) {
  if (method === 'POST') {
    const isEmpty = isJsonObject(body) && body.operationName === '';
    return { method, search, body: isEmpty ? { ...body, operationName: null } : body };
  }
  const params = new URLSearchParams(search);
  const [name, ...more] = params.getAll('operationName');
  if (name !== '' || more.length > 0) return { method, search, body };
  params.delete('operationName');
  return { method, search: params.toString(), body };
}

/** null: the body does not consist of exactly the data and the cost of its operation. */
function dataOf(body: string, usage: Usage): string | null {
  const before = '{"data":';
  const after = wholeBody('', usage).slice(before.length);
  const isWhole = body.startsWith(before) && body.endsWith(after);
  return isWhole ? body.slice(before.length, -after.length) : null;
}

function headerMapOf(headers: IncomingHttpHeaders): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return map;
}
