import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/domain/events.js';
import { startTelemetry } from '../../src/telemetry/telemetry.js';
import { ATTEMPT, EACH_KIND } from './sample-events.js';

const SILENT = { logLevel: 'silent', hasTraces: false };

test('every event reaches all listeners: metrics, the state of the upstream, and the starter of the app', async () => {
  const heard: Event[] = [];
  const { report, metrics, upstream } = startTelemetry({
    ...SILENT,
    observe: (event) => heard.push(event),
  });
  expect(upstream()).toBe('unknown');
  for (const event of Object.values(EACH_KIND)) report(event);
  expect(heard).toEqual(Object.values(EACH_KIND));
  expect(upstream()).toBe('ok');
  const { text } = await metrics.expose();
  expect(text).toContain('pai_graph_reads_total{kind="model_page",source="STALE"} 1');
});

test('the operations whose breaker is not closed are known for readiness', () => {
  const { report, breaker } = startTelemetry({ logLevel: 'silent', hasTraces: false });
  expect(breaker()).toBe('ok');
  report(EACH_KIND.breaker);
  report({ type: 'breaker', operation: 'ListModels', state: 'half_open' });
  report({ type: 'breaker', operation: 'GetModel', state: 'open' });
  expect(breaker()).toBe('open: ListModels, GetModel');
  for (const operation of ['ListModels', 'GetModel'] as const) {
    report({ type: 'breaker', operation, state: 'closed' });
  }
  expect(breaker()).toBe('ok');
});

type Outcome = Event<'upstream_attempt'>['outcome'];

function lastAfter(...outcomes: Outcome[]) {
  const { report, upstream } = startTelemetry(SILENT);
  for (const outcome of outcomes) report({ ...ATTEMPT, outcome });
  return upstream();
}

describe('the last known state of the upstream', () => {
  test.each<[Outcome[], string]>([
    [[], 'unknown'],
    [['OK'], 'ok'],
    [['NOT_FOUND'], 'ok'],
    [['FORBIDDEN'], 'ok'],
    [['BAD_USER_INPUT'], 'ok'],
    [['RATE_LIMITED'], 'ok'],
    [['UPSTREAM_UNAVAILABLE'], 'failing'],
    [['UPSTREAM_TIMEOUT'], 'failing'],
    [['UPSTREAM_REJECTED'], 'failing'],
    [['UPSTREAM_INVALID'], 'failing'],
    [['INTERNAL_SERVER_ERROR'], 'failing'],
    [['CANCELLED'], 'unknown'],
    [['OK', 'UPSTREAM_TIMEOUT'], 'failing'],
    [['UPSTREAM_TIMEOUT', 'OK'], 'ok'],
    [['UPSTREAM_TIMEOUT', 'CANCELLED'], 'failing'],
  ])('after %j it is %s', (outcomes, last) => {
    expect(lastAfter(...outcomes)).toBe(last);
  });

  test('does not depend on other events', () => {
    const { report, upstream } = startTelemetry(SILENT);
    const { upstream_attempt, ...others } = EACH_KIND;
    for (const event of Object.values(others)) report(event);
    expect(upstream()).toBe('unknown');
  });
});
