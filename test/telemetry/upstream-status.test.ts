import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/domain/events.js';
import { createUpstreamStatus } from '../../src/telemetry/upstream-status.js';
import { ATTEMPT, EACH_KIND } from './sample-events.js';

type Outcome = Extract<Event, { type: 'upstream_attempt' }>['outcome'];

function lastAfter(...outcomes: Outcome[]) {
  const { observe, last } = createUpstreamStatus();
  for (const outcome of outcomes) observe({ ...ATTEMPT, outcome });
  return last();
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
  ])('after %j: %s', (outcomes, last) => {
    expect(lastAfter(...outcomes)).toBe(last);
  });

  test('does not depend on other events', () => {
    const { observe, last } = createUpstreamStatus();
    const { upstream_attempt, ...others } = EACH_KIND;
    for (const event of Object.values(others)) observe(event);
    expect(last()).toBe('unknown');
  });
});
