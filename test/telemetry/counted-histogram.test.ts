import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { countedHistogram } from '../../src/telemetry/counted-histogram.js';

const SHAPE = { name: 'seconds', help: 'How long', labelNames: ['kind', 'outcome'] as const };
const BOUNDS = [0.005, 0.1, 1];

test('shows the same as prom-client’s own, for any observations', async () => {
  const value = fc.oneof(fc.constantFrom(0, ...BOUNDS), fc.double({ min: 0, max: 2, noNaN: true }));
  const label = fc.constantFrom('query', 'none', 'with "quotes"', 'é\n');
  const observations = fc.array(fc.tuple(label, label, value), { maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(observations, async (observed) => {
      const [ours, theirs] = [new Registry(), new Registry()];
      const observe = countedHistogram({ ...SHAPE, bounds: BOUNDS, registry: ours });
      const registers = [theirs];
      const other = new Histogram({ ...SHAPE, buckets: BOUNDS, registers });
      for (const [kind, outcome, seconds] of observed) {
        observe(kind, outcome, seconds);
        other.observe({ kind, outcome }, seconds);
      }
      // Which series comes first means nothing.
      const linesOf = async (registry: Registry) => (await registry.metrics()).split('\n').sort();
      expect(await linesOf(ours)).toEqual(await linesOf(theirs));
    }),
  );
});
