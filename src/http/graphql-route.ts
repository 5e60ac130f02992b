// GraphQL over HTTP: an operation is counted, its request is read and admitted, executed, and its response sent.
import type { CreateContext } from '../graphql/context.js';
import { matchesTag } from '../graphql/etag.js';
import type { Execute, GraphqlRequest, GraphqlResponse } from '../graphql/execute.js';
import {
  admitDocument,
  type DocumentRules,
} from '../graphql/persisted-documents/admit-document.js';
import type { AccessControl } from './access-control.js';
import { RequestDeadline } from './deadline.js';
import { readRequest } from './read-request.js';
import type { Route } from './route.js';
import { send, sendError } from './send-response.js';

export interface GraphqlRouteOptions {
  readonly accessControl: AccessControl;
  readonly maxBodyBytes: number;
  readonly documentRules: DocumentRules;
  readonly createContext: CreateContext;
  readonly execute: Execute;
  readonly timeoutMs: number;
  /** The monotonic clock. */
  readonly now: () => number;
}

/** Caches may answer a GET. These headers ask for another content type, an explanation, or a trace. */
const VARY = 'Accept, X-Upstream-Explain, Apollo-Federation-Include-Trace';

export function graphqlRoute(options: GraphqlRouteOptions): Route {
  const { accessControl, maxBodyBytes, documentRules, createContext, execute, now } = options;
  return {
    methods: ['GET', 'POST'],
    async handle(requestContext) {
      const { req, res, search, requestId, caller } = requestContext;
      if (!(await accessControl.count(requestContext, caller))) return;
      // The time in which the body arrives counts against the client.
      const startedAt = now();
      const deadlineAt = startedAt + options.timeoutMs;
      if (req.method === 'GET') res.appendHeader('Vary', VARY);
      const { graphql, cacheControl, upstreamOptions } = await readRequest(
        req,
        search,
        maxBodyBytes,
      );

      const admission = admitDocument(graphql, requestId, documentRules);
      if (admission.kind === 'refused') {
        const { status, code, message, details } = admission;
        sendError(requestContext, status, code, message, details);
        return;
      }
      const context = createContext({
        requestId,
        startedAt,
        caller,
        cacheControl,
        budget: upstreamOptions.budget,
        isExplain: upstreamOptions.isExplain,
        deadlineAt,
        deadline: new RequestDeadline(res, deadlineAt, now),
        room: requestContext.memory,
      });
      const response = await execute(admission.request, context);
      send(requestContext, unlessKnown(graphql, response));
    },
  };
}

/** 304 where the client has the data of a GET already. */
function unlessKnown(
  { method, headers }: GraphqlRequest,
  response: GraphqlResponse,
): GraphqlResponse {
  const { etag } = response.headers;
  if (method !== 'GET' || etag === undefined) return response;
  if (!matchesTag(headers['if-none-match'], etag)) return response;
  const { 'content-type': _, ...kept } = response.headers;
  return { status: 304, headers: kept, body: '' };
}
