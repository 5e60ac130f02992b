// All listeners to events: the log, the metrics, and the last known state of the upstream.
import type { Report } from '../domain/events.js';
import { createLogger, type Logger, logEvent } from './log.js';
import { createMetrics, type Metrics } from './metrics.js';
import { createUpstreamStatus, type UpstreamStatus } from './upstream-status.js';

export interface Telemetry {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly report: Report;
  readonly upstream: UpstreamStatus['last'];
}

export function startTelemetry(logLevel: string, observe: Report): Telemetry {
  const logger = createLogger(logLevel);
  const metrics = createMetrics();
  const upstreamStatus = createUpstreamStatus();
  return {
    logger,
    metrics,
    upstream: upstreamStatus.last,
    report(event) {
      logEvent(logger, event);
      metrics.observe(event);
      upstreamStatus.observe(event);
      observe(event);
    },
  };
}
