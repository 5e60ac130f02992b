import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERRORS, type ErrorCode } from '../../src/domain/errors.js';
import type { Event, RedisState } from '../../src/domain/events.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { describeWith, REPO_ROOT } from '../support/programs.js';
import { ATTEMPT, EACH_KIND, OPERATION } from './sample-events.js';

/** The series of this program after the events: name and labels to value. */
async function seriesAfter(...events: Event[]): Promise<Record<string, number>> {
  const { observe, expose } = createMetrics();
  for (const event of events) observe(event);
  const { text } = await expose();
  const series = text.split('\n').filter((line) => line.startsWith('pai_graph_'));
  return Object.fromEntries(
    series.map((line): [string, number] => {
      const at = line.lastIndexOf(' ');
      return [line.slice('pai_graph_'.length, at), Number(line.slice(at + 1))];
    }),
  );
}

describe('each event is counted', () => {
  test.each<[string, Event, Record<string, number>]>([
    [
      'an operation, in seconds',
      OPERATION,
      {
        'operation_seconds_count{kind="query",outcome="OK"}': 1,
        'operation_seconds_sum{kind="query",outcome="OK"}': 0.0126,
        'operation_seconds_bucket{le="0.01",kind="query",outcome="OK"}': 0,
        'operation_seconds_bucket{le="0.025",kind="query",outcome="OK"}': 1,
        unexpected_errors_total: 0,
      },
    ],
    [
      'an operation with unexpected errors',
      {
        ...OPERATION,
        outcome: 'INTERNAL_SERVER_ERROR',
        unexpected: [new Error('1'), new Error('2')],
      },
      {
        'operation_seconds_count{kind="query",outcome="INTERNAL_SERVER_ERROR"}': 1,
        unexpected_errors_total: 2,
      },
    ],
    [
      'an attempt',
      ATTEMPT,
      {
        'upstream_attempt_seconds_count{operation="GetModel",outcome="OK"}': 1,
        'upstream_attempt_seconds_sum{operation="GetModel",outcome="OK"}': 0.25,
      },
    ],
    [
      'an exchange of a token',
      EACH_KIND.token_exchange,
      {
        'token_exchange_seconds_count{outcome="OK"}': 1,
        'token_exchange_seconds_sum{outcome="OK"}': 0.02,
      },
    ],
    [
      'an attempt without an answer',
      { ...ATTEMPT, outcome: 'UPSTREAM_UNAVAILABLE', cause: 'PROXY' },
      {
        'upstream_attempt_seconds_count{operation="GetModel",outcome="UPSTREAM_UNAVAILABLE"}': 1,
        'attempts_lost_total{service="pai",cause="PROXY"}': 1,
      },
    ],
    [
      'an exchange without an answer',
      { ...EACH_KIND.token_exchange, outcome: 'UPSTREAM_TIMEOUT', cause: 'TIMEOUT' },
      { 'attempts_lost_total{service="sts",cause="TIMEOUT"}': 1 },
    ],
    [
      'a response, in bytes',
      EACH_KIND.response,
      { response_size_bytes_count: 1, response_size_bytes_sum: 2000 },
    ],
    ['an unexpected error', EACH_KIND.unexpected, { unexpected_errors_total: 1 }],
    [
      'a retry',
      EACH_KIND.retry,
      { 'upstream_retries_total{operation="GetModel",after="UPSTREAM_TIMEOUT"}': 1 },
    ],
    ['a breaker', EACH_KIND.breaker, { 'breaker_state{operation="ListModels"}': 2 }],
    [
      'a wait',
      EACH_KIND.quota_wait,
      {
        'quota_wait_seconds_count{operation="GetModel"}': 1,
        'quota_wait_seconds_sum{operation="GetModel"}': 0.04,
      },
    ],
    ['a read', EACH_KIND.read, { 'reads_total{kind="model_page",source="STALE"}': 1 }],
    [
      'a connection that is cut',
      EACH_KIND.connection_cut,
      { 'connections_cut_total{reason="slow_reader"}': 1 },
    ],
    [
      'a response for which there is no memory',
      EACH_KIND.response_refused,
      { responses_refused_total: 1 },
    ],
    ['Redis', EACH_KIND.redis, { redis_up: 1 }],
    ['a refusal of Redis', EACH_KIND.redis_error, { 'redis_errors_total{reason="READONLY"}': 1 }],
    ['the lack of credentials', EACH_KIND.credentials, { credentials_up: 0 }],
    [
      'drift',
      EACH_KIND.drift,
      { 'drift_total{operation="GetModel",field="OrderNumber",kind="unexpected_type"}': 1 },
    ],
  ])('%s is counted', async (_, event, series) => {
    expect(await seriesAfter(event)).toMatchObject(series);
  });

  test('credentials are not said to be missing before they were asked for', async () => {
    const credentials = (state: 'up' | 'down'): Event => ({ type: 'credentials', state });
    expect(await seriesAfter()).not.toHaveProperty('credentials_up');
    expect(await seriesAfter(credentials('down'), credentials('up'))).toMatchObject({
      credentials_up: 1,
    });
  });

  test('the last known state holds of breakers and of Redis', async () => {
    const breaker = (state: 'open' | 'half_open' | 'closed'): Event => ({
      ...EACH_KIND.breaker,
      state,
    });
    const redis = (state: RedisState): Event => ({ type: 'redis', state });
    const up: RedisState = { kind: 'up' };
    const name = 'breaker_state{operation="ListModels"}';
    expect(await seriesAfter(breaker('open'), breaker('half_open'))).toMatchObject({ [name]: 1 });
    expect(await seriesAfter(breaker('half_open'), breaker('closed'))).toMatchObject({ [name]: 0 });
    const states: RedisState[] = [
      { kind: 'down', cause: 'ECONNREFUSED' },
      { kind: 'degraded', reason: 'OOM' },
    ];
    for (const state of states) {
      expect(await seriesAfter(redis(up), redis(state))).toMatchObject({ redis_up: 0 });
      expect(await seriesAfter(redis(state), redis(up))).toMatchObject({ redis_up: 1 });
    }
  });
});

