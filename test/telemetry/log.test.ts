import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/domain/events.js';
import { logEvent } from '../../src/telemetry/log.js';
import { REPO_ROOT } from '../support/programs.js';
import { ATTEMPT, EACH_KIND, OPERATION } from './sample-events.js';

type Line = Record<string, unknown>;

/** The lines that an event makes, without the time. */
function linesOf(event: Event): Line[] {
  const lines: Line[] = [];
  const write = (text: string) => lines.push(JSON.parse(text));
  const formatters = { level: (label: string) => ({ level: label }) };
  logEvent(pino({ level: 'trace', base: null, timestamp: false, formatters }, { write }), event);
  return lines;
}

describe('an event as lines', () => {
  test.each<[string, Event, Line]>([
    [
      'an operation',
      OPERATION,
      {
        level: 'info',
        ms: 13,
        upstreamCalls: 3,
        outcome: 'OK',
        requestId: 'req-1',
        caller: 'api-key:web',
        msg: 'query Models finished: OK',
      },
    ],
    [
      'an operation that was none',
      { ...OPERATION, name: null, kind: null, outcome: 'BAD_USER_INPUT' },
      {
        level: 'info',
        ms: 13,
        upstreamCalls: 3,
        outcome: 'BAD_USER_INPUT',
        requestId: 'req-1',
        caller: 'api-key:web',
        msg: 'request finished: BAD_USER_INPUT',
      },
    ],
    [
      'an attempt',
      ATTEMPT,
      {
        level: 'debug',
        event: 'upstream_attempt',
        operation: 'GetModel',
        outcome: 'OK',
        durationMs: 250,
        requestId: 'req-1',
        caller: 'api-key:web',
        upstreamRequestId: 'PAI-1',
        msg: 'GetModel attempt finished: OK',
      },
    ],
    [
      'an exchange of a token',
      { ...EACH_KIND.token_exchange, outcome: 'FORBIDDEN', upstreamCode: 'NoPermission' },
      {
        level: 'warn',
        event: 'token_exchange',
        outcome: 'FORBIDDEN',
        durationMs: 20,
        requestId: 'req-1',
        upstreamCode: 'NoPermission',
        msg: 'Token exchange finished: FORBIDDEN',
      },
    ],
    [
      'a retry',
      EACH_KIND.retry,
      {
        level: 'debug',
        event: 'retry',
        operation: 'GetModel',
        after: 'UPSTREAM_TIMEOUT',
        ...{ requestId: 'req-1', caller: 'api-key:web' },
        msg: 'GetModel is retried after UPSTREAM_TIMEOUT',
      },
    ],
    [
      'a breaker',
      EACH_KIND.breaker,
      {
        level: 'warn',
        event: 'breaker',
        operation: 'ListModels',
        state: 'open',
        msg: 'The circuit breaker of ListModels is open',
      },
    ],
    [
      'a wait',
      EACH_KIND.quota_wait,
      {
        level: 'debug',
        event: 'quota_wait',
        operation: 'GetModel',
        ms: 40,
        ...{ requestId: 'req-1', caller: 'api-key:web' },
        msg: 'GetModel waited 40 ms for quota',
      },
    ],
    [
      'a read',
      EACH_KIND.read,
      {
        level: 'debug',
        event: 'read',
        kind: 'model_page',
        source: 'STALE',
        msg: 'model_page was read: STALE',
      },
    ],
    [
      'Redis that is up',
      EACH_KIND.redis,
      { level: 'info', event: 'redis', kind: 'up', msg: 'Redis is up' },
    ],
    [
      'Redis that is down',
      { type: 'redis', state: { kind: 'down', cause: 'ECONNREFUSED' } },
      {
        level: 'warn',
        event: 'redis',
        kind: 'down',
        cause: 'ECONNREFUSED',
        msg: 'Redis is down: ECONNREFUSED',
      },
    ],
    [
      'Redis that refuses',
      { type: 'redis', state: { kind: 'degraded', reason: 'READONLY' } },
      {
        level: 'warn',
        event: 'redis',
        kind: 'degraded',
        reason: 'READONLY',
        msg: 'Redis is degraded: READONLY',
      },
    ],
    [
      'one refusal of Redis',
      EACH_KIND.redis_error,
      {
        level: 'debug',
        event: 'redis_error',
        reason: 'READONLY',
        msg: 'A Redis command failed: READONLY',
      },
    ],
    [
      'the lack of credentials',
      EACH_KIND.credentials,
      {
        level: 'error',
        event: 'credentials',
        state: 'down',
        reason: 'No link gave keys.',
        msg: 'Credentials for PAI are not available',
      },
    ],
    [
      'credentials that are there',
      { type: 'credentials', state: 'up' },
      {
        level: 'info',
        event: 'credentials',
        state: 'up',
        msg: 'Credentials for PAI are available',
      },
    ],
    [
      'drift',
      EACH_KIND.drift,
      {
        level: 'debug',
        event: 'drift',
        operation: 'GetModel',
        field: 'OrderNumber',
        kind: 'unexpected_type',
        ...{ requestId: 'req-1', caller: 'api-key:web' },
        msg: 'GetModel answered with unexpected_type at OrderNumber',
      },
    ],
  ])('%s is written as one line', (_, event, line) => {
    expect(linesOf(event)).toEqual([line]);
  });

  test.each<[Event, string]>([
    [EACH_KIND.refusal, 'A request was refused: UNAUTHENTICATED'],
    [EACH_KIND.connection_cut, 'A connection was closed: slow_reader'],
    [EACH_KIND.response_refused, 'A response of 20000 bytes was refused for lack of memory'],
    [EACH_KIND.auth_problem, 'The key server gives no keys for tokens'],
    [EACH_KIND.file_reload, 'The access key in files changed and was read again'],
    [
      { type: 'file_reload', file: 'redis_url', outcome: 'INVALID', reasons: ['It is empty.'] },
      'The file of REDIS_URL_FILE changed and cannot be used; the last good content stays in force',
    ],
    [
      { type: 'file_reload', file: 'api_keys', outcome: 'OK', entries: 3 },
      'The file of API keys changed and was read again: 3 keys',
    ],
    [
      { type: 'file_reload', file: 'manifest', outcome: 'OK', entries: 40 },
      'The manifest of trusted documents changed and was read again: 40 documents',
    ],
    [EACH_KIND.untrusted_document, 'A document ran that is not in the manifest'],
    [EACH_KIND.quota, 'The quota of GetModel is exhausted'],
    [EACH_KIND.response, 'A response has 2000 bytes'],
    [EACH_KIND.jwks_available, 'The key server gives keys for tokens again'],
    [EACH_KIND.shutdown_began, 'The shutdown begins'],
    [EACH_KIND.shutdown_ended, 'The shutdown took 812 ms and cut 0 requests'],
    [EACH_KIND.list_batch, 'Pages contained 48 of 50 missing models'],
    [EACH_KIND.list_mismatch, 'A list and GetModel differ in 1 models'],
    [EACH_KIND.clock_skew, 'The clock is 300 s behind PAI'],
    [{ type: 'clock_skew', seconds: 7 }, 'The clock is 7 s ahead of PAI'],
    [{ type: 'clock_skew', seconds: 0 }, 'The clock agrees with PAI'],
  ])('a line says what happened, beside the fields of the event: %o', (event, msg) => {
    const { type, ...fields } = event;
    expect(linesOf(event)).toMatchObject([{ event: type, ...fields, msg }]);
  });

  test.each<[string, string]>([
    ['OK', 'debug'],
    ['NOT_FOUND', 'debug'],
    ['CANCELLED', 'debug'],
    ['FORBIDDEN', 'warn'],
    ['BAD_USER_INPUT', 'info'],
    ['RATE_LIMITED', 'warn'],
    ['UPSTREAM_UNAVAILABLE', 'warn'],
    ['UPSTREAM_TIMEOUT', 'warn'],
    ['UPSTREAM_REJECTED', 'error'],
    ['UPSTREAM_INVALID', 'error'],
  ])('an attempt that ended with %s has the level %s', (outcome, level) => {
    const event = { ...ATTEMPT, outcome, upstreamCode: 'Some.Code' } as Event;
    expect(linesOf(event)).toMatchObject([{ level, outcome, upstreamCode: 'Some.Code' }]);
  });

  test('an untrusted document that is repeated is not logged by default', () => {
    const isRepeated = true;
    expect(linesOf({ ...EACH_KIND.untrusted_document, isRepeated })).toMatchObject([
      { level: 'debug' },
    ]);
    expect(linesOf(EACH_KIND.untrusted_document)).toMatchObject([
      { level: 'warn', hash: 'ab12', operationName: 'Models', caller: 'api-key:web' },
    ]);
  });

  test.each<[string, Event, Event]>([
    ['Redis', { type: 'redis', state: { kind: 'degraded', reason: 'OOM' } }, EACH_KIND.redis],
    ['the breaker', EACH_KIND.breaker, { ...EACH_KIND.breaker, state: 'closed' }],
    ['the quota', EACH_KIND.quota, { ...EACH_KIND.quota, state: 'available' }],
    ['the clock', EACH_KIND.clock_skew, { type: 'clock_skew', seconds: 0.2 }],
    ['the key server', EACH_KIND.auth_problem, EACH_KIND.jwks_available],
    [
      'a file',
      { type: 'file_reload', file: 'redis_url', outcome: 'INVALID' },
      { type: 'file_reload', file: 'redis_url', outcome: 'OK' },
    ],
  ])(
    '%s is a warning while it is degraded, and information once it has recovered',
    (_, bad, good) => {
      expect([...linesOf(bad), ...linesOf(good)].map(({ level }) => level)).toEqual([
        'warn',
        'info',
      ]);
    },
  );

  test('a shutdown that cut requests is a warning', () => {
    const event: Event = { ...EACH_KIND.shutdown_ended, cutRequests: 2 };
    expect(linesOf(event)).toMatchObject([{ level: 'warn', cutRequests: 2 }]);
  });

  test('a caller without a name is left out', () => {
    const [line] = linesOf({ ...OPERATION, caller: null });
    expect(line).not.toHaveProperty('caller');
  });

  test('an operation has one more line for each unexpected error', () => {
    const unexpected = [new TypeError('first'), new Error('second')];
    const [operation, ...errors] = linesOf({ ...OPERATION, unexpected });
    expect(operation).toMatchObject({ level: 'info', requestId: 'req-1' });
    expect(errors).toMatchObject([
      {
        level: 'error',
        requestId: 'req-1',
        caller: 'api-key:web',
        msg: 'An unexpected error occurred',
        error: { name: 'TypeError', message: 'first' },
      },
      {
        level: 'error',
        requestId: 'req-1',
        caller: 'api-key:web',
        msg: 'An unexpected error occurred',
        error: { name: 'Error', message: 'second' },
      },
    ]);
  });

  test('an unexpected error is its name, message and stack, and none of its other properties', () => {
    const error = Object.assign(new Error('What?'), {
      options: { headers: { authorization: 'ACS3-HMAC-SHA256 Credential=LTAI' } },
      code: 'ECONNRESET',
      cause: new Error('https://pai.example/secret-host'),
    });
    const [line] = linesOf({ type: 'unexpected', requestId: 'req-2', error });
    expect(line).toMatchObject({
      level: 'error',
      requestId: 'req-2',
      error: { name: 'Error', message: 'What?' },
    });
    expect(Object.keys(line?.error ?? {}).sort()).toEqual(['message', 'name', 'stack']);
    expect(JSON.stringify(line)).not.toMatch(/LTAI|ACS3|secret-host/);
  });

  test.each<[unknown, string]>([
    ['text', 'text'],
    [undefined, 'undefined'],
    [{ secret: 's' }, '[object Object]'],
  ])('a thrown value that is not an error has a line, too: %o', (error, message) => {
    const [line] = linesOf({ type: 'unexpected', requestId: 'req-2', error });
    expect(line).toMatchObject({ level: 'error', error: { message } });
  });

  test('a name that a client chose stays within its line', () => {
    const [line, ...rest] = linesOf({ ...OPERATION, name: 'A"\n{"level":"error"}' });
    expect(rest).toEqual([]);
    expect(line?.msg).toBe('query A"\n{"level":"error"} finished: OK');
  });
});

describe('the logger', () => {
  async function logged(level: string, script: string): Promise<Line[]> {
    const module = `import { createLogger } from './src/telemetry/log.ts';
      const logger = createLogger(${JSON.stringify(level)});
      ${script}`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', module];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: REPO_ROOT });
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  test.concurrent('writes JSON lines with a time and a level in words, from its level on', async () => {
    const lines = await logged('warn', `logger.info('no'); logger.warn({ a: 1 }, 'yes');`);
    expect(lines).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        a: 1,
        msg: 'yes',
      },
    ]);
  });

  test.concurrent('makes secrets unreadable that should never have come to it', async () => {
    const held = `{ authorization: 'S1', accessKeySecret: 'S2', securityToken: 'S3', secret: 'S4', token: 'S5' }`;
    const lines = await logged('info', `logger.info({ request: ${held} }, 'no');`);
    expect(JSON.stringify(lines)).not.toMatch(/S[1-5]/);
    expect(lines).toMatchObject([{ request: { authorization: '[redacted]' } }]);
  });

  test.concurrent('says nothing when it is silent', async () => {
    expect(await logged('silent', `logger.fatal('no');`)).toEqual([]);
  });
});
