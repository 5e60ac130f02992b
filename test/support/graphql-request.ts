// A request as the GraphQL route reads it, of an ordinary client.
import type { GraphqlRequest } from '../../src/graphql/execute.js';

export function aGraphqlRequest(over: Partial<GraphqlRequest> = {}): GraphqlRequest {
  return {
    requestId: 'r',
    caller: { name: null, lane: '', view: { kind: 'all' }, own: null },
    startedAt: 0,
    deadlineAt: 1000,
    openSignal: () => new AbortController().signal,
    room: { hold: () => true },
    cacheControl: { noCache: false, maxStaleSeconds: null },
    budget: null,
    isExplain: false,
    method: 'POST',
    headers: {},
    mediaType: 'application/json',
    coding: null,
    text: '',
    search: '',
    body: null,
    cacheKey: null,
    ...over,
  };
}
