// Events as Prometheus metrics. Every label has a bounded set of values; docs/metrics.md lists them.
import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  Registry,
  type RegistryContentType,
} from 'prom-client';
import type { Event, EventType } from '../domain/events.js';
import type { Span } from '../domain/span.js';
import { createReadings, optionsFor, type Readings } from './readings.js';

export interface Metrics extends Readings {
  observe(event: Event): void;
  expose: Expose;
}

/** The text for a scraper with this header `Accept`, and its content type. */
export type Expose = (accept?: string) => Promise<{ readonly type: string; readonly text: string }>;

type Observers = { readonly [T in EventType]: (event: Event<T>) => void };

/** Gauges of prom-client with the suffix of a counter; the sums of others by their type. */
const MISNAMED = ['handles', 'requests', 'resources'].map((kind) => `nodejs_active_${kind}_total`);

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];
const BYTES = [1e3, 1e4, 1e5, 1e6, 1e7];
const BREAKER_VALUES = { closed: 0, half_open: 1, open: 2 };

/** `hasTraces`: operations that are traced become exemplars, which only OpenMetrics has. */
export function createMetrics({ hasTraces = false } = {}): Metrics {
  const registry: Registry<RegistryContentType> = new Registry();
  if (hasTraces) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const observers = createObservers(registry);
  return {
    ...createReadings(registry),
    observe: (event) => observeWith(observers, event),
    async expose(accept = '') {
      const text = await registry.metrics();
      if (!hasTraces || /\bapplication\/openmetrics-text\b/.test(accept)) {
        return { type: registry.contentType, text };
      }
      return { type: Registry.PROMETHEUS_CONTENT_TYPE, text: asPlainText(text) };
    },
  };
}

/** Without exemplars, and with the whole names of counters: the registry can write one of the formats only. */
function asPlainText(openMetrics: string): string {
  const lines = openMetrics.split('\n').filter((line) => line !== '# EOF');
  const isCounter = (line = '') => line.startsWith('# TYPE ') && line.endsWith(' counter');
  return lines
    .map((line, index) => {
      if (!line.startsWith('#')) return line.split(' # {')[0];
      const [hash, keyword, name, ...rest] = line.split(' ');
      const isOfCounter = isCounter(line) || (keyword === 'HELP' && isCounter(lines[index + 1]));
      return isOfCounter ? [hash, keyword, `${name}_total`, ...rest].join(' ') : line;
    })
    .join('\n');
}

function observeWith<T extends EventType>(observers: Observers, event: Event<T>): void {
  const { type }: { readonly type: T } = event;
  observers[type](event);
}

function createInstruments(registry: Registry<RegistryContentType>) {
  const options = optionsFor(registry);
  return {
    counter: (name: string, help: string, ...labels: string[]) =>
      new Counter(options(name, help, labels)),
    gauge: (name: string, help: string, ...labels: string[]) =>
      new Gauge(options(name, help, labels)),
    seconds: (name: string, help: string, ...labels: string[]) =>
      new Histogram({ ...options(name, help, labels), buckets: SECONDS }),
    /** Each bucket also names the trace of the latest observation that has one. */
    secondsWithExemplars(name: string, help: string, ...labels: string[]) {
      const enableExemplars = registry.contentType === Registry.OPENMETRICS_CONTENT_TYPE;
      const buckets = SECONDS;
      const histogram = new Histogram({ ...options(name, help, labels), buckets, enableExemplars });
      return (labels: Record<string, string>, value: number, span: Span | undefined) => {
        if (!enableExemplars) histogram.observe(labels, value);
        else
          histogram.observe({
            labels,
            value,
            exemplarLabels: span?.isSampled ? { ...span.ids } : {},
          });
      };
    },
    bytes: (name: string, help: string) =>
      new Histogram({ ...options(name, help, []), buckets: BYTES }),
    /** Counts events by those of their fields that are labels. */
    count<Label extends string = never>(name: string, help: string, ...labels: Label[]) {
      const counter = new Counter(options(name, help, labels));
      return (event: { readonly [L in NoInfer<Label>]: string }) =>
        counter.inc(Object.fromEntries(labels.map((label) => [label, event[label]])));
    },
  };
}

