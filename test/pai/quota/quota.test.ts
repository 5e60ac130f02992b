import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AppError } from '../../../src/domain/errors.js';
import type { UpstreamOperation } from '../../../src/domain/events.js';
import type { Quota, QuotaOptions } from '../../../src/pai/quota/quota.js';
import { aFlight, aQuota, lanesOf } from './flight.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Scene {
  readonly quota: Quota;
  readonly waited: [UpstreamOperation, number][];
  /** The calls that were started, in order, each with the millisecond of its start. */
  readonly starts: { readonly name: string; readonly at: number }[];
  /** Asks for one call that takes so long; settles with `done` or the error. */
  ask(name: string, more?: AskOptions): Promise<unknown>;
}

interface AskOptions {
  readonly takesMs?: number;
  readonly operation?: UpstreamOperation;
  readonly context?: ReturnType<typeof aFlight>;
}

/** `a1` is asked by the caller of lane `a`. */
function withQuota(options: Partial<QuotaOptions> = {}): Scene {
  const waited: Scene['waited'] = [];
  const starts: { name: string; at: number }[] = [];
  const begunAt = Date.now();
  const quota = aQuota({
    report(event) {
      if (event.type === 'quota_wait') waited.push([event.operation, event.ms]);
    },
    ...options,
  });
  return {
    quota,
    waited,
    starts,
    ask(
      name,
      { takesMs = 0, operation = 'GetModel', context = aFlight({ lane: name.slice(0, 1) }) } = {},
    ) {
      const start = async () => {
        starts.push({ name, at: Date.now() - begunAt });
        if (takesMs > 0) await new Promise((resolve) => setTimeout(resolve, takesMs));
        return 'done';
      };
      return quota.run(operation, context, start).catch((error: unknown) => error);
    },
  };
}

