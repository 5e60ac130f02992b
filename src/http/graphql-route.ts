// GraphQL over HTTP: an operation is counted, its request is read and admitted, executed, and its response sent.
import {
  type Execute,
  type GraphqlRequest,
  type GraphqlResponse,
  matchesTag,
} from '../graphql/execute.js';
import {
  admitDocument,
  type DocumentRules,
} from '../graphql/persisted-documents/admit-document.js';
import type { AccessControl } from './access-control.js';
import { type ReadOptions, readRequest } from './read-request.js';
import type { Route } from './route.js';
import { send, sendError } from './send-response.js';

export interface GraphqlRouteOptions extends ReadOptions {
  readonly accessControl: AccessControl;
  readonly documentRules: DocumentRules;
  readonly execute: Execute;
  /** Answers to POST may be cached for all callers. */
  readonly isPublic: boolean;
}

/** Caches may answer a GET. These headers ask for another content type, an explanation, or a trace. */
const VARY = 'Accept, X-Upstream-Explain, Apollo-Federation-Include-Trace';

export function graphqlRoute(options: GraphqlRouteOptions): Route {
  const { accessControl, documentRules, execute } = options;
  return {
    methods: ['GET', 'POST'],
    async handle(routed, caller) {
      const { req, res } = routed;
      await accessControl.count(routed, caller);
      if (req.method === 'GET') res.appendHeader('Vary', VARY);
      const request = await readRequest(routed, caller, options);
      const admission = admitDocument(request, documentRules);
      if (admission.kind === 'refused') {
        const { status, code, message, details } = admission;
        sendError(routed, status, code, message, details);
        return;
      }
      const response = await execute(admission.request);
      const shared = options.isPublic && request.method === 'POST' ? asPublic(response) : response;
      send(routed, unlessKnown(request, shared));
    },
  };
}

/** Any proxy on the way may store a GET; a POST is stored by a gateway that was made to. */
function asPublic({ headers, ...response }: GraphqlResponse): GraphqlResponse {
  const { 'cache-control': control = '' } = headers;
  const shared = { 'cache-control': control.replace('private, max-age=', 'public, max-age=') };
  return { ...response, headers: { ...headers, ...shared } };
}

/** 304 where the client has the data of a GET already. */
function unlessKnown(
  { method, headers }: GraphqlRequest,
  response: GraphqlResponse,
): GraphqlResponse {
  const { etag } = response.headers;
  const { 'if-none-match': known } = headers;
  if (method !== 'GET' || etag === undefined || known === undefined) return response;
  if (!matchesTag(known, etag)) return response;
  const { 'content-type': _, ...kept } = response.headers;
  return { status: 304, headers: kept, body: '' };
}
