// Events as Prometheus metrics. Every label has a bounded set of values; docs/metrics.md lists them.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { BreakerState, Event } from '../domain/events.js';
import { countedHistogram } from './counted-histogram.js';

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

function instrumentsIn(registry: Registry) {
  const registers = [registry];
  return {
    counter: (name: string, help: string, labelNames: string[]) =>
      new Counter({ name: `pai_graph_${name}`, help, labelNames, registers }),
    histogram: (name: string, help: string, labelNames: string[]) =>
      new Histogram({ name: `pai_graph_${name}`, help, labelNames, buckets: SECONDS, registers }),
    gauge: (name: string, help: string, labelNames: string[]) =>
      new Gauge({ name: `pai_graph_${name}`, help, labelNames, registers }),
  };
}

function createInstruments(registry: Registry) {
  const { counter, histogram, gauge } = instrumentsIn(registry);
  return {
    operations: countedHistogram({
      name: 'pai_graph_operation_seconds',
      help: 'GraphQL operations',
      labelNames: ['kind', 'outcome'],
      ...{ bounds: SECONDS, registry },
    }),
    memoHits: counter('memo_hits_total', 'Operations answered from the memo', []),
    attempts: histogram('upstream_attempt_seconds', 'Attempts over the wire to PAI', [
      'operation',
      'outcome',
    ]),
    exchanges: histogram('token_exchange_seconds', 'Attempts to change a token for keys', [
      'outcome',
    ]),
    retries: counter('upstream_retries_total', 'Attempts after the first', ['operation', 'after']),
    waits: histogram('quota_wait_seconds', 'Time that calls waited for quota', ['operation']),
    breaker: gauge('breaker_state', '0 closed, 1 half open, 2 open', ['operation']),
    reads: createReadCounter([registry]),
    drift: counter('drift_total', 'What PAI sent and this version does not know', [
      'operation',
      'field',
      'kind',
    ]),
    refusals: counter('refusals_total', 'Requests turned away before they became operations', [
      'code',
    ]),
    cuts: counter('connections_cut_total', 'Connections closed to protect others', ['reason']),
    refusedResponses: counter('responses_refused_total', 'Responses there was no memory for', []),
    authProblems: counter('auth_problems_total', 'Times that keys of callers could not be read', [
      'problem',
    ]),
    untrusted: counter('untrusted_documents_total', 'Texts that only trusted documents forbid', []),
    batches: counter('list_batch_models_total', 'Missing models looked for on pages of lists', [
      'outcome',
    ]),
    batchPages: counter('list_batch_pages_total', 'Pages of lists read for missing models', []),
    mismatches: counter('list_mismatches_total', 'Models that a list said otherwise', []),
    clockSkew: gauge('clock_skew_seconds', 'Seconds that our clock is ahead of PAI’s', []),
    ...createRedisInstruments([registry]),
    credentials: createCredentialsGauge([registry]),
    unexpected: counter('unexpected_errors_total', 'Unexpected errors', []),
  };
}

function createRedisInstruments(registers: Registry[]) {
  return {
    redis: new Gauge({
      name: 'pai_graph_redis_up',
      help: '1 while Redis does all that it is asked for',
      registers,
    }),
    redisErrors: new Counter({
      name: 'pai_graph_redis_errors_total',
      help: 'Commands that Redis refused or left unanswered',
      labelNames: ['reason'],
      registers,
    }),
  };
}

/** It has no value at first: before the first attempt a 0 would say that keys are missing. */
function createCredentialsGauge(registers: Registry[]): Gauge {
  const help = '1 while there are keys to sign requests with';
  const gauge = new Gauge({ name: 'pai_graph_credentials_up', help, registers });
  gauge.remove();
  return gauge;
}

/**
 * Counts by the event object, one for each kind and source, and passes the counts on when it is scraped: labels cost
 * more than a read from memory.
 */
function createReadCounter(registers: Registry[]): (event: ReadEvent) => void {
  const counts = new Map<ReadEvent, number>();
  new Counter({
    name: 'pai_graph_reads_total',
    help: 'Things read, by where they came from',
    labelNames: ['kind', 'source'],
    registers,
    collect() {
      for (const [{ kind, source }, count] of counts) this.inc({ kind, source }, count);
      counts.clear();
    },
  });
  return (event) => void counts.set(event, (counts.get(event) ?? 0) + 1);
}

type ReadEvent = Extract<Event, { type: 'read' }>;

function observeOperation(
  { outcome, kind, durationMs, isMemo, unexpected }: Extract<Event, { type: 'operation' }>,
  instruments: ReturnType<typeof createInstruments>,
): void {
  // Several codes count as one outcome: their combinations would be unbounded.
  const ended = outcome.includes(',') ? 'SEVERAL' : outcome;
  instruments.operations(kind ?? 'none', ended, durationMs / 1000);
  // Even adding zero takes time.
  if (isMemo) instruments.memoHits.inc();
  if (unexpected.length > 0) instruments.unexpected.inc(unexpected.length);
}

function observeBatch(
  { wanted, found, pages }: Extract<Event, { type: 'list_batch' }>,
  { batches, batchPages }: ReturnType<typeof createInstruments>,
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
        return instruments.reads(event);
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
