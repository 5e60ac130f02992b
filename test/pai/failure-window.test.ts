import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFailureWindow } from '../../src/pai/circuit-breaker.js';

function windowAt(start = 0) {
  let time = start;
  const window = createFailureWindow(() => time);
  const note = (failed: boolean, from: number, to: number) => {
    for (let index = from; index < to; index += 1) window.record(`resource ${index}`, failed);
  };
  return {
    ...window,
    wait(ms: number) {
      time += ms;
    },
    /** Each with a name of its own, from one number up to, but not including, another. */
    fail: (from: number, to: number) => note(true, from, to),
    answer: (from: number, to: number) => note(false, from, to),
  };
}

describe('an outage', () => {
  test('is ten different resources that fail, and not nine', () => {
    const window = windowAt();
    window.fail(0, 9);
    expect(window.isOutage()).toBe(false);
    window.fail(9, 10);
    expect(window.isOutage()).toBe(true);
  });

  test('is not one resource that fails, however often', () => {
    const window = windowAt();
    for (let index = 0; index < 1000; index += 1) window.fail(0, 1);
    expect(window.isOutage()).toBe(false);
  });

  test('is a failure of more than half of the resources, and not of half', () => {
    const window = windowAt();
    window.answer(100, 120);
    window.fail(0, 20);
    expect(window.isOutage()).toBe(false);
    window.fail(20, 21);
    expect(window.isOutage()).toBe(true);
  });

  test('goes by the latest outcome of each resource', () => {
    const window = windowAt();
    window.fail(0, 20);
    window.answer(0, 15);
    expect(window.isOutage()).toBe(false);
    window.fail(0, 15);
    expect(window.isOutage()).toBe(true);
  });

  test('is forgotten after ten seconds without failures', () => {
    const window = windowAt();
    window.fail(0, 50);
    window.wait(9_999);
    expect(window.isOutage()).toBe(true);
    window.wait(1);
    expect(window.isOutage()).toBe(false);
  });

  test('is forgotten when the window is cleared', () => {
    const window = windowAt();
    window.fail(0, 50);
    window.clear();
    window.fail(0, 9);
    expect(window.isOutage()).toBe(false);
  });
});

test('any history is judged as by a naive count of the latest outcomes', () => {
  const step = fc.record({
    gap: fc.oneof(fc.constant(0), fc.nat(3000)),
    resource: fc.nat(30),
    failed: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      let time = 0;
      const window = createFailureWindow(() => time);
      const seen = new Map<string, { at: number; failed: boolean }>();
      for (const { gap, resource, failed } of steps) {
        time += gap;
        window.record(String(resource), failed);
        seen.set(String(resource), { at: time, failed });
        const recent = [...seen.values()].filter(({ at }) => at > time - 10_000);
        const bad = recent.filter((each) => each.failed).length;
        expect(window.isOutage()).toBe(bad >= 10 && bad > recent.length / 2);
      }
    }),
    { numRuns: 300 },
  );
});
