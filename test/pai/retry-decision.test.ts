import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError, ERRORS, type ErrorCode } from '../../src/domain/errors.js';
import { type FailedAttempt, retryDelayMs } from '../../src/pai/retry.js';

const unavailable = new AppError('UPSTREAM_UNAVAILABLE', 'It failed.');
const throttled = (retryAfterMs?: number) =>
  new AppError('RATE_LIMITED', 'It throttles.', { retryable: true, retryAfterMs });
const expired = new AppError('UPSTREAM_REJECTED', 'The token expired.', { retryable: true });
const failed = (over: Partial<FailedAttempt>): FailedAttempt => ({
  error: unavailable,
  retries: 0,
  renewals: 0,
  remainingMs: 15_000,
  random: 0.5,
  ...over,
});

describe('the delay', () => {
  test.each<[string, Partial<FailedAttempt>, number | null]>([
    ['is drawn from the first 100 ms', {}, 50],
    ['may be none at all', { random: 0 }, 0],
    ['is drawn from twice as much after each retry', { retries: 1 }, 100],
    ['is what PAI says, where that is longer', { error: throttled(300) }, 300],
    ['is drawn, where PAI says less', { error: throttled(10) }, 50],
    ['is drawn for a throttle that says nothing', { error: throttled() }, 50],
    ['ends before the deadline', { random: 0.5, remainingMs: 51 }, 50],
    ['does not end at the deadline', { random: 0.5, remainingMs: 50 }, null],
    ['is none when the deadline is now', { random: 0, remainingMs: 0 }, null],
    ['is none when the deadline is over', { random: 0, remainingMs: -1 }, null],
    ['is none where PAI says more than there is time', { error: throttled(15_000) }, null],
    ['is given once for keys that can be got anew', { error: expired }, 50],
    ['is not given twice for them', { error: expired, retries: 1, renewals: 1 }, null],
    ['is given for them after another failure', { error: expired, retries: 1 }, 100],
    ['is not given after the third attempt', { retries: 2 }, null],
    ['is not given for what nobody foresaw', { error: new Error('What?') }, null],
    ['is not given for what is no error', { error: 'What?' }, null],
  ])('%s', (_, over, delay) => {
    expect(retryDelayMs(failed(over))).toBe(delay);
  });

  test.each(Object.keys(ERRORS) as ErrorCode[])('is given as the error table says: %s', (code) => {
    const delay = retryDelayMs(failed({ error: new AppError(code, 'It failed.') }));
    expect(delay !== null).toBe(ERRORS[code].retryable);
  });
});

describe('any failed attempt', () => {
  const attempt = fc.record({
    error: fc
      .record({
        code: fc.constantFrom(...(Object.keys(ERRORS) as ErrorCode[])),
        retryable: fc.option(fc.boolean(), { nil: undefined }),
        retryAfterMs: fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }),
      })
      .map(({ code, ...details }) => new AppError(code, 'It failed.', details)),
    retries: fc.nat(3),
    renewals: fc.nat(2),
    remainingMs: fc.integer({ min: -1000, max: 200_000 }),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });

  test('is retried before the deadline, not before PAI says, within its bounds, and only if it may', () => {
    fc.assert(
      fc.property(attempt, ({ error, retries, renewals, remainingMs, random }) => {
        const delay = retryDelayMs({ error, retries, renewals, remainingMs, random });
        if (!error.retryable || retries > 1) expect(delay).toBeNull();
        if (delay === null) return;
        const { retryAfterMs = 0 } = error.details;
        expect(delay).toBeGreaterThanOrEqual(Math.max(0, retryAfterMs));
        expect(delay).toBeLessThan(remainingMs);
        expect(delay).toBeLessThanOrEqual(Math.max(retryAfterMs, 200));
        if (error.code === 'UPSTREAM_REJECTED') expect(renewals).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });

  test('is spread over the whole delay, which grows with each retry', () => {
    fc.assert(
      fc.property(
        fc.nat(1),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (retries, random) => {
          const whole = 100 * 2 ** retries;
          expect(retryDelayMs(failed({ retries, random }))).toBeCloseTo(random * whole, 6);
        },
      ),
    );
  });
});