const numbered = (lane: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${lane}${index + 1}`);
const namesOf = ({ starts }: Scene) => starts.map(({ name }) => name);
/** Runs all work that needs no time to pass. */
const settle = () => vi.advanceTimersByTimeAsync(0);

describe('the rate', () => {
  test('lets the first through at once, the rest as the second moves on, and loses none', async () => {
    const scene = withQuota({ ratePerSecond: 10 });
    const answers = Promise.all(numbered('a', 60).map((name) => scene.ask(name)));
    await settle();
    expect(scene.starts).toHaveLength(10);
    await vi.advanceTimersByTimeAsync(4999);
    expect(scene.starts).toHaveLength(50);
    await vi.advanceTimersByTimeAsync(1);
    expect(await answers).toEqual(Array(60).fill('done'));
    expect(namesOf(scene)).toEqual(numbered('a', 60));
  });

  test('is never exceeded in any second, whenever calls come and however long they take', async () => {
    const calls = fc.array(
      fc.record({
        gap: fc.integer({ min: 0, max: 400 }),
        takesMs: fc.integer({ min: 0, max: 900 }),
      }),
      { minLength: 1, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(calls, fc.integer({ min: 1, max: 5 }), async (all, ratePerSecond) => {
        const scene = withQuota({ ratePerSecond, concurrency: 3 });
        for (const [index, { gap, takesMs }] of all.entries()) {
          await vi.advanceTimersByTimeAsync(gap);
          void scene.ask(`a${index}`, { takesMs });
        }
        await vi.runAllTimersAsync();
        expect(scene.starts).toHaveLength(all.length);
        for (const [index, { at }] of scene.starts.entries()) {
          const next = scene.starts[index + ratePerSecond];
          if (next) expect(next.at - at).toBeGreaterThanOrEqual(1000);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('is that of requests on the wire, however long each takes to leave', async () => {
    const ms = fc.integer({ min: 0, max: 900 });
    const calls = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 400 }), leavesAfter: ms }), {
      minLength: 1,
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(calls, fc.integer({ min: 1, max: 5 }), async (all, ratePerSecond) => {
        const { quota } = withQuota({ ratePerSecond });
        const sent: number[] = [];
        for (const { gap, leavesAfter } of all) {
          await vi.advanceTimersByTimeAsync(gap);
          void quota.run('GetModel', aFlight(), async (onSent) => {
            await new Promise((resolve) => setTimeout(resolve, leavesAfter));
            sent.push(Date.now());
            onSent();
          });
        }
        await vi.runAllTimersAsync();
        expect(sent).toHaveLength(all.length);
        for (const [index, at] of sent.entries()) {
          const next = sent[index + ratePerSecond];
          if (next !== undefined) expect(next - at).toBeGreaterThanOrEqual(1000);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('is one for each operation', async () => {
    const scene = withQuota({ ratePerSecond: 1 });
    void scene.ask('a1');
    void scene.ask('a2');
    void scene.ask('a3', { operation: 'ListModels' });
    await settle();
    expect(namesOf(scene).sort()).toEqual(['a1', 'a3']);
  });

  test('tells how long each call waited, and sums it up for its operation', async () => {
    const scene = withQuota({ ratePerSecond: 1 });
    const context = aFlight();
    for (const name of ['a1', 'a2', 'a3']) void scene.ask(name, { context });
    await vi.runAllTimersAsync();
    expect(scene.waited).toEqual([
      ['GetModel', 0],
      ['GetModel', 1000],
      ['GetModel', 2000],
    ]);
    expect(context.usage.waitMs).toBe(3000);
  });

  test('counts no wait where there was none, even when the clock moves meanwhile', async () => {
    let ticks = Date.now();
    const scene = withQuota({ monotonic: () => ticks++ });
    const context = aFlight();
    await scene.ask('a1', { context });
    expect(scene.waited).toEqual([['GetModel', 0]]);
    expect(context.usage.waitMs).toBe(0);
  });
});

describe('calls in flight', () => {
  test('are never more than allowed, over all operations', async () => {
    const calls = fc.array(
      fc.record({
        operation: fc.constantFrom<UpstreamOperation>('GetModel', 'ListModels', 'GetModelVersion'),
        takesMs: fc.integer({ min: 1, max: 500 }),
      }),
      { minLength: 1, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(calls, fc.integer({ min: 1, max: 8 }), async (all, concurrency) => {
        const scene = withQuota({ ratePerSecond: 1000, concurrency });
        let inFlight = 0;
        let most = 0;
        const answers = all.map(({ operation, takesMs }) =>
          scene.quota.run(operation, aFlight(), async () => {
            inFlight += 1;
            most = Math.max(most, inFlight);
            await new Promise((resolve) => setTimeout(resolve, takesMs));
            inFlight -= 1;
          }),
        );
        await vi.runAllTimersAsync();
        await Promise.all(answers);
        expect(most).toBe(Math.min(concurrency, all.length));
      }),
      { numRuns: 60 },
    );
  });

  test('leave their place also when they fail', async () => {
    const { quota, ask } = withQuota({ concurrency: 1 });
    const fail = async () => {
      throw new AppError('UPSTREAM_UNAVAILABLE', 'It is down.');
    };
    await expect(quota.run('GetModel', aFlight(), fail)).rejects.toThrow('It is down.');
    expect(await ask('a1')).toBe('done');
  });

  test('calls in flight of one operation do not keep another waiting for more than its turn', async () => {
    const scene = withQuota({ ratePerSecond: 1000, concurrency: 1 });
    for (const name of numbered('a', 50)) void scene.ask(name, { takesMs: 10 });
    await settle();
    void scene.ask('list', { operation: 'ListModels' });
    await vi.advanceTimersByTimeAsync(30);
    expect(namesOf(scene)).toContain('list');
    await vi.runAllTimersAsync();
  });
});

describe('fairness', () => {
  test('a caller who asks for 100 delays another’s single one by its share, not by the 100', async () => {
    const scene = withQuota({ ratePerSecond: 10 });
    for (const name of numbered('a', 100)) void scene.ask(name);
    await settle();
    void scene.ask('b1');
    void scene.ask('c1');
    await vi.advanceTimersByTimeAsync(1000);
    expect(namesOf(scene).slice(10, 14).sort()).toEqual(['a11', 'a12', 'b1', 'c1']);
    await vi.runAllTimersAsync();
    expect(scene.starts).toHaveLength(102);
  });

  test('also where slots are scarce', async () => {
    const scene = withQuota({ ratePerSecond: 1000, concurrency: 2 });
    for (const name of numbered('a', 100)) void scene.ask(name, { takesMs: 100 });
    await settle();
    void scene.ask('b1');
    await vi.advanceTimersByTimeAsync(100);
    expect(namesOf(scene).slice(0, 4)).toContain('b1');
    await vi.runAllTimersAsync();
  });
});

test('a pause of PAI exhausts the quota until it is over', async () => {
  const scene = withQuota();
  await scene.ask('a1');
  scene.quota.pause('GetModel', aFlight().caller, 30_000);
  expect(scene.quota.use()).toMatchObject([{ isExhausted: true }]);
  const context = { ...aFlight(), deadlineAt: 1000 };
  expect(await scene.ask('a2', { context })).toMatchObject({ code: 'RATE_LIMITED' });
  expect(scene.quota.use()).toMatchObject([{ isExhausted: true }]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(scene.quota.use()).toMatchObject([{ isExhausted: false }]);
});

describe('a full queue', () => {
  test('refuses with RATE_LIMITED and the time after which there is room', async () => {
    const scene = withQuota({ ratePerSecond: 2, queueLimit: 5 });
    const answers = numbered('a', 8).map((name) => scene.ask(name));
    expect(await answers[7]).toMatchObject({
      code: 'RATE_LIMITED',
      retryable: false,
      details: { retryAfterMs: 2500 },
    });
    await vi.runAllTimersAsync();
    expect(namesOf(scene)).toEqual(numbered('a', 7));
  });

  test('is reported once when it begins to refuse, and once when no call waits any longer', async () => {
    const states: unknown[] = [];
    const report: QuotaOptions['report'] = (event) => {
      if (event.type === 'quota') states.push([event.operation, event.state]);
    };
    const scene = withQuota({ ratePerSecond: 2, queueLimit: 5, report });
    const answers = numbered('a', 9).map((name) => scene.ask(name, { takesMs: 100 }));
    await settle();
    expect(states).toEqual([['GetModel', 'exhausted']]);
    const use = { operation: 'GetModel', waiting: 5, starts: 2, isExhausted: true };
    expect([scene.quota.use(), scene.quota.inFlight]).toEqual([[use], 2]);
    await vi.runAllTimersAsync();
    await Promise.all(answers);
    expect(states.slice(1)).toEqual([['GetModel', 'available']]);
    expect(scene.quota.use()).toMatchObject([{ waiting: 0, isExhausted: false }]);
    expect(scene.quota.inFlight).toBe(0);
  });

  test('takes a new caller in, and refuses the last of the longest lane for it', async () => {
    const scene = withQuota({ ratePerSecond: 2, queueLimit: 5 });
    const answers = numbered('a', 7).map((name) => scene.ask(name));
    const other = scene.ask('b1');
    expect(await answers[6]).toMatchObject({ code: 'RATE_LIMITED' });
    await vi.runAllTimersAsync();
    expect(await other).toBe('done');
    expect(namesOf(scene)).toEqual(['a1', 'a2', 'a3', 'b1', 'a4', 'a5', 'a6']);
  });
});

describe('a fetch that several lanes wait for', () => {
  /** One start a second: `a1` at once, ten of lane `a` wait, and the last of them is also waited for by others. */
  const busy = (options: Partial<QuotaOptions> = {}) => {
    const scene = withQuota({ ratePerSecond: 1, ...options });
    const lanes = lanesOf('a');
    for (const name of numbered('a', 10)) void scene.ask(name);
    const answer = scene.ask('shared', { context: aFlight({ lanes }) });
    return { ...scene, lanes, answer };
  };
  const startOf = ({ starts }: Pick<Scene, 'starts'>, name: string) =>
    starts.find((one) => one.name === name)?.at;

  test('starts in the lane whose turn comes first, once', async () => {
    const scene = busy();
    await settle();
    scene.lanes.join('b');
    await vi.runAllTimersAsync();
    expect(startOf(scene, 'shared')).toBe(2000);
    expect(namesOf(scene).filter((name) => name === 'shared')).toHaveLength(1);
    expect(scene.starts).toHaveLength(11);
  });

  test('waits in the lanes of those who stay when others leave', async () => {
    const scene = busy();
    await settle();
    scene.lanes.join('b');
    scene.lanes.leave('b');
    await vi.runAllTimersAsync();
    expect(startOf(scene, 'shared')).toBe(10_000);
  });

  test('is not refused where one of its lanes has room', async () => {
    const scene = busy({ queueLimit: 10 });
    await settle();
    scene.lanes.join('b');
    // The last of the longest lane is the shared one, which also waits in a short lane: the one before it has to leave.
    const other = scene.ask('c1');
    await vi.runAllTimersAsync();
    expect(await Promise.all([scene.answer, other])).toEqual(['done', 'done']);
    expect(namesOf(scene)).not.toContain('a10');
  });

  test('is refused when others need its place in the lanes of all who stay', async () => {
    const scene = busy({ queueLimit: 10 });
    await settle();
    scene.lanes.join('b');
    const others = ['c1', 'd1', 'e1', 'f1'].map((name) => scene.ask(name));
    scene.lanes.leave('b');
    void scene.ask('g1');
    await vi.runAllTimersAsync();
    expect(await Promise.all(others)).toEqual(Array(4).fill('done'));
    expect(await scene.answer).toMatchObject({ code: 'RATE_LIMITED' });
  });

  test('a fetch that is tried again waits in all lanes that it has then', async () => {
    const scene = busy();
    const context = aFlight({ lanes: lanesOf('a', 'b', 'c') });
    const again = scene.ask('again', { context });
    await vi.runAllTimersAsync();
    expect(await again).toBe('done');
    expect(startOf(scene, 'again')).toBe(2000);
  });

  test('is left by those who watch it as soon as it has started', async () => {
    const scene = busy();
    scene.lanes.join('b');
    await vi.runAllTimersAsync();
    expect(() => scene.lanes.join('c')).not.toThrow();
    expect(() => scene.lanes.leave('c')).not.toThrow();
    expect(await scene.answer).toBe('done');
    expect(scene.starts).toHaveLength(11);
  });
});

describe('a caller that has left', () => {
  const gone = new AppError('UPSTREAM_TIMEOUT', 'The client has gone.', { retryable: false });

  test('is dropped from the queue with its own reason, and is never started', async () => {
    const scene = withQuota({ ratePerSecond: 1 });
    const leaver = new AbortController();
    void scene.ask('a1');
    const left = scene.ask('a2', { context: aFlight({ signal: leaver.signal }) });
    void scene.ask('a3');
    await vi.advanceTimersByTimeAsync(500);
    leaver.abort(gone);
    expect(await left).toBe(gone);
    await vi.advanceTimersByTimeAsync(500);
    expect(namesOf(scene)).toEqual(['a1', 'a3']);
    await vi.runAllTimersAsync();
    expect(namesOf(scene)).toEqual(['a1', 'a3']);
  });

  test('is refused at once when it has left before it asked', async () => {
    const scene = withQuota();
    expect(await scene.ask('a1', { context: aFlight({ signal: AbortSignal.abort(gone) }) })).toBe(
      gone,
    );
    await settle();
    expect(scene.starts).toEqual([]);
  });

  test('leaves nothing taken: neither a start nor a slot', async () => {
    const scene = withQuota({ ratePerSecond: 1, concurrency: 1 });
    const leaver = new AbortController();
    void scene.ask('a1');
    void scene.ask('a2', { context: aFlight({ signal: leaver.signal }) });
    await vi.advanceTimersByTimeAsync(900);
    leaver.abort(gone);
    await vi.advanceTimersByTimeAsync(1000);
    void scene.ask('a3');
    await settle();
    expect(scene.starts).toEqual([
      { name: 'a1', at: 0 },
      { name: 'a3', at: 1900 },
    ]);
  });

  test('is the only one that is not served, whenever it leaves', async () => {
    const callers = fc.array(
      fc.record({
        lane: fc.constantFrom('a', 'b', 'c'),
        leavesAfter: fc.option(fc.integer({ min: 0, max: 3000 }), { nil: null, freq: 2 }),
      }),
      { minLength: 1, maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(callers, async (all) => {
        const scene = withQuota({ ratePerSecond: 4, concurrency: 2 });
        const answers = all.map(({ lane, leavesAfter }, index) => {
          const leaver = new AbortController();
          if (leavesAfter !== null) setTimeout(() => leaver.abort(gone), leavesAfter);
          const context = aFlight({ lane, signal: leaver.signal });
          return scene.ask(`${index}`, { context, takesMs: 50 });
        });
        await vi.runAllTimersAsync();
        const outcomes = await Promise.all(answers);
        const started = namesOf(scene);
        expect(new Set(started).size).toBe(started.length);
        for (const [index, outcome] of outcomes.entries()) {
          expect(outcome).toBe(started.includes(`${index}`) ? 'done' : gone);
          if (all[index]?.leavesAfter === null) expect(outcome).toBe('done');
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('waiting calls', () => {
  test('are refused where a reason is given for them, and all others keep waiting', async () => {
    const scene = withQuota({ ratePerSecond: 1 });
    const ill = new AppError('UPSTREAM_UNAVAILABLE', 'It is ill.', { retryable: false });
    const [first, second] = [scene.ask('a1'), scene.ask('a2')];
    const other = scene.ask('b1');
    const list = scene.ask('list', { operation: 'ListModels' });
    await settle();
    scene.quota.rejectWaiting('GetModel', ({ caller }) => (caller.lane === 'a' ? ill : null));
    expect(await Promise.all([first, second, list])).toEqual(['done', ill, 'done']);
    void scene.ask('a3');
    await vi.runAllTimersAsync();
    expect(await other).toBe('done');
    expect(scene.starts.slice(2)).toEqual([
      { name: 'b1', at: 1000 },
      { name: 'a3', at: 2000 },
    ]);
  });
});

describe('a pause', () => {
  test('stops its operation for all callers, and no other', async () => {
    const scene = withQuota();
    scene.quota.pause('GetModel', aFlight().caller, 300);
    for (const name of ['a1', 'b1']) void scene.ask(name);
    void scene.ask('list', { operation: 'ListModels' });
    await vi.runAllTimersAsync();
    expect(scene.starts).toEqual([
      { name: 'list', at: 0 },
      { name: 'a1', at: 300 },
      { name: 'b1', at: 300 },
    ]);
  });

  test('also stops calls that already wait', async () => {
    const scene = withQuota({ ratePerSecond: 1 });
    for (const name of ['a1', 'a2']) void scene.ask(name);
    await vi.advanceTimersByTimeAsync(100);
    scene.quota.pause('GetModel', aFlight().caller, 2000);
    await vi.runAllTimersAsync();
    expect(scene.starts).toEqual([
      { name: 'a1', at: 0 },
      { name: 'a2', at: 2100 },
    ]);
  });

  test.each([
    { deadlineInMs: 2999, refused: true },
    { deadlineInMs: 3000, refused: true },
    { deadlineInMs: 3001, refused: false },
  ])(
    'a pause of 3 s: refused at once is $refused, with a deadline in $deadlineInMs ms',
    async ({ deadlineInMs, refused }) => {
      const scene = withQuota();
      scene.quota.pause('GetModel', aFlight().caller, 3000);
      const answer = scene.ask('a1', {
        context: aFlight({ deadlineAt: Date.now() + deadlineInMs }),
      });
      const told = await Promise.race([answer, settle().then(() => 'waits')]);
      if (refused)
        expect(told).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterMs: 3000 } });
      else expect(told).toBe('waits');
      await vi.runAllTimersAsync();
      expect(scene.starts).toHaveLength(refused ? 0 : 1);
    },
  );
});
