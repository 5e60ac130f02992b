// Events as log lines with pino: one line for each operation, and one for each thing that went wrong.
import { type Logger, pino, stdTimeFunctions } from 'pino';
import { describeRedis, type Event, type EventType } from '../domain/events.js';
import { standardOutput } from './line-output.js';

export type { Logger };

export function createLogger(level: string): Logger {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // These values should never be logged; if one is, it is not readable.
    redact: {
      paths: ['*.authorization', '*.accessKeySecret', '*.securityToken', '*.secret', '*.token'],
      censor: '[redacted]',
    },
  };
  return pino(options, standardOutput);
}

/** One line for each event, and one for each error that its caller saw masked. */
export function logEvent(logger: Logger, event: Event): void {
  const { level, message } = lineOf(event);
  if (logger.isLevelEnabled(level)) logger[level](fieldsOf(event), message());
  if (event.type !== 'operation') return;
  const { requestId, span, caller } = event;
  for (const error of event.unexpected) {
    logEvent(logger, { type: 'unexpected', requestId, span, caller, error });
  }
}

function lineOf<T extends EventType>(event: Event<T>) {
  const { type }: { readonly type: T } = event;
  const [level, message] = LINES[type];
  return {
    level: typeof level === 'string' ? level : level(event),
    message: () => message(event),
  };
}

type Level = 'debug' | 'info' | 'warn' | 'error';

type Lines = {
  readonly [T in EventType]: readonly [
    level: Level | ((event: Event<T>) => Level),
    message: (event: Event<T>) => string,
  ];
};

const LINES: Lines = {
  operation: [
    ({ isFromResponseCache }) => (isFromResponseCache ? 'debug' : 'info'),
    ({ kind, name, outcome }) =>
      `${[kind ?? 'request', name].join(' ').trim()} finished: ${outcome}`,
  ],
  unexpected: ['error', () => 'An unexpected error occurred'],
  upstream_attempt: [
    levelOfOutcome,
    ({ operation, outcome }) => `${operation} attempt finished: ${outcome}`,
  ],
  token_exchange: [levelOfOutcome, ({ outcome }) => `Token exchange finished: ${outcome}`],
  retry: ['debug', ({ operation, after }) => `${operation} is retried after ${after}`],
  breaker: [
    ({ state }) => (state === 'closed' ? 'info' : 'warn'),
    ({ operation, state }) => `The circuit breaker of ${operation} is ${state.replace('_', ' ')}`,
  ],
  quota_wait: [
    'debug',
    ({ operation, ms }) => `${operation} waited ${Math.round(ms)} ms for quota`,
  ],
  quota: [
    ({ state }) => (state === 'available' ? 'info' : 'warn'),
    ({ operation, state }) => `The quota of ${operation} is ${state}`,
  ],
  read: ['debug', ({ kind, source }) => `${kind} was read: ${source}`],
  clock_skew: [
    ({ seconds }) => (isSkewed(seconds) ? 'warn' : 'info'),
    ({ seconds }) => skewMessage(seconds),
  ],
  redis: [
    ({ state }) => (state.kind === 'up' ? 'info' : 'warn'),
    ({ state }) => `Redis is ${describeRedis(state)}`,
  ],
  redis_error: ['debug', ({ reason }) => `A Redis command failed: ${reason}`],
  traces: [
    ({ state }) => (state === 'up' ? 'info' : 'warn'),
    ({ state, cause }) =>
      state === 'up' ? 'The collector takes our spans' : `The collector takes no spans: ${cause}`,
  ],
  span_export: ['debug', ({ spans, outcome }) => `${spans} spans were sent: ${outcome}`],
  credentials: [
    // Without keys nothing can be read: a person has to act.
    ({ state }) => (state === 'up' ? 'info' : 'error'),
    ({ state }) => `Credentials for PAI are ${state === 'up' ? 'available' : 'not available'}`,
  ],
  refusal: ['debug', ({ code }) => `A request was refused: ${code}`],
  connection_cut: ['debug', ({ reason }) => `A connection was closed: ${reason}`],
  response: ['debug', ({ bytes }) => `A response has ${bytes} bytes`],
  response_refused: [
    'debug',
    ({ bytes }) => `A response of ${bytes} bytes was refused for lack of memory`,
  ],
  auth_problem: ['warn', ({ problem }) => AUTH_PROBLEMS[problem]],
  jwks_available: ['info', () => 'The key server gives keys for tokens again'],
  file_reload: [
    ({ outcome }) => (outcome === 'OK' ? 'info' : 'warn'),
    ({ file, outcome, entries }) => {
      if (outcome === 'INVALID') {
        return `${RELOADED_FILES[file]} changed and cannot be used; the last good content stays in force`;
      }
      const held = entries === undefined ? '' : `: ${entries} ${ENTRIES[file]}`;
      return `${RELOADED_FILES[file]} changed and was read again${held}`;
    },
  ],
  untrusted_document: [
    ({ isRepeated }) => (isRepeated ? 'debug' : 'warn'),
    () => 'A document ran that is not in the manifest',
  ],
  shutdown_began: ['info', () => 'The shutdown begins'],
  shutdown_ended: [
    ({ cutRequests }) => (cutRequests === 0 ? 'info' : 'warn'),
    ({ durationMs, cutRequests }) =>
      `The shutdown took ${Math.round(durationMs)} ms and cut ${cutRequests} requests`,
  ],
  list_batch: [
    'debug',
    ({ found, wanted }) => `Pages contained ${found} of ${wanted} missing models`,
  ],
  list_mismatch: ['warn', ({ models }) => `A list and GetModel differ in ${models} models`],
  drift: [
    'debug',
    ({ operation, kind, field }) => `${operation} answered with ${kind} at ${field}`,
  ],
};

/** UPSTREAM_REJECTED is our fault and needs a person; a mistake of a caller needs none. */
function levelOfOutcome({ outcome }: { readonly outcome: string }): Level {
  if (outcome === 'OK' || outcome === 'NOT_FOUND' || outcome === 'CANCELLED') return 'debug';
  if (outcome === 'BAD_USER_INPUT') return 'info';
  return outcome === 'UPSTREAM_REJECTED' || outcome === 'UPSTREAM_INVALID' ? 'error' : 'warn';
}

const AUTH_PROBLEMS = {
  api_keys_unreadable: 'The file of API keys cannot be used; the last good one stays in force',
  jwks_unreadable: 'The file of token keys cannot be used; the last good one stays in force',
  jwks_unavailable: 'The key server gives no keys for tokens',
};

const RELOADED_FILES = {
  api_keys: 'The file of API keys',
  jwks: 'The set of token keys',
  access_key: 'The access key in files',
  redis_url: 'The file of REDIS_URL_FILE',
  manifest: 'The manifest of trusted documents',
};

const ENTRIES = {
  api_keys: 'keys',
  jwks: 'keys',
  access_key: 'keys',
  redis_url: 'URLs',
  manifest: 'documents',
};

function isSkewed(seconds: number): boolean {
  return Math.abs(seconds) >= 1;
}

function skewMessage(seconds: number): string {
  if (!isSkewed(seconds)) return 'The clock agrees with PAI';
  return `The clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} PAI`;
}

function fieldsOf(event: Event): object {
  const { span, ...others } = { span: undefined, ...event };
  // JSON leaves out undefined.
  const caller = ('caller' in event && event.caller) || undefined;
  return { ...ownFieldsOf(others), caller, ...span?.ids };
}

function ownFieldsOf({ type, ...fields }: Event): object {
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
