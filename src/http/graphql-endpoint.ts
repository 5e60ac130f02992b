// GraphQL over HTTP: from a node request to Apollo Server and back.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { FreshnessWish } from '../domain/call.js';
import type { Context } from '../graphql/context.js';
import { freshnessWish } from './cache-control.js';
import { abortAtEnd } from './deadline.js';
import { readJsonBody } from './read-json-body.js';
import type { Route } from './route.js';
import { upstreamWishes } from './upstream-wishes.js';

export interface OperationRequest {
  readonly requestId: string;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly deadlineAt: number;
  readonly wish: FreshnessWish;
  /** Upstream calls that the caller allows; null: not said. */
  readonly budget: number | null;
  /** Explain the operation instead of running it. */
  readonly isExplain: boolean;
}

export type CreateContext = (request: OperationRequest) => Context;

export interface GraphqlEndpointOptions {
  readonly server: ApolloServer<Context>;
  readonly createContext: CreateContext;
  readonly timeoutMs: number;
  readonly now: () => number;
}

export function graphqlEndpoint(options: GraphqlEndpointOptions): Route {
  return {
    methods: ['GET', 'POST'],
    async handle({ req, res, url, requestId }) {
      const deadlineAt = options.now() + options.timeoutMs;
      const signal = abortAtEnd(res, options.timeoutMs);
      const wish = freshnessWish(req.headers['cache-control']);
      const { budget, isExplain } = upstreamWishes(req.headers);
      const body = req.method === 'POST' ? await readJsonBody(req) : undefined;
      const response = await options.server.executeHTTPGraphQLRequest({
        httpGraphQLRequest: {
          method: req.method ?? 'GET',
          headers: headersOf(req),
          search: url.search,
          body,
        },
        context: async () =>
          options.createContext({ requestId, signal, deadlineAt, wish, budget, isExplain }),
      });
      await write(res, response);
    },
  };
}

function headersOf(req: IncomingMessage): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(req.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

async function write(res: ServerResponse, response: HTTPGraphQLResponse): Promise<void> {
  res.statusCode = response.status ?? 200;
  // What Apollo refuses before there is an operation says nothing of its own.
  res.setHeader('cache-control', 'no-store');
  for (const [name, value] of response.headers) res.setHeader(name, value);
  if (response.body.kind === 'complete') {
    res.end(response.body.string);
    return;
  }
  for await (const chunk of response.body.asyncIterator) res.write(chunk);
  res.end();
}
