// All listeners to events: the log, the metrics, the spans, and the last known state of the upstream.

import type { Event, Report } from '../domain/events.js';
import type { PartStatus } from '../domain/part-status.js';
import { standardOutput } from './line-output.js';
import { createLogger, type Logger, logEvent } from './log.js';
import { createMetrics, type Metrics } from './metrics.js';
import { describeSpan } from './spans.js';

export interface Telemetry {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly report: Report;
  /** The result of the latest attempt, for readiness. */
  readonly upstream: () => PartStatus;
  /** The operations whose circuit breaker is not closed, for readiness. */
  readonly breaker: () => string;
}

interface TelemetryOptions {
  readonly logLevel: string;
  /** Operations may have spans. */
  readonly hasTraces: boolean;
  /** Gets every event, too. */
  readonly observe?: Report | undefined;
}

type AttemptOutcome = Extract<Event, { type: 'upstream_attempt' }>['outcome'];

/** The outcomes in which PAI answered us, even if it refused one caller's question. */
const ANSWERED: ReadonlySet<AttemptOutcome> = new Set<AttemptOutcome>([
  'OK',
  'NOT_FOUND',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'RATE_LIMITED',
]);

export function startTelemetry(options: TelemetryOptions): Telemetry {
  const { logLevel, hasTraces, observe } = options;
  const logger = createLogger(logLevel);
  const metrics = createMetrics({ hasTraces });
  metrics.watch({ lostLines: standardOutput.lost });
  const open = new Set<string>();
  let lastOutcome: AttemptOutcome | null = null;
  return {
    logger,
    metrics,
    upstream() {
      if (lastOutcome === null) return 'unknown';
      return ANSWERED.has(lastOutcome) ? 'ok' : 'failing';
    },
    breaker: () => (open.size === 0 ? 'ok' : `open: ${[...open].join(', ')}`),
    report(event) {
      logEvent(logger, event);
      metrics.observe(event);
      describeSpan(event);
      if (event.type === 'upstream_attempt' && event.outcome !== 'CANCELLED') {
        lastOutcome = event.outcome;
      }
      if (event.type === 'breaker') {
        if (event.state === 'closed') open.delete(event.operation);
        else open.add(event.operation);
      }
      observe?.(event);
    },
  };
}
