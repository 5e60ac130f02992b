// One event of each kind and of each shape that matters to those who listen.
import { createUsage } from '../../src/domain/call.js';
import type { Event, EventType } from '../../src/domain/events.js';

const ASKED = { requestId: 'req-1', caller: 'api-key:web' };

export const OPERATION: Event<'operation'> = {
  type: 'operation',
  ...ASKED,
  name: 'Models',
  kind: 'query',
  durationMs: 12.6,
  outcome: 'OK',
  usage: { ...createUsage(), calls: 3 },
  isFromResponseCache: false,
  unexpected: [],
};

export const ATTEMPT: Event<'upstream_attempt'> = {
  type: 'upstream_attempt',
  operation: 'GetModel',
  outcome: 'OK',
  durationMs: 250,
  ...ASKED,
  upstreamRequestId: 'PAI-1',
};

/** The compiler sees to it that no kind is left out. */
export const EACH_KIND: { readonly [T in EventType]: Event<T> } = {
  operation: OPERATION,
  upstream_attempt: ATTEMPT,
  token_exchange: { type: 'token_exchange', outcome: 'OK', durationMs: 20, requestId: 'req-1' },
  unexpected: { type: 'unexpected', requestId: 'req-2', error: new Error('What?') },
  retry: { type: 'retry', operation: 'GetModel', after: 'UPSTREAM_TIMEOUT', ...ASKED },
  breaker: { type: 'breaker', operation: 'ListModels', state: 'open' },
  quota_wait: { type: 'quota_wait', operation: 'GetModel', ms: 40, ...ASKED },
  quota: { type: 'quota', operation: 'GetModel', state: 'exhausted' },
  read: { type: 'read', kind: 'model_page', source: 'STALE' },
  refusal: { type: 'refusal', requestId: 'req-3', code: 'UNAUTHENTICATED' },
  connection_cut: { type: 'connection_cut', reason: 'slow_reader' },
  response: { type: 'response', requestId: 'req-1', bytes: 2000 },
  response_refused: { type: 'response_refused', bytes: 20_000 },
  auth_problem: { type: 'auth_problem', problem: 'jwks_unavailable', reasons: ['No answer.'] },
  jwks_available: { type: 'jwks_available' },
  file_reload: { type: 'file_reload', file: 'access_key', outcome: 'OK' },
  untrusted_document: {
    type: 'untrusted_document',
    hash: 'ab12',
    operationName: 'Models',
    ...ASKED,
    clientName: 'shop',
    clientVersion: '1.2.0',
    isRepeated: false,
  },
  shutdown_began: { type: 'shutdown_began', delayMs: 5000 },
  shutdown_ended: { type: 'shutdown_ended', durationMs: 812.4, cutRequests: 0 },
  list_batch: { type: 'list_batch', wanted: 50, found: 48, pages: 1 },
  list_mismatch: { type: 'list_mismatch', models: 1, ...ASKED },
  clock_skew: { type: 'clock_skew', seconds: -300 },
  credentials: { type: 'credentials', state: 'down', reason: 'No link gave keys.' },
  redis: { type: 'redis', state: { kind: 'up' } },
  traces: { type: 'traces', state: 'down', cause: 'ECONNREFUSED' },
  span_export: { type: 'span_export', outcome: 'OK', spans: 12 },
  redis_error: { type: 'redis_error', reason: 'READONLY' },
  drift: {
    type: 'drift',
    operation: 'GetModel',
    field: 'OrderNumber',
    kind: 'unexpected_type',
    ...ASKED,
  },
};
