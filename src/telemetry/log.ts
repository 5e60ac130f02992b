// Events as log lines with pino: one line for each operation, and one for each thing that went wrong.
import { type Logger, pino, stdTimeFunctions } from 'pino';
import { describeRedis, type Event } from '../domain/events.js';

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

/** One line for each event, and one for each error that its caller saw masked. */
export function logEvent(logger: Logger, event: Event): void {
  const level = levelOf(event);
  if (logger.isLevelEnabled(level)) logger[level](fieldsOf(event), messageOf(event));
  if (event.type !== 'operation') return;
  const { requestId } = event;
  for (const error of event.unexpected) logEvent(logger, { type: 'unexpected', requestId, error });
}

function levelOf(event: Event): Level {
  switch (event.type) {
    case 'operation':
      return event.isFromResponseCache ? 'debug' : 'info';
    case 'upstream_attempt':
    case 'token_exchange':
      return levelOfOutcome(event.outcome);
    case 'redis':
      return event.state.kind === 'up' ? 'info' : 'warn';
    case 'credentials':
      // Without keys nothing can be read: a person has to act.
      return event.state === 'up' ? 'info' : 'error';
    case 'unexpected':
      return 'error';
    case 'breaker':
    case 'list_mismatch':
    case 'auth_problem':
    case 'untrusted_document':
    case 'clock_skew':
      return 'warn';
    default:
      return 'debug';
  }
}

/** UPSTREAM_REJECTED is our fault and needs a person; failures that are not our fault are warnings. */
function levelOfOutcome(outcome: string): Level {
  if (outcome === 'OK' || outcome === 'NOT_FOUND' || outcome === 'CANCELLED') return 'debug';
  return outcome === 'UPSTREAM_REJECTED' || outcome === 'UPSTREAM_INVALID' ? 'error' : 'warn';
}

function fieldsOf({ type, ...fields }: Event): object {
  if ('usage' in fields) {
    const { durationMs, usage, outcome, requestId } = fields;
    return { ms: Math.round(durationMs), upstreamCalls: usage.calls, outcome, requestId };
  }
  if ('error' in fields) {
    // Other properties of an error may hold requests, hosts or keys.
    const { name, message, stack } =
      fields.error instanceof Error ? fields.error : new Error(String(fields.error));
    return { requestId: fields.requestId, error: { name, message, stack } };
  }
  return 'state' in fields && typeof fields.state === 'object'
    ? { event: type, ...fields.state }
    : { event: type, ...fields };
}

function messageOf(event: Event): string {
  switch (event.type) {
    case 'operation':
      return `${[event.kind ?? 'request', event.name].join(' ').trim()} finished: ${event.outcome}`;
    case 'unexpected':
      return 'An unexpected error occurred';
    case 'upstream_attempt':
      return `${event.operation} attempt finished: ${event.outcome}`;
    case 'token_exchange':
      return `Token exchange finished: ${event.outcome}`;
    case 'retry':
      return `${event.operation} is retried after ${event.after}`;
    case 'breaker':
      return `The circuit breaker of ${event.operation} is ${event.state.replace('_', ' ')}`;
    case 'quota_wait':
      return `${event.operation} waited ${Math.round(event.ms)} ms for quota`;
    case 'read':
      return `${event.kind} was read: ${event.source}`;
    case 'clock_skew':
      return skewMessage(event.seconds);
    case 'redis':
      return `Redis is ${describeRedis(event.state)}`;
    case 'redis_error':
      return `A Redis command failed: ${event.reason}`;
    case 'credentials':
      return `Credentials for PAI are ${event.state === 'up' ? 'available' : 'not available'}`;
    case 'refusal':
      return `A request was refused: ${event.code}`;
    case 'connection_cut':
      return `A connection was closed: ${event.reason}`;
    case 'response_refused':
      return `A response of ${event.bytes} bytes was refused for lack of memory`;
    case 'auth_problem':
      return AUTH_PROBLEMS[event.problem];
    case 'untrusted_document':
      return 'A document ran that is not in the manifest';
    case 'list_batch':
      return `Pages contained ${event.found} of ${event.wanted} missing models`;
    case 'list_mismatch':
      return `A list and GetModel differ in ${event.models} models`;
    case 'drift':
      return `${event.operation} answered with ${event.kind} at ${event.field}`;
  }
}

const AUTH_PROBLEMS = {
  api_keys_unreadable: 'The file of API keys cannot be used; the last good one stays in force',
  jwks_unreadable: 'The file of token keys cannot be used; the last good one stays in force',
  jwks_unavailable: 'The key server gives no keys for tokens',
};

function skewMessage(seconds: number): string {
  if (Math.abs(seconds) < 1) return 'The clock agrees with PAI';
  return `The clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} PAI`;
}