function createObservers(registry: Registry<RegistryContentType>): Observers {
  const instruments = createInstruments(registry);
  const { counter, gauge, bytes, count } = instruments;
  const sizes = bytes('response_size_bytes', 'Bodies of responses to GraphQL requests');
  const mismatches = counter('list_mismatches_total', 'Models in which a list and GetModel differ');
  const clockSkew = gauge('clock_skew_seconds', 'Seconds that our clock is ahead of PAI’s');
  const redis = gauge('redis_up', '1 while Redis is up');
  const credentials = gauge('credentials_up', '1 while there are keys to sign requests with');
  const unexpected = counter('unexpected_errors_total', 'Unexpected errors');
  // It has no value at first: before the first attempt a 0 would say that keys are missing.
  credentials.remove();
  return {
    operation: operationObserver(instruments, unexpected),
    unexpected: () => unexpected.inc(),
    ...callObservers(instruments),
    read: count('reads_total', 'Objects and pages read, by their source', 'kind', 'source'),
    clock_skew: ({ seconds }) => clockSkew.set(seconds),
    redis: ({ state }) => redis.set(state.kind === 'up' ? 1 : 0),
    redis_error: count('redis_errors_total', 'Commands that failed in Redis', 'reason'),
    credentials: ({ state }) => credentials.set(state === 'up' ? 1 : 0),
    refusal: count('refusals_total', 'Requests refused before they became operations', 'code'),
    connection_cut: count(
      'connections_cut_total',
      'Connections closed to protect others',
      'reason',
    ),
    response: ({ bytes }) => sizes.observe(bytes),
    response_refused: count('responses_refused_total', 'Responses refused for lack of memory'),
    auth_problem: count('auth_problems_total', 'Failed reads of callers’ keys', 'problem'),
    // Readings have the state; for keys it is a counter of the failures.
    quota: () => {},
    jwks_available: () => {},
    file_reload: count('file_reloads_total', 'Changes of reloaded files', 'file', 'outcome'),
    untrusted_document: count(
      'untrusted_documents_total',
      'Documents run that are not in the manifest',
    ),
    // The process ends before they could be read.
    shutdown_began: () => {},
    shutdown_ended: () => {},
    list_batch: batchObserver(instruments),
    ...traceObservers(instruments),
    list_mismatch: ({ models }) => mismatches.inc(models),
    drift: count('drift_total', 'Unknown parts of PAI’s answers', 'operation', 'field', 'kind'),
  };
}

type Instruments = ReturnType<typeof createInstruments>;

function operationObserver(
  { counter, secondsWithExemplars }: Instruments,
  unexpected: Counter,
): Observers['operation'] {
  const observe = secondsWithExemplars(
    'operation_seconds',
    'GraphQL operations',
    'kind',
    'outcome',
  );
  const cached = counter(
    'response_cache_hits_total',
    'Operations answered from the response cache',
  );
  return (event) => {
    // Several codes count as one outcome: their combinations would be unbounded.
    const outcome = event.outcome.includes(',') ? 'SEVERAL' : event.outcome;
    observe({ kind: event.kind ?? 'none', outcome }, event.durationMs / 1000, event.span);
    if (event.isFromResponseCache) cached.inc();
    for (const _ of event.unexpected) unexpected.inc();
  };
}

function callObservers({ counter, gauge, seconds, count }: Instruments) {
  const attempts = seconds(
    'upstream_attempt_seconds',
    'Attempts to call PAI',
    'operation',
    'outcome',
  );
  const exchanges = seconds('token_exchange_seconds', 'Attempts to exchange a token', 'outcome');
  const lost = counter('attempts_lost_total', 'Attempts without an answer', 'service', 'cause');
  const waits = seconds('quota_wait_seconds', 'Time that calls waited for quota', 'operation');
  const breaker = gauge('breaker_state', '0 closed, 1 half open, 2 open', 'operation');
  return {
    upstream_attempt({ operation, outcome, durationMs, cause }) {
      attempts.observe({ operation, outcome }, durationMs / 1000);
      if (cause !== undefined) lost.inc({ service: 'pai', cause });
    },
    token_exchange({ outcome, durationMs, cause }) {
      exchanges.observe({ outcome }, durationMs / 1000);
      if (cause !== undefined) lost.inc({ service: 'sts', cause });
    },
    retry: count('upstream_retries_total', 'Attempts after the first', 'operation', 'after'),
    breaker: ({ operation, state }) => breaker.set({ operation }, BREAKER_VALUES[state]),
    quota_wait: ({ operation, ms }) => waits.observe({ operation }, ms / 1000),
  } satisfies Partial<Observers>;
}

function batchObserver({ counter }: Instruments): Observers['list_batch'] {
  const batches = counter(
    'list_batch_models_total',
    'Missing models looked for in lists',
    'outcome',
  );
  const batchPages = counter('list_batch_pages_total', 'Pages of lists read for missing models');
  return ({ wanted, found, pages }) => {
    batches.inc({ outcome: 'found' }, found);
    batches.inc({ outcome: 'not_found' }, wanted - found);
    batchPages.inc(pages);
  };
}

function traceObservers({
  counter,
  gauge,
}: Instruments): Pick<Observers, 'traces' | 'span_export'> {
  const up = gauge('traces_up', '1 while the collector takes the spans of traces');
  const exported = counter('spans_exported_total', 'Spans sent to the collector', 'outcome');
  // No value before the first export.
  up.remove();
  return {
    traces: ({ state }) => up.set(state === 'up' ? 1 : 0),
    span_export: ({ outcome, spans }) => exported.inc({ outcome }, spans),
  };
}
