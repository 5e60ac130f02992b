// GraphQL over HTTP: an operation is counted, and its request is read whole, before any other work.
import type { AccessControl } from '../access-control.js';
import { readBody } from '../request-body.js';
import type { RequestContext, Route } from '../route.js';
import { type AnswerOptions, type Arrived, answerOperation } from './answer-operation.js';
import { parseCacheControl } from './cache-control.js';
import { plainRequest } from './plain-request.js';
import { createRequestTexts, RequestText, type TextOf } from './request-text.js';
import { parseUpstreamOptions } from './upstream-options.js';

export interface GraphqlEndpointOptions extends AnswerOptions {
  readonly accessControl: AccessControl;
  readonly maxBodyBytes: number;
  /** The memory for texts of requests that are kept to be recognised. */
  readonly maxRequestTextBytes: number;
}

export function graphqlEndpoint(options: GraphqlEndpointOptions): Route {
  const { accessControl } = options;
  const arrival: Arrival = { ...options, textOf: createRequestTexts(options.maxRequestTextBytes) };
  return {
    methods: ['GET', 'POST'],
    async handle(requestContext) {
      if (!(await accessControl.count(requestContext, requestContext.caller))) return;
      await answerOperation(requestContext, await arrive(requestContext, arrival), options);
    },
  };
}

/** Caches may answer a GET. These headers ask for another content type, an explanation, or a trace. */
const DECISIVE = 'Accept, X-Upstream-Explain, Apollo-Federation-Include-Trace';

interface Arrival extends Pick<GraphqlEndpointOptions, 'now' | 'maxBodyBytes'> {
  readonly textOf: TextOf;
}

async function arrive(
  { req, res, search }: RequestContext,
  { now, maxBodyBytes, textOf }: Arrival,
): Promise<Arrived> {
  const startedAt = now();
  const { method = 'GET', headers } = req;
  const cacheControl = parseCacheControl(headers['cache-control']);
  const upstreamOptions = parseUpstreamOptions(headers);
  if (method === 'GET') res.appendHeader('Vary', DECISIVE);
  const text =
    method === 'POST' ? textOf(await readBody(req, maxBodyBytes)) : new RequestText(search, false);
  const plain = plainRequest({ method, headers, text, cacheControl, upstreamOptions });
  return { text, cacheControl, upstreamOptions, startedAt, plain };
}
