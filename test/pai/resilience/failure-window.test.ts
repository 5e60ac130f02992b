import { CircuitState } from 'cockatiel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFailureWindow } from '../../../src/pai/resilience/failure-window.js';

/** One letter an attempt: `.` went well, `x` failed; a number is a wait in milliseconds. */
function judge(history: string): boolean {
  let time = 0;
  const window = createFailureWindow(() => time);
  let opens = false;
  for (const part of history.split(' ')) {
    if (/^\d+$/.test(part)) {
      time += Number(part);
      continue;
    }
    for (const outcome of part) {
      if (outcome === '.') window.success(CircuitState.Closed);
      else opens = window.failure(CircuitState.Closed);
    }
  }
  return opens;
}

const wells = (count: number) => '.'.repeat(count);
const fails = (count: number) => 'x'.repeat(count);

describe('the failure window', () => {
  test.each([
    ['one failure', fails(1), false],
    ['19 failures', fails(19), false],
    ['20 failures', fails(20), true],
    ['20 attempts, half of them failures', wells(10) + fails(10), false],
    ['20 attempts, more than half of them failures', wells(9) + fails(11), true],
    ['few failures among many', wells(1000) + fails(100), false],
    ['19 failures and one more within ten seconds', `${fails(19)} 9999 x`, true],
    ['19 failures and one more after ten seconds', `${fails(19)} 10000 x`, false],
    ['100 failures an hour ago and one now', `${fails(100)} 3600000 x`, false],
    ['100 failures an hour ago and 20 now', `${fails(100)} 3600000 ${fails(20)}`, true],
    ['successes of long ago, and 20 failures now', `${wells(1000)} 10000 ${fails(20)}`, true],
  ])('after %s (%s): opens %s', (_, history, opens) => {
    expect(judge(history)).toBe(opens);
  });

  test('opens again at one failure of the probe', () => {
    const window = createFailureWindow(() => 0);
    expect(window.failure(CircuitState.HalfOpen)).toBe(true);
  });

  test('forgets what was before a probe that went well', () => {
    const window = createFailureWindow(() => 0);
    for (let index = 0; index < 100; index += 1) window.failure(CircuitState.Closed);
    window.success(CircuitState.HalfOpen);
    expect(window.failure(CircuitState.Closed)).toBe(false);
  });

  test('judges as a naive count over the last ten seconds does', () => {
    const step = fc.record({ gap: fc.oneof(fc.constant(0), fc.nat(3000)), failed: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        let time = 0;
        const window = createFailureWindow(() => time);
        const seen: { at: number; failed: boolean }[] = [];
        for (const { gap, failed } of steps) {
          time += gap;
          seen.push({ at: time, failed });
          if (!failed) {
            window.success(CircuitState.Closed);
            continue;
          }
          const recent = seen.filter(({ at }) => at > time - 10_000);
          const bad = recent.filter((each) => each.failed).length;
          expect(window.failure(CircuitState.Closed)).toBe(
            recent.length >= 20 && bad > recent.length / 2,
          );
        }
      }),
      { numRuns: 300 },
    );
  });
});
