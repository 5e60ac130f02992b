// Events as Prometheus metrics. Every label has a bounded set of values; docs/metrics.md lists them.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { BreakerState, Event } from '../domain/events.js';

export interface Metrics {
  observe(event: Event): void;
  /** The text that Prometheus scrapes, and its content type. */
  expose(): Promise<{ readonly type: string; readonly text: string }>;
}

const BREAKER_VALUES: Readonly<Record<BreakerState, number>> = {
  closed: 0,
  half_open: 1,
  open: 2,
};

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const observe = createObserver(registry);
  return {
    observe,
    expose: async () => ({ type: registry.contentType, text: await registry.metrics() }),
  };
}

type Instruments = ReturnType<typeof createInstruments>;

function createInstruments(registry: Registry) {
  const options = (name: string, help: string, labelNames: string[]) => ({
    name: `pai_graph_${name}`,
    help,
    labelNames,
    registers: [registry],
  });
  const counter = (name: string, help: string, ...labels: string[]) =>
    new Counter(options(name, help, labels));
  const gauge = (name: string, help: string, ...labels: string[]) =>
    new Gauge(options(name, help, labels));
  const seconds = (name: string, help: string, ...labels: string[]) =>
    new Histogram({ ...options(name, help, labels), buckets: SECONDS });
  const credentials = gauge('credentials_up', '1 while there are keys to sign requests with');
  // It has no value at first: before the first attempt a 0 would say that keys are missing.
  credentials.remove();
  return {
    operations: seconds('operation_seconds', 'GraphQL operations', 'kind', 'outcome'),
    responseCacheHits: counter(
      'response_cache_hits_total',
      'Operations answered from the response cache',
    ),
    attempts: seconds('upstream_attempt_seconds', 'Attempts to call PAI', 'operation', 'outcome'),
    exchanges: seconds('token_exchange_seconds', 'Attempts to exchange a token', 'outcome'),
    retries: counter('upstream_retries_total', 'Attempts after the first', 'operation', 'after'),
    waits: seconds('quota_wait_seconds', 'Time that calls waited for quota', 'operation'),
    breaker: gauge('breaker_state', '0 closed, 1 half open, 2 open', 'operation'),
    reads: counter('reads_total', 'Objects and pages read, by their source', 'kind', 'source'),
    drift: counter('drift_total', 'Unknown parts of PAI’s answers', 'operation', 'field', 'kind'),
    refusals: counter('refusals_total', 'Requests refused before they became operations', 'code'),
    cuts: counter('connections_cut_total', 'Connections closed to protect others', 'reason'),
    refusedResponses: counter('responses_refused_total', 'Responses refused for lack of memory'),
    authProblems: counter('auth_problems_total', 'Failed reads of callers’ keys', 'problem'),
    untrusted: counter('untrusted_documents_total', 'Documents run that are not in the manifest'),
    batches: counter('list_batch_models_total', 'Missing models looked for in lists', 'outcome'),
    batchPages: counter('list_batch_pages_total', 'Pages of lists read for missing models'),
    mismatches: counter('list_mismatches_total', 'Models in which a list and GetModel differ'),
    clockSkew: gauge('clock_skew_seconds', 'Seconds that our clock is ahead of PAI’s'),
    redis: gauge('redis_up', '1 while Redis is up'),
    redisErrors: counter('redis_errors_total', 'Commands that failed in Redis', 'reason'),
    credentials,
    unexpected: counter('unexpected_errors_total', 'Unexpected errors'),
  };
}

function observeOperation(
  event: Extract<Event, { type: 'operation' }>,
  { operations, responseCacheHits, unexpected }: Instruments,
): void {
  // Several codes count as one outcome: their combinations would be unbounded.
  const outcome = event.outcome.includes(',') ? 'SEVERAL' : event.outcome;
  operations.observe({ kind: event.kind ?? 'none', outcome }, event.durationMs / 1000);
  if (event.isFromResponseCache) responseCacheHits.inc();
  unexpected.inc(event.unexpected.length);
}

function observeBatch(
  { wanted, found, pages }: Extract<Event, { type: 'list_batch' }>,
  { batches, batchPages }: Instruments,
): void {
  batches.inc({ outcome: 'found' }, found);
  batches.inc({ outcome: 'not_found' }, wanted - found);
  batchPages.inc(pages);
}

function createObserver(registry: Registry): (event: Event) => void {
  const instruments = createInstruments(registry);
  return (event) => {
    switch (event.type) {
      case 'operation':
        return observeOperation(event, instruments);
      case 'upstream_attempt': {
        const { operation, outcome } = event;
        return instruments.attempts.observe({ operation, outcome }, event.durationMs / 1000);
      }
      case 'token_exchange':
        return instruments.exchanges.observe({ outcome: event.outcome }, event.durationMs / 1000);
      case 'retry':
        return instruments.retries.inc({ operation: event.operation, after: event.after });
      case 'quota_wait':
        return instruments.waits.observe({ operation: event.operation }, event.ms / 1000);
      case 'breaker':
        return instruments.breaker.set({ operation: event.operation }, BREAKER_VALUES[event.state]);
      case 'read':
        return instruments.reads.inc({ kind: event.kind, source: event.source });
      case 'drift': {
        const { operation, field, kind } = event;
        return instruments.drift.inc({ operation, field, kind });
      }
      case 'refusal':
        return instruments.refusals.inc({ code: event.code });
      case 'connection_cut':
        return instruments.cuts.inc({ reason: event.reason });
      case 'response_refused':
        return instruments.refusedResponses.inc();
      case 'auth_problem':
        return instruments.authProblems.inc({ problem: event.problem });
      case 'untrusted_document':
        return instruments.untrusted.inc();
      case 'list_batch':
        return observeBatch(event, instruments);
      case 'list_mismatch':
        return instruments.mismatches.inc(event.models);
      case 'clock_skew':
        return instruments.clockSkew.set(event.seconds);
      case 'redis':
        return instruments.redis.set(event.state.kind === 'up' ? 1 : 0);
      case 'redis_error':
        return instruments.redisErrors.inc({ reason: event.reason });
      case 'credentials':
        return instruments.credentials.set(event.state === 'up' ? 1 : 0);
      case 'unexpected':
        return instruments.unexpected.inc();
      default:
        event satisfies never;
    }
  };
}
