// GraphQL over HTTP: an operation is counted, its request is read and answered: from memory, or admitted and
// executed.
import type { Execute, GetCached } from '../graphql/execute.js';
import {
  admitDocument,
  type DocumentRules,
} from '../graphql/persisted-documents/admit-document.js';
import { compressed, unlessKnown, type WholeResponse } from '../lib/response.js';
import type { AccessControl } from './access-control.js';
import { parseRequest, type ReadOptions, readRequest } from './read-request.js';
import type { RequestInfo, Route } from './route.js';
import { addVary, send, sendError } from './send-response.js';

export interface GraphqlRouteOptions extends ReadOptions {
  readonly accessControl: AccessControl;
  readonly documentRules: DocumentRules;
  readonly execute: Execute;
  /** Answers to POST may be cached for all callers. */
  readonly isPublic: boolean;
  /** Asked before a request is parsed; undefined: no responses are cached. */
  readonly getCached?: GetCached | undefined;
}

/** Caches may answer a GET. These headers ask for an explanation, or a trace. */
const VARY_OF_GET = 'X-Upstream-Explain, Apollo-Federation-Include-Trace';

export function graphqlRoute(options: GraphqlRouteOptions): Route {
  const { accessControl, documentRules, execute, getCached, isPublic } = options;

  function reply(to: RequestInfo, response: WholeResponse): void {
    const shared = isPublic && to.req.method === 'POST' ? asPublic(response) : response;
    const bytes = send(to, unlessKnown(to.req, shared));
    const { requestId, span } = to;
    documentRules.report({ type: 'response', requestId, span, bytes });
  }

  return {
    methods: ['GET', 'POST'],
    isTraced: true,
    async handle(to, caller) {
      if (to.req.method === 'GET') addVary(to, VARY_OF_GET);
      await accessControl.count(to, caller);
      const received = await readRequest(to, caller, options);
      const lookup = getCached?.(received);
      if (lookup?.kind === 'hit') return reply(to, lookup.response);
      const request = parseRequest(received, lookup?.cacheKey ?? null);
      const admission = admitDocument(request, documentRules);
      if (admission.kind === 'admitted') {
        const response = await execute(admission.request);
        return reply(to, await compressed(response, request.coding));
      }
      const { code, message, details, isMalformed } = admission;
      const isAnswer = !isMalformed && request.mediaType === 'application/json';
      sendError(to, isAnswer ? 200 : admission.status, code, message, details);
    },
  };
}

/** Any proxy on the way may store a GET; a POST is stored by a gateway that was made to. */
function asPublic({ headers, ...response }: WholeResponse): WholeResponse {
  const { 'cache-control': control = '' } = headers;
  const shared = { 'cache-control': control.replace('private, max-age=', 'public, max-age=') };
  return { ...response, headers: { ...headers, ...shared } };
}
