import { expect, test } from 'vitest';
import type { Event } from '../../src/domain/events.js';
import { startTelemetry } from '../../src/telemetry/telemetry.js';
import { EACH_KIND } from './sample-events.js';

test('every event reaches all listeners: metrics, the state of the upstream, and the starter of the app', async () => {
  const heard: Event[] = [];
  const { report, metrics, upstream } = startTelemetry('silent', (event) => heard.push(event));
  expect(upstream()).toBe('unknown');
  for (const event of Object.values(EACH_KIND)) report(event);
  expect(heard).toEqual(Object.values(EACH_KIND));
  expect(upstream()).toBe('ok');
  const { text } = await metrics.expose();
  expect(text).toContain('pai_graph_reads_total{kind="model_page",source="STALE"} 1');
});
