// The wall clock is set while the app runs: only passing time counts, and dates follow PAI's clock.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { modelId, numberedModels } from '../graphql/numbered-registry.js';
import { eventually } from '../support/programs.js';
import { type TestApp, withApp } from '../support/with-app.js';

const ONE = 'query ($id: ID!) { model(id: $id) { id meta { source ageSeconds } } }';
const HOUR = 3_600_000;
const TTL_SECONDS = 10;
const RATE = 10;
/** PAI's second, and what is added for the way. */
const PAST_WINDOW_MS = 1100;
const MODELS = 12;

const open = (env: Record<string, string> = {}) =>
  withApp({
    sandbox: { models: numberedModels(MODELS) },
    env: {
      CACHE_TTL_SECONDS: String(TTL_SECONDS),
      CACHE_REVALIDATE_SECONDS: '0',
      UPSTREAM_RATE_PER_SECOND: String(RATE),
      ...env,
    },
    isClockStill: true,
  });

const ask = (app: TestApp, index: number) => app.query(ONE, { id: modelId(index) });

interface Act {
  readonly stepMs: number;
  readonly passMs: number;
  readonly model: number;
  /** The step comes while PAI answers, and not before the request. */
  readonly isInFlight: boolean;
}

/** Within a day of PAI's clock in all. */
const ACTS = fc.array(
  fc.record({
    stepMs: fc.oneof(fc.constant(0), fc.integer({ min: -HOUR, max: HOUR })),
    passMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 15_000 })),
    model: fc.nat(MODELS - 1),
    isInFlight: fc.boolean(),
  }),
  { minLength: 5, maxLength: 20 },
);

/** The expected cache after time has passed: the last fetch of each model, and the time now. */
function createTruth() {
  let now = 0;
  const fetchedAt = new Map<number, number>();
  return {
    passes(ms: number) {
      now += ms;
    },
    /** The expected `meta` of the model. */
    read(model: number) {
      const at = fetchedAt.get(model) ?? Number.NEGATIVE_INFINITY;
      if (now - at < TTL_SECONDS * 1000) {
        return { source: 'CACHE', ageSeconds: Math.floor((now - at) / 1000) };
      }
      fetchedAt.set(model, now);
      return { source: 'LIVE', ageSeconds: 0 };
    },
  };
}

async function play(app: TestApp, acts: readonly Act[]): Promise<void> {
  const truth = createTruth();
  const passes = (ms: number) => {
    app.passes(ms);
    truth.passes(ms);
  };
  for (const { stepMs, passMs, model, isInFlight } of acts) {
    passes(passMs);
    if (!isInFlight) app.steps(stepMs);
    // Room for the attempt and for the one that is signed once more.
    passes(PAST_WINDOW_MS);
    const expected = truth.read(model);
    app.sandbox.reset();
    if (isInFlight) app.sandbox.faults.add({ times: 1, delayMs: 30 });
    const asking = ask(app, model);
    if (isInFlight && expected.source === 'LIVE') {
      await eventually(() => app.sandbox.requests[0]);
    }
    if (isInFlight) app.steps(stepMs);
    const { data, errors, extensions } = await asking;
    expect(errors).toEqual([]);
    expect(data.model.meta).toEqual(expected);
    expect(extensions.upstream.waitMs).toBe(0);
    expect(extensions.upstream.retries).toBeLessThanOrEqual(1);
  }
}

test('whenever the wall clock is set, and by how much: no call waits or fails, no answer is too old', async () => {
  await fc.assert(
    fc.asyncProperty(ACTS, async (acts) => {
      await using app = await open();
      await play(app, acts);
    }),
    { numRuns: 15, endOnFailure: true },
  );
});

// Bug: with the clock five minutes back all calls waited for five minutes.
describe.each([-300_000, 300_000, -10 * HOUR, 10 * HOUR])('a step of %i ms', (stepMs) => {
  test('leaves the quota as it is', async () => {
    await using app = await open();
    for (let index = 0; index < RATE; index += 1) await ask(app, index);
    app.steps(stepMs);
    app.passes(PAST_WINDOW_MS);
    const { errors, extensions } = await ask(app, RATE);
    expect(errors).toEqual([]);
    expect(extensions.upstream.waitMs).toBe(0);
  });

  test('does not keep the breaker open, nor close it', async () => {
    await using app = await open({ UPSTREAM_RATE_PER_SECOND: '100' });
    app.sandbox.faults.add({ fault: { kind: 'garbage' } });
    await Promise.all(Array.from({ length: MODELS }, (_, index) => ask(app, index)));
    app.sandbox.reset();
    app.steps(stepMs);
    const [refused] = (await ask(app, 0)).errors;
    expect(refused?.extensions.code).toBe('UPSTREAM_UNAVAILABLE');
    expect(app.sandbox.requests).toEqual([]);
    app.passes(5000);
    // A date that PAI refuses is an answer, too.
    const { errors } = await ask(app, 0);
    expect(errors).toEqual([]);
  });
});

test('a clock that is wrong shows in the log, a gauge and /readyz, until it is set right', async () => {
  await using app = await open();
  const shown = async () => {
    const ready = await fetch(`${app.url}/readyz`);
    const { parts } = JSON.parse(await ready.text());
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    return [
      ready.status,
      parts.clock,
      Number(/^pai_graph_clock_skew_seconds (.+)$/m.exec(metrics)?.[1]),
      app.events.filter(({ type }) => type === 'clock_skew').length,
    ];
  };
  expect(await shown()).toEqual([200, 'ok', 0, 0]);
  app.steps(-HOUR);
  expect((await ask(app, 0)).extensions.upstream).toMatchObject({ calls: 1, retries: 1 });
  expect((await ask(app, 1)).extensions.upstream).toMatchObject({ calls: 1, retries: 0 });
  const [status, clock, seconds, told] = await shown();
  expect([status, clock, told]).toEqual([200, 'skewed', 1]);
  expect(Math.abs(Number(seconds) + 3600)).toBeLessThan(60);
  app.steps(HOUR);
  expect((await ask(app, 2)).extensions.upstream).toMatchObject({ calls: 1, retries: 0 });
  expect(await shown()).toEqual([200, 'ok', 0, 2]);
});

test('many calls at once, all refused for their date, are each signed once more', async () => {
  await using app = await open({ UPSTREAM_RATE_PER_SECOND: '100' });
  app.steps(-HOUR);
  const answers = await Promise.all(Array.from({ length: MODELS }, (_, index) => ask(app, index)));
  expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
  expect(app.events.filter(({ type }) => type === 'clock_skew')).toHaveLength(1);
});
