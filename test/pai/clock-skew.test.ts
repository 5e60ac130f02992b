import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { AppError, type ErrorDetails } from '../../src/domain/errors.js';
import type { Event } from '../../src/domain/events.js';
import { createPaiClock, type PaiClock } from '../../src/pai/clock-skew.js';

const START = Date.UTC(2026, 0, 2, 3, 4, 5);
const [MINUTE, HOUR] = [60_000, 3_600_000];

function withClock(baseUrl = 'https://pai.example') {
  let [now, moment] = [START, 0];
  const events: Event[] = [];
  const clock = createPaiClock({
    baseUrl,
    clock: { now: () => now, monotonic: () => moment },
    report: (event) => events.push(event),
  });
  return {
    clock,
    events,
    /** The wall clock alone. */
    sets(ms: number) {
      now += ms;
    },
    passes(ms: number) {
      now += ms;
      moment += ms;
    },
  };
}

const WRONG_DATE: ErrorDetails = {
  upstreamCode: 'InvalidTimeStamp.Expired',
  upstreamRequestId: 'R-1',
};

/** PAI refuses the date of a request, and says by its clock when. */
function refuse(
  clock: PaiClock,
  date: number | string | undefined,
  { details = WRONG_DATE, signedAt = clock.now() } = {},
): boolean {
  const text = typeof date === 'number' ? new Date(date).toUTCString() : date;
  const response = { status: 400, headers: { date: text }, body: '{}' };
  const error = new AppError('UPSTREAM_REJECTED', 'It refused.', details);
  return clock.learn({ error, response, signedAt });
}

describe('the clock of PAI', () => {
  it('is ours until PAI refuses a date', () => {
    const { clock, events } = withClock();
    expect([clock.now(), clock.status()]).toEqual([START, 'ok']);
    expect(events).toEqual([]);
  });

  it.each([-5 * HOUR, -20 * MINUTE, 20 * MINUTE, 23 * HOUR])(
    'is followed to the second once it has refused one (ours is %i ms ahead)',
    (skewMs) => {
      const { clock, events } = withClock();
      expect(refuse(clock, START - skewMs)).toBe(true);
      expect(Math.abs(clock.now() - (START - skewMs))).toBeLessThanOrEqual(1000);
      expect(clock.status()).toBe('skewed');
      expect(events).toEqual([{ type: 'clock_skew', seconds: expect.any(Number) }]);
    },
  );

  it('is told once, however many requests were refused with the same date', () => {
    const { clock, events } = withClock();
    const told = [1, 2, 3].map(() => refuse(clock, START - HOUR, { signedAt: START }));
    expect(told).toEqual([true, true, true]);
    expect(events).toHaveLength(1);
  });

  it('goes on while time passes, for any change of our clock meanwhile', () => {
    const { clock, events, sets, passes } = withClock();
    refuse(clock, START - HOUR);
    passes(5 * HOUR);
    sets(-3 * HOUR);
    expect(Math.abs(clock.now() - (START + 4 * HOUR))).toBeLessThanOrEqual(1000);
    expect(clock.status()).toBe('skewed');
    expect(events).toMatchObject([{ seconds: 3600 }, { seconds: -7200 }]);
  });

  it('is left, and told, as soon as ours is set right again', () => {
    const { clock, events, sets } = withClock();
    refuse(clock, START - HOUR);
    sets(-HOUR);
    expect(clock.status()).toBe('ok');
    expect(clock.now()).toBe(START - HOUR);
    expect(events.at(-1)).toEqual({ type: 'clock_skew', seconds: 0 });
    expect(events).toHaveLength(2);
  });
});

test('a request whose date was wrong is signed once more when our clock was set right meanwhile', () => {
  const { clock, events, sets } = withClock();
  sets(-HOUR);
  const signedAt = clock.now();
  sets(HOUR);
  expect(refuse(clock, START, { signedAt })).toBe(true);
  expect(events).toEqual([]);
});

describe('nothing is learned, and no request is signed once more,', () => {
  it.each<[string, string, number | string | undefined, ErrorDetails]>([
    ['over a plain connection', 'http://pai.example', START - HOUR, WRONG_DATE],
    ['when the date is more than a day off', 'https://a', START - 25 * HOUR, WRONG_DATE],
    ['without a Date', 'https://a', undefined, WRONG_DATE],
    ['from a Date that is not one', 'https://a', 'yesterday', WRONG_DATE],
    [
      'without a RequestId of PAI',
      'https://a',
      START - HOUR,
      { upstreamCode: 'InvalidTimeStamp.Expired' },
    ],
    ['without a Code of PAI', 'https://a', START - HOUR, { upstreamRequestId: 'R-1' }],
    [
      'from another refusal',
      'https://a',
      START - HOUR,
      { ...WRONG_DATE, upstreamCode: 'SignatureDoesNotMatch' },
    ],
    ['when the clocks agree', 'https://a', START - 30_000, WRONG_DATE],
  ])('%s', (_, baseUrl, date, details) => {
    const { clock, events } = withClock(baseUrl);
    expect(refuse(clock, date, { details })).toBe(false);
    expect(clock.now()).toBe(START);
    expect(events).toEqual([]);
  });

  it('when the refused request was signed by the known clock of PAI', () => {
    const { clock } = withClock('http://127.0.0.1:4010');
    expect(refuse(clock, START - HOUR)).toBe(true);
    expect(refuse(clock, START - HOUR)).toBe(false);
  });
});

test('after any steps of our clock within a day one refusal is enough to be in PAI’s window', () => {
  const steps = fc.array(fc.integer({ min: -5 * HOUR, max: 5 * HOUR }), { maxLength: 4 });
  fc.assert(
    fc.property(steps, (all) => {
      const { clock, sets } = withClock('http://[::1]:80');
      for (const step of all) {
        sets(step);
        // PAI's own clock does not move here.
        if (Math.abs(clock.now() - START) > 15 * MINUTE) expect(refuse(clock, START)).toBe(true);
        expect(Math.abs(clock.now() - START)).toBeLessThanOrEqual(15 * MINUTE);
      }
    }),
    { numRuns: 300 },
  );
});
