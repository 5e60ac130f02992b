// The metrics that are read from the parts when Prometheus asks: each reading costs a few microseconds.
import { Counter, Gauge, type Registry, type RegistryContentType } from 'prom-client';
import type { UpstreamOperation } from '../domain/events.js';
import type { CacheUse } from '../lib/measured-lru.js';
import { VERSION } from '../lib/version.js';

interface QuotaReading {
  readonly operation: UpstreamOperation;
  readonly waiting: number;
  readonly starts: number;
  readonly isExhausted: boolean;
}

/** Each part's own figures; a part that is not there has no series. */
export interface Sources {
  readonly quota: () => Iterable<QuotaReading>;
  readonly callsInFlight: () => number;
  readonly connections: () => number;
  /** The bytes of responses that are built or sent. */
  readonly responseBytes: () => number;
  /** Lines of the log that could not be written. */
  readonly lostLines: () => number;
  /** Seconds since the epoch; null: keys have not been given yet. */
  readonly keysGivenAt: () => number | null;
}

export interface Readings {
  /** From now on these are read, too. */
  watch(sources: Partial<Sources>): void;
  watchCache(name: string, use: () => CacheUse): void;
}

type Labels = Record<string, string>;
type Rows = Iterable<readonly [labels: Labels, value: number]>;

export function createReadings(registry: Registry<RegistryContentType>): Readings {
  const sources: Partial<Sources> = {};
  const caches = new Map<string, () => CacheUse>();
  const options = optionsFor(registry);
  const gauge = (name: string, help: string, labelNames: string[], rows: () => Rows) =>
    new Gauge({
      ...options(name, help, labelNames),
      collect() {
        this.reset();
        // prom-client begins one without labels at 0.
        if (labelNames.length === 0) this.remove();
        for (const [labels, value] of rows()) this.set(labels, value);
      },
    });
  const one = (name: string, help: string, read: () => number | null | undefined) =>
    gauge(name, help, [], () => {
      const value = read();
      return value === null || value === undefined ? [] : [[{}, value]];
    });
  const byOperation = (name: string, help: string, read: (row: QuotaReading) => number) =>
    gauge(name, help, ['operation'], () =>
      [...(sources.quota?.() ?? [])].map((row) => [{ operation: row.operation }, read(row)]),
    );
  const cacheRows = (field: keyof CacheUse): Rows =>
    [...caches].map(([cache, use]) => [{ cache }, use()[field]]);

  byOperation('quota_queue_length', 'Calls that wait for quota', ({ waiting }) => waiting);
  byOperation('quota_starts', 'Calls started in the window of the quota', ({ starts }) => starts);
  byOperation('quota_exhausted', '1 while calls are refused', ({ isExhausted }) =>
    isExhausted ? 1 : 0,
  );
  one('upstream_calls_in_flight', 'Calls to PAI in flight', () => sources.callsInFlight?.());
  one('connections', 'Open connections', () => sources.connections?.());
  one('response_memory_bytes', 'Bytes of responses in memory', () => sources.responseBytes?.());
  one('credentials_last_success_timestamp_seconds', 'When keys were last given', () =>
    sources.keysGivenAt?.(),
  );
  gauge('cache_bytes', 'Memory of each cache', ['cache'], () => cacheRows('bytes'));
  gauge('cache_entries', 'Entries of each cache', ['cache'], () => cacheRows('entries'));
  new Counter({
    ...options('cache_evictions_total', 'Entries dropped to make room for others', ['cache']),
    collect() {
      this.reset();
      for (const [labels, value] of cacheRows('evictions')) this.inc(labels, value);
    },
  });
  new Counter({
    ...options('log_lines_lost_total', 'Lines of the log that could not be written', []),
    collect() {
      this.reset();
      this.inc(sources.lostLines?.() ?? 0);
    },
  });
  gauge('build_info', 'The version of this program and of Node', ['version', 'node'], () => [
    [{ version: VERSION, node: process.versions.node }, 1],
  ]);
  return {
    watch: (more) => void Object.assign(sources, more),
    watchCache: (name, use) => void caches.set(name, use),
  };
}

/** The options of a metric that this registry exposes. */
export function optionsFor(registry: Registry<RegistryContentType>) {
  return (name: string, help: string, labelNames: string[]) => ({
    name: `pai_graph_${name}`,
    help,
    labelNames,
    registers: [registry],
  });
}