test('parts are read when Prometheus asks, and have no series before they are watched', async () => {
  const { watch, watchCache, expose } = createMetrics();
  const lines = async () =>
    (await expose()).text
      .split('\n')
      .filter((line) =>
        /^pai_graph_(quota_|upstream_calls|connections |cache_|credentials_)/.test(line),
      );
  expect(await lines()).toEqual([]);
  let waiting = 3;
  let givenAt: number | null = null;
  watch({
    quota: () => [{ operation: 'GetModel', waiting, starts: 50, isExhausted: waiting > 0 }],
    callsInFlight: () => 7,
    connections: () => 9,
    keysGivenAt: () => givenAt,
  });
  watchCache('answers', () => ({ bytes: 1000, entries: 2, evictions: 5 }));
  const read = [
    'pai_graph_quota_queue_length{operation="GetModel"} 3',
    'pai_graph_quota_starts{operation="GetModel"} 50',
    'pai_graph_quota_exhausted{operation="GetModel"} 1',
    'pai_graph_upstream_calls_in_flight 7',
    'pai_graph_connections 9',
    'pai_graph_cache_bytes{cache="answers"} 1000',
    'pai_graph_cache_entries{cache="answers"} 2',
    'pai_graph_cache_evictions_total{cache="answers"} 5',
  ];
  expect((await lines()).sort()).toEqual(read.sort());
  // A second scrape does not count the same evictions again.
  waiting = 0;
  givenAt = 1_700_000_000;
  const again = await lines();
  expect(again).toContain('pai_graph_cache_evictions_total{cache="answers"} 5');
  expect(again).toContain('pai_graph_quota_exhausted{operation="GetModel"} 0');
  expect(again).toContain('pai_graph_credentials_last_success_timestamp_seconds 1700000000');
});

test('the build has its version and that of Node', async () => {
  const { version } = JSON.parse(readFileSync(join(REPO_ROOT, 'package.json'), 'utf8'));
  const { text } = await createMetrics().expose();
  expect(text).toContain(
    `pai_graph_build_info{version="${version}",node="${process.versions.node}"} 1`,
  );
});

describeWith('promtool', 'the metrics by promtool', (promtool) => {
  test('have names and descriptions by the conventions of Prometheus', async () => {
    const { observe, expose, watchCache } = createMetrics();
    for (const event of Object.values(EACH_KIND)) observe(event);
    watchCache('answers', () => ({ bytes: 1000, entries: 2, evictions: 5 }));
    const { text: input } = await expose();
    expect(execFileSync(promtool, ['check', 'metrics'], { input, encoding: 'utf8' })).toBe('');
  });
});

describe('the number of series', () => {
  test('does not grow with names, ids or combinations of errors', async () => {
    const codes = Object.keys(ERRORS) as ErrorCode[];
    const operations = codes.flatMap((first) =>
      codes.map(
        (second, index): Event => ({
          ...OPERATION,
          name: `Name${first}${index}`,
          requestId: `${first}${index}`,
          outcome: `${first},${second}`,
        }),
      ),
    );
    const attempts = Array.from(
      { length: 100 },
      (_, index): Event => ({
        ...ATTEMPT,
        outcome: 'UPSTREAM_REJECTED',
        upstreamRequestId: `PAI-${index}`,
        upstreamCode: `Code${index}`,
      }),
    );
    const series = Object.keys(await seriesAfter(...operations, ...attempts));
    const counts = series.filter((name) => name.includes('_count{'));
    expect(counts.sort()).toEqual([
      'operation_seconds_count{kind="query",outcome="SEVERAL"}',
      'upstream_attempt_seconds_count{operation="GetModel",outcome="UPSTREAM_REJECTED"}',
    ]);
    expect(series.join()).not.toMatch(/Name|PAI-|Code\d/);
  });

  test('is that of each program: two in one process count apart', async () => {
    const [first, second] = [createMetrics(), createMetrics()];
    first.observe(EACH_KIND.unexpected);
    expect((await first.expose()).text).toContain('pai_graph_unexpected_errors_total 1');
    expect((await second.expose()).text).toContain('pai_graph_unexpected_errors_total 0');
    expect((await first.expose()).type).toMatch(/^text\/plain; version=0\.0\.4/);
  });
});
