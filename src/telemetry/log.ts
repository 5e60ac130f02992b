// Events as log lines with pino: one line for each operation, and one for each thing that went wrong.
import { type Logger, pino, stdTimeFunctions } from 'pino';
import type { Event } from '../domain/events.js';
import { describeRedis, type RedisState } from '../domain/redis-state.js';

export type { Logger };

type Level = 'debug' | 'info' | 'warn' | 'error';

export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // These values should never be logged; if one is, it is not readable.
    redact: {
      paths: ['*.authorization', '*.accessKeySecret', '*.securityToken', '*.secret', '*.token'],
      censor: '[redacted]',
    },
  });
}

export function logEvent(logger: Logger, event: Event): void {
  switch (event.type) {
    case 'operation': {
      const { name, kind, outcome, requestId, durationMs, unexpected } = event;
      const ms = Math.round(durationMs);
      const upstreamCalls = event.usage.calls;
      const level = event.isMemo ? 'debug' : 'info';
      if (!logger.isLevelEnabled(level) && unexpected.length === 0) return;
      logger[level](
        { ms, upstreamCalls, outcome, requestId },
        `${kind ?? 'request'} ${name ?? '-'}`,
      );
      for (const error of unexpected) logUnexpected(logger, event.requestId, error);
      return;
    }
    case 'unexpected':
      logUnexpected(logger, event.requestId, event.error);
      return;
    case 'upstream_attempt':
    case 'token_exchange': {
      const { type, ...fields } = event;
      logger[levelOf(event.outcome)](fields, type);
      return;
    }
    case 'breaker':
    case 'list_mismatch':
    case 'auth_problem':
    case 'untrusted_document':
    case 'clock_skew':
    case 'credentials': {
      const { type, ...fields } = event;
      logger[noticeLevel(event)](fields, type);
      return;
    }
    case 'redis':
      logRedis(logger, event.state);
      return;
    case 'retry':
    case 'quota_wait':
    case 'read':
    case 'list_batch':
    case 'refusal':
    case 'connection_cut':
    case 'response_refused':
    case 'redis_error':
    case 'drift': {
      if (!logger.isLevelEnabled('debug')) return;
      const { type, ...fields } = event;
      logger.debug(fields, type);
      return;
    }
    default:
      event satisfies never;
  }
}

/** UPSTREAM_REJECTED is our fault and needs a person; failures that are not our fault are warnings. */
function levelOf(outcome: string): Level {
  if (outcome === 'OK' || outcome === 'NOT_FOUND' || outcome === 'CANCELLED') return 'debug';
  return outcome === 'UPSTREAM_REJECTED' || outcome === 'UPSTREAM_INVALID' ? 'error' : 'warn';
}

function logRedis(logger: Logger, state: RedisState): void {
  logger[state.kind === 'up' ? 'info' : 'warn'](state, `Redis is ${describeRedis(state)}`);
}

/** Without keys nothing can be read: a person has to act. */
function noticeLevel(event: Event): Level {
  if (event.type !== 'credentials') return 'warn';
  return event.state === 'up' ? 'info' : 'error';
}

/** Name, message and stack only: other properties of an error may hold requests, hosts or keys. */
function logUnexpected(logger: Logger, requestId: string, error: unknown): void {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  logger.error({ requestId, error: { name, message, stack } }, 'unexpected');
}
