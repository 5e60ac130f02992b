// Callers who ask for the same at the same time, through single flight and quota together: to join costs none of them
// anything. Each random script is run twice: once as it is, once with a separate question for each caller.
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SingleFlight } from '../../src/cache/single-flight.js';
import type { FetchContext } from '../../src/domain/call.js';
import { AppError } from '../../src/domain/errors.js';
import { aQuota, aRequester } from '../pai/quota/flight.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Asking {
  /** Milliseconds after the one before. */
  readonly gap: number;
  readonly lane: string;
  readonly key: string;
  /** Milliseconds; null: it stays. */
  readonly leavesAfter: number | null;
}

type Outcome =
  | { readonly kind: 'served'; readonly at: number }
  | { readonly kind: 'left' | 'refused' };

const gone = new AppError('UPSTREAM_TIMEOUT', 'The client has gone.', { retryable: false });

// A lane is one client: which of its own questions comes first when one of two equal ones is given up is not fairness.
const askings = fc.uniqueArray(
  fc.record<Asking>({
    gap: fc.oneof(fc.constant(0), fc.nat(400)),
    lane: fc.constantFrom('a', 'b', 'c', 'd'),
    key: fc.nat(19).map(String),
    leavesAfter: fc.option(fc.integer({ min: 1, max: 6000 }), { nil: null, freq: 3 }),
  }),
  { minLength: 1, maxLength: 60, selector: ({ lane, key }) => `${lane} ${key}` },
);

interface Limits {
  readonly ratePerSecond: number;
  readonly queueLimit: number;
}

async function run(
  script: readonly Asking[],
  { ratePerSecond, queueLimit }: Limits,
  keyOf: (one: Asking, index: number) => string,
) {
  const begunAt = Date.now();
  const flights = new SingleFlight<string>();
  const quota = aQuota({ ratePerSecond, queueLimit });
  const starts: string[] = [];
  const answers: Promise<Outcome>[] = [];
  for (const [index, one] of script.entries()) {
    await vi.advanceTimersByTimeAsync(one.gap);
    const leaver = new AbortController();
    if (one.leavesAfter !== null) setTimeout(() => leaver.abort(gone), one.leavesAfter);
    const key = keyOf(one, index);
    const fetch = (flight: FetchContext) =>
      quota.run('GetModel', flight, async () => {
        expect(flight.signal.aborted).toBe(false);
        starts.push(key);
        return key;
      });
    const requester = aRequester({ lane: one.lane, signal: leaver.signal });
    const outcome = flights.run(key, requester, fetch).then(
      (answer): Outcome => {
        expect(answer).toBe(key);
        return { kind: 'served', at: Date.now() - begunAt };
      },
      (error: unknown): Outcome => ({ kind: error === gone ? 'left' : 'refused' }),
    );
    answers.push(outcome);
  }
  await vi.runAllTimersAsync();
  return { starts, outcomes: await Promise.all(answers) };
}

test('a caller who joins is served no later than if it had asked alone in its lane', async () => {
  await fc.assert(
    fc.asyncProperty(askings, fc.integer({ min: 1, max: 4 }), async (script, ratePerSecond) => {
      const limits = { ratePerSecond, queueLimit: 1000 };
      const joined = await run(script, limits, ({ key }) => key);
      // One that was served in time leaves no sooner when it is alone: its lane would get another turn for it.
      const patient = script.map((one, index) =>
        joined.outcomes[index]?.kind === 'served' ? { ...one, leavesAfter: null } : one,
      );
      const alone = await run(patient, limits, (_, index) => String(index));
      expect(joined.starts.length).toBeLessThanOrEqual(alone.starts.length);
      for (const [index, outcome] of joined.outcomes.entries()) {
        const other = alone.outcomes[index];
        if (script[index]?.leavesAfter === null) expect(outcome.kind).toBe('served');
        if (outcome.kind !== 'served') expect(other).toEqual(outcome);
        else expect(outcome.at).toBeLessThanOrEqual(other?.kind === 'served' ? other.at : -1);
      }
    }),
    { numRuns: 200 },
  );
});

test('no caller is refused while the queue holds as many as there are questions, however many ask', async () => {
  await fc.assert(
    fc.asyncProperty(
      askings,
      fc.record<Limits>({
        ratePerSecond: fc.integer({ min: 1, max: 3 }),
        queueLimit: fc.integer({ min: 1, max: 12 }),
      }),
      async (script, limits) => {
        const { outcomes } = await run(script, limits, ({ key }) => key);
        const staying = outcomes.filter((_, index) => script[index]?.leavesAfter === null);
        expect(staying.map(({ kind }) => kind)).not.toContain('left');
        const questions = new Set(script.map(({ key }) => key)).size;
        if (questions > limits.queueLimit) return;
        expect(outcomes.map(({ kind }) => kind)).not.toContain('refused');
      },
    ),
    { numRuns: 200 },
  );
});
