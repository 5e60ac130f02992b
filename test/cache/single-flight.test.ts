import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SingleFlight } from '../../src/cache/single-flight.js';
import type { FetchContext } from '../../src/domain/call.js';
import { AppError } from '../../src/domain/errors.js';
import { aRequester as aFlight } from '../pai/quota/flight.js';

const gone = new AppError('UPSTREAM_TIMEOUT', 'The client has gone.', { retryable: false });

/** A passenger who can leave. */
function passenger(over: Partial<FetchContext> = {}) {
  const controller = new AbortController();
  return {
    flight: aFlight({ ...over, signal: controller.signal }),
    leave: (reason: unknown = gone) => controller.abort(reason),
  };
}

/** Work that counts its calls, and whose calls end when they are told. */
function work() {
  const calls: {
    flight: FetchContext;
    land: (answer: unknown) => void;
    crash: (error: unknown) => void;
  }[] = [];
  return {
    calls,
    start: (flight: FetchContext) =>
      new Promise<unknown>((land, crash) => {
        calls.push({ flight, land, crash });
        flight.signal.addEventListener('abort', () => crash(flight.signal.reason));
      }),
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const outcome = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

describe('a flight', () => {
  test('is one call for a hundred callers who ask the same', async () => {
    const flights = new SingleFlight();
    const { calls, start } = work();
    let joined = 0;
    const answers = Array.from({ length: 100 }, () =>
      flights.run('key', aFlight(), start, {
        joined: () => {
          joined += 1;
        },
      }),
    );
    await settled();
    expect(calls).toHaveLength(1);
    expect(joined).toBe(99);
    calls[0]?.land('answer');
    expect(await Promise.all(answers)).toEqual(Array(100).fill('answer'));
  });

  test('is one failure for all of them, and not beyond', async () => {
    const flights = new SingleFlight();
    const { calls, start } = work();
    const answers = Promise.all([1, 2, 3].map(() => outcome(flights.run('key', aFlight(), start))));
    await settled();
    const failure = new AppError('UPSTREAM_UNAVAILABLE', 'It failed.');
    calls[0]?.crash(failure);
    expect(await answers).toEqual([failure, failure, failure]);
    const next = flights.run('key', aFlight(), start);
    await settled();
    calls[1]?.land('answer');
    expect(await next).toBe('answer');
  });

  test('is over when its call has ended: a later caller starts another', async () => {
    const flights = new SingleFlight();
    let calls = 0;
    const start = async () => {
      calls += 1;
      return calls;
    };
    expect(await flights.run('key', aFlight(), start)).toBe(1);
    expect(await flights.run('key', aFlight(), start)).toBe(2);
  });

  test('a flight of another key is another', async () => {
    const flights = new SingleFlight();
    const answers = ['a', 'b'].map((key) => flights.run(key, aFlight(), async () => key));
    expect(await Promise.all(answers)).toEqual(['a', 'b']);
  });

  test('fails like any other when its work throws at once', async () => {
    const flights = new SingleFlight();
    const start = () => {
      throw new Error('At once.');
    };
    await expect(flights.run('key', aFlight(), start)).rejects.toThrow('At once.');
  });
});

describe('a caller that leaves', () => {
  test.each([
    ['the first', 0],
    ['the second', 1],
    ['the last', 2],
  ])('does not cancel the others: %s', async (_, leaver) => {
    const flights = new SingleFlight();
    const { calls, start } = work();
    const passengers = [passenger(), passenger(), passenger()];
    const answers = passengers.map(({ flight }) => outcome(flights.run('key', flight, start)));
    await settled();
    passengers[leaver]?.leave();
    expect(await answers[leaver]).toBe(gone);
    expect(calls[0]?.flight.signal.aborted).toBe(false);
    calls[0]?.land('answer');
    const expected = passengers.map((_passenger, index) => (index === leaver ? gone : 'answer'));
    expect(await Promise.all(answers)).toEqual(expected);
  });

  test('a caller that leaves as the last one cancels the call, with its own reason', async () => {
    const flights = new SingleFlight();
    const { calls, start } = work();
    const [first, second] = [passenger(), passenger()];
    const answers = [first, second].map(({ flight }) => outcome(flights.run('key', flight, start)));
    await settled();
    first.leave();
    const last = new AppError('UPSTREAM_TIMEOUT', 'The operation took too long.', {
      retryable: false,
    });
    second.leave(last);
    expect(await Promise.all(answers)).toEqual([gone, last]);
    expect(calls[0]?.flight.signal.reason).toBe(last);
  });

  test('and comes again, or another after it, starts a new call', async () => {
    const flights = new SingleFlight();
    const { calls, start } = work();
    const first = passenger();
    const left = outcome(flights.run('key', first.flight, start));
    await settled();
    first.leave();
    const next = flights.run('key', aFlight(), start);
    await settled();
    expect(calls).toHaveLength(2);
    // The end of the old call must not end the new one for callers that join it.
    const joined = flights.run('key', aFlight(), start);
    await settled();
    expect(calls).toHaveLength(2);
    calls[1]?.land('answer');
    expect(await Promise.all([left, next, joined])).toEqual([gone, 'answer', 'answer']);
  });

  test('before it asks starts and joins nothing', async () => {
    const flights = new SingleFlight();
    const { calls, start } = work();
    const left = passenger();
    left.leave();
    expect(await outcome(flights.run('key', left.flight, start))).toBe(gone);
    await settled();
    expect(calls).toEqual([]);
  });

  test('after its answer changes nothing', async () => {
    const flights = new SingleFlight();
    const { calls, start } = work();
    const [first, second] = [passenger(), passenger()];
    const answer = flights.run('key', first.flight, start);
    await settled();
    calls[0]?.land('answer');
    await answer;
    first.leave();
    const next = flights.run('key', second.flight, start);
    await settled();
    expect(calls[1]?.flight.signal.aborted).toBe(false);
    calls[1]?.land('next');
    expect(await next).toBe('next');
  });
});

describe('the deadline', () => {
  test('is the latest of all who have joined', async () => {
    const flights = new SingleFlight();
    const { calls, start } = work();
    const answers = [1000, 3000, 2000].map((deadlineAt) =>
      flights.run('key', aFlight({ deadlineAt }), start),
    );
    await settled();
    expect(calls[0]?.flight.deadlineAt).toBe(3000);
    answers.push(flights.run('key', aFlight({ deadlineAt: 5000 }), start));
    expect(calls[0]?.flight.deadlineAt).toBe(5000);
    calls[0]?.land('answer');
    await Promise.all(answers);
  });

  test('is not that of a caller that has left', async () => {
    const flights = new SingleFlight();
    const { calls, start } = work();
    const patient = passenger({ deadlineAt: 9000 });
    const left = outcome(flights.run('key', patient.flight, start));
    const stays = flights.run('key', aFlight({ deadlineAt: 2000 }), start);
    await settled();
    expect(calls[0]?.flight.deadlineAt).toBe(9000);
    patient.leave();
    expect(calls[0]?.flight.deadlineAt).toBe(2000);
    calls[0]?.land('answer');
    expect(await Promise.all([left, stays])).toEqual([gone, 'answer']);
  });
});

describe('the lanes', () => {
  test('are those of all waiting callers, and each change is reported', async () => {
    const flights = new SingleFlight();
    const { calls, start } = work();
    const callers = ['a', 'b', 'b', 'c'].map((lane) => passenger(aFlight({ lane })));
    const answers = callers.map(({ flight }) => outcome(flights.run('key', flight, start)));
    await settled();
    const lanes = calls[0]?.flight.lanes;
    expect([...(lanes?.names ?? [])]).toEqual(['a', 'b', 'c']);
    const reported: string[] = [];
    const unwatch = lanes?.watch(() => reported.push([...lanes.names].join('')));
    callers[0]?.leave();
    callers[1]?.leave();
    answers.push(flights.run('key', aFlight({ lane: 'c' }), start));
    answers.push(flights.run('key', aFlight({ lane: 'd' }), start));
    await settled();
    callers[2]?.leave();
    expect(reported).toEqual(['bc', 'bcd', 'cd']);
    expect([...(lanes?.names ?? [])]).toEqual(['c', 'd']);
    unwatch?.();
    callers[3]?.leave();
    answers.push(flights.run('key', aFlight({ lane: 'e' }), start));
    await settled();
    expect(reported).toEqual(['bc', 'bcd', 'cd']);
    calls[0]?.land('answer');
    expect(await Promise.all(answers)).toEqual([
      gone,
      gone,
      gone,
      gone,
      'answer',
      'answer',
      'answer',
    ]);
  });

  test('report nothing when the last caller leaves: the fetch is cancelled', async () => {
    const flights = new SingleFlight();
    const { calls, start } = work();
    const last = passenger();
    const left = outcome(flights.run('key', last.flight, start));
    await settled();
    let reports = 0;
    calls[0]?.flight.lanes.watch(() => {
      reports += 1;
    });
    last.leave();
    expect(await left).toBe(gone);
    expect([reports, calls[0]?.flight.signal.aborted]).toEqual([0, true]);
  });
});

describe('any order of joining and leaving', () => {
  test('never shares a flight across keys, never calls twice for one, and leaves no caller without an answer', async () => {
    const step = fc.oneof(
      fc.record({
        act: fc.constant('ask' as const),
        key: fc.constantFrom('left:a', 'left:b', 'right:a'),
      }),
      fc.record({ act: fc.constant('leave' as const), who: fc.nat() }),
      fc.record({ act: fc.constant('land' as const), who: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const flights = new SingleFlight();
        const open = new Map<object, { key: string; land: () => void; signal: AbortSignal }>();
        const riders: { key: string; leave: () => void; end: Promise<unknown> }[] = [];
        for (const each of steps) {
          if (each.act === 'ask') {
            const { flight, leave } = passenger();
            const start = (shared: FetchContext) =>
              new Promise<unknown>((resolve, reject) => {
                const call = {
                  key: each.key,
                  land: () => resolve(each.key),
                  signal: shared.signal,
                };
                const others = [...open.values()].filter(
                  ({ key, signal }) => key === each.key && !signal.aborted,
                );
                expect(others).toEqual([]);
                open.set(call, call);
                shared.signal.addEventListener('abort', () => reject(shared.signal.reason));
              });
            riders.push({
              key: each.key,
              leave,
              end: outcome(flights.run(each.key, flight, start)),
            });
          } else if (each.act === 'leave') {
            riders[each.who % riders.length]?.leave();
          } else {
            const call = [...open.values()][each.who % open.size];
            call?.land();
            if (call) open.delete(call);
          }
          await settled();
        }
        for (const call of open.values()) call.land();
        for (const { key, end } of riders) expect([key, gone]).toContain(await end);
      }),
      { numRuns: 150 },
    );
  });
});
