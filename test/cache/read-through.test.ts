// One read-through cache over a real memory store, with a clock and a PAI that the test controls.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Cache } from '../../src/cache/cache.js';
import type { EntryType } from '../../src/cache/entry.js';
import { type FreshnessLimits, keepForMs } from '../../src/cache/freshness.js';
import { createMemoryStore } from '../../src/cache/memory-store.js';
import { type CacheHit, isRead, ReadThrough } from '../../src/cache/read-through.js';
import { type Call, createCall, type RequestCacheControl } from '../../src/domain/call.js';
import { AppError, ERRORS, type ErrorCode } from '../../src/domain/errors.js';
import { aRequester } from '../pai/quota/flight.js';
import { aScope, aView } from './a-scope.js';

interface Thing {
  readonly name: string;
}

const THING: EntryType<Thing> = {
  name: 'thing',
  version: 1,
  write: ({ name }) => name,
  read: (stored) => (typeof stored === 'string' ? { name: stored } : undefined),
};

const START = 1_700_000_000_000;
const SECOND = 1000;

function aCall(cacheControl: Partial<RequestCacheControl> = {}): Call {
  const { requestId, signal, deadlineAt, caller } = aRequester();
  return createCall({
    ...{ requestId, signal, deadlineAt, caller },
    cacheControl: { noCache: false, maxStaleSeconds: null, ...cacheControl },
    budget: 1000,
  });
}

/** The answer of PAI: a name, null for nothing, or a failure. */
type Answer = string | null | Error;

function withThings(over: Partial<FreshnessLimits> = {}) {
  const limits = {
    ttlMs: 30_000,
    revalidateMs: 30_000,
    staleMs: 600_000,
    missingMs: 5000,
    ...over,
  };
  let time = START;
  const now = () => time;
  const sources: string[] = [];
  const hits: { readonly call: Call; readonly hit: CacheHit }[] = [];
  const store = createMemoryStore({
    maxBytes: 1_000_000,
    keepForMs: (entry) => keepForMs(entry, now(), limits),
  });
  const pai = {
    answer: 'first' as Answer | Promise<Answer>,
    /** The answer by the view that PAI was asked for; else `answer`. */
    answerTo: (_view: string): Answer | Promise<Answer> => pai.answer,
    calls: [] as string[],
  };
  const things = new ReadThrough<string, Thing>(
    {
      type: THING,
      cacheKeyOf: (key) => key,
      async fetch(key, { caller }) {
        pai.calls.push(key);
        const answer = await pai.answerTo(
          caller.view.kind === 'workspaces' ? String(caller.view.ids[0]) : 'all',
        );
        if (answer instanceof Error) throw answer;
        return answer === null
          ? null
          : { value: { name: answer }, requestId: `R-${answer}`, fetchedAt: now() };
      },
      onRead: (source) => sources.push(source),
    },
    {
      ...{ cache: new Cache(store, null), limits, now, revalidationTimeoutMs: 15_000 },
      onHit: (call, hit) => hits.push({ call, hit }),
    },
  );
  function readMany(keys: readonly string[], call: Call, view = 'all') {
    const asView = { ...call, caller: { ...call.caller, view: aView(view) } };
    return things.getMany(keys, aScope(view), view === 'all' ? call : asView);
  }

  /** The name or null, or the code of the error; and from where. */
  async function read(call = aCall(), view = 'all') {
    const [found] = await readMany(['id'], call, view);
    if (found instanceof AppError) return found.code;
    if (found instanceof Error) return found.message;
    return found ? `${found.value.name} ${found.source}` : null;
  }

  const wait = (ms: number) => {
    time += ms;
  };
  return { sources, hits, isCurrent: store.isCurrent, pai, wait, readMany, read };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('an answer', () => {
  test('is from PAI once, and then from the cache while it is fresh', async () => {
    const { read, pai, wait } = withThings();
    expect(await read()).toBe('first LIVE');
    wait(29_999);
    pai.answer = 'second';
    expect(await read()).toBe('first CACHE');
    expect(pai.calls).toHaveLength(1);
  });

  test('is served stale while one refresh runs in the background, however many callers read it', async () => {
    const { read, pai, wait } = withThings();
    await read();
    wait(30 * SECOND);
    let arrive = (_: Answer) => {};
    pai.answer = new Promise<Answer>((resolve) => {
      arrive = resolve;
    });
    expect(await Promise.all([read(), read(), read()])).toEqual(Array(3).fill('first STALE'));
    expect(pai.calls).toHaveLength(2);
    arrive('second');
    await settled();
    expect(await read()).toBe('second CACHE');
    expect(pai.calls).toHaveLength(2);
  });

  test('stays stale when the refresh in the background fails, and no caller sees an error', async () => {
    const { read, pai, wait } = withThings();
    await read();
    wait(30 * SECOND);
    pai.answer = new AppError('UPSTREAM_UNAVAILABLE', 'It failed.');
    expect(await read()).toBe('first STALE');
    await settled();
    expect(await read()).toBe('first STALE');
    expect(pai.calls).toHaveLength(3);
  });

  test('is awaited when the cached one is older', async () => {
    const { read, pai, wait } = withThings();
    await read();
    wait(60 * SECOND);
    pai.answer = 'second';
    expect(await read()).toBe('second LIVE');
    expect(await read()).toBe('second CACHE');
  });

  const INSTEAD: readonly string[] = [
    'UPSTREAM_UNAVAILABLE',
    'UPSTREAM_TIMEOUT',
    'UPSTREAM_INVALID',
    'RATE_LIMITED',
  ];
  test.each(Object.keys(ERRORS) as ErrorCode[])(
    'is served stale instead of an error of PAI’s only: %s',
    async (code) => {
      const { read, pai, wait } = withThings();
      await read();
      wait(60 * SECOND);
      pai.answer = new AppError(code, 'It failed.');
      expect(await read()).toBe(INSTEAD.includes(code) ? 'first STALE' : code);
    },
  );

  test('is not served stale instead of an unexpected error', async () => {
    const { read, pai, wait } = withThings();
    await read();
    wait(60 * SECOND);
    pai.answer = new Error('What?');
    expect(await read()).toBe('What?');
  });

  test('is never served beyond the bound of staleness', async () => {
    const { read, pai, wait } = withThings();
    await read();
    pai.answer = new AppError('UPSTREAM_UNAVAILABLE', 'It failed.');
    wait(629_999);
    expect(await read()).toBe('first STALE');
    wait(1);
    expect(await read()).toBe('UPSTREAM_UNAVAILABLE');
  });

  test('is not served when it has passed that bound while PAI was waited for', async () => {
    const { read, pai, wait } = withThings();
    await read();
    wait(60 * SECOND);
    let fail = (_: Error) => {};
    pai.answer = new Promise<Answer>((_resolve, reject) => {
      fail = reject;
    });
    const answer = read();
    await settled();
    wait(600 * SECOND);
    fail(new AppError('UPSTREAM_UNAVAILABLE', 'It failed.'));
    expect(await answer).toBe('UPSTREAM_UNAVAILABLE');
  });

  test('is never stale with CACHE_STALE_SECONDS=0', async () => {
    const { read, pai, wait } = withThings({ staleMs: 0 });
    await read();
    wait(30 * SECOND);
    pai.answer = new AppError('UPSTREAM_UNAVAILABLE', 'It failed.');
    expect(await read()).toBe('UPSTREAM_UNAVAILABLE');
  });

  test('is never cached with CACHE_TTL_SECONDS=0, but still shared by those who ask at once', async () => {
    const { read, pai } = withThings({ ttlMs: 0 });
    expect(await Promise.all([read(), read()])).toEqual(['first LIVE', 'first LIVE']);
    expect(await read()).toBe('first LIVE');
    expect(pai.calls).toHaveLength(2);
  });
});

describe('a request with', () => {
  test('no-cache is answered by PAI, once for all who ask at the same time, and then cached for all', async () => {
    const { read, pai } = withThings();
    await read();
    pai.answer = 'second';
    const fresh = () => read(aCall({ noCache: true }));
    expect(await Promise.all([fresh(), fresh()])).toEqual(['second LIVE', 'second LIVE']);
    expect(pai.calls).toHaveLength(2);
    expect(await read()).toBe('second CACHE');
  });

  test('no-cache never gets a stale answer, also after a failure', async () => {
    const { read, pai } = withThings();
    await read();
    pai.answer = new AppError('UPSTREAM_UNAVAILABLE', 'It failed.');
    expect(await read(aCall({ noCache: true }))).toBe('UPSTREAM_UNAVAILABLE');
    expect(await read()).toBe('first CACHE');
  });

  test.each([
    [0, 'second LIVE'],
    [9, 'second LIVE'],
    [11, 'first STALE'],
    [Number.POSITIVE_INFINITY, 'first STALE'],
  ])(
    'max-stale=%d reads an answer that is ten seconds past fresh as %s',
    async (maxStaleSeconds, expected) => {
      const { read, pai, wait } = withThings();
      await read();
      wait(40 * SECOND);
      pai.answer = 'second';
      expect(await read(aCall({ maxStaleSeconds }))).toBe(expected);
    },
  );
});

describe('an outcome of a later read', () => {
  const lose = (answer: Answer) => async () => {
    const scene = withThings();
    await scene.read();
    scene.pai.answer = answer;
    await scene.read(aCall({ noCache: true }));
    return scene;
  };

  test('an outcome of a later read of FORBIDDEN ends the entry, which is not served any more, not even stale', async () => {
    const { read, pai } = await lose(new AppError('FORBIDDEN', 'No.'))();
    pai.answer = new AppError('UPSTREAM_UNAVAILABLE', 'It failed.');
    expect(await read()).toBe('UPSTREAM_UNAVAILABLE');
  });

  test('an outcome of a later read of not found is remembered for its time, and then PAI is asked again', async () => {
    const { read, pai, wait } = await lose(null)();
    pai.answer = 'again';
    expect(await read()).toBeNull();
    wait(4999);
    expect(await read()).toBeNull();
    expect(pai.calls).toHaveLength(2);
    wait(1);
    expect(await read()).toBe('again LIVE');
  });

  test('an outcome of a later read of not found is not remembered with CACHE_MISSING_SECONDS=0', async () => {
    const { read, pai } = withThings({ missingMs: 0 });
    await read();
    pai.answer = null;
    expect(await read(aCall({ noCache: true }))).toBeNull();
    pai.answer = 'again';
    expect(await read()).toBe('again LIVE');
  });

  test('an outcome of a later read of FORBIDDEN in a background refresh ends the entry, too', async () => {
    const { read, pai, wait } = withThings();
    await read();
    wait(30 * SECOND);
    pai.answer = new AppError('FORBIDDEN', 'No.');
    expect(await read()).toBe('first STALE');
    await settled();
    expect(await read()).toBe('FORBIDDEN');
  });

  test.each((Object.keys(ERRORS) as ErrorCode[]).filter((code) => code !== 'FORBIDDEN'))(
    'an outcome of a later read of any other error is not remembered and does not end the entry: %s',
    async (code) => {
      const { read, pai } = await lose(new AppError(code, 'It failed.'))();
      expect(await read()).toBe('first CACHE');
      pai.answer = 'second';
      expect(await read(aCall({ noCache: true }))).toBe('second LIVE');
    },
  );
});

describe('many at once', () => {
  test('come in order, each with its own answer, absence or error', async () => {
    const { readMany, pai } = withThings();
    await readMany(['a'], aCall());
    pai.answer = null;
    await readMany(['b'], aCall());
    pai.answer = new AppError('FORBIDDEN', 'No.');
    const reads = await readMany(['c', 'b', 'a', 'c'], aCall());
    expect(reads).toMatchObject([
      { code: 'FORBIDDEN' },
      {},
      { value: { name: 'first' } },
      { code: 'FORBIDDEN' },
    ]);
    expect(reads[1]).toBeNull();
    expect(pai.calls).toEqual(['a', 'b', 'c']);
  });
});

describe('the report on a read', () => {
  test('has the request id, the time and the source of the answer', async () => {
    const { readMany, wait } = withThings();
    const origin = async () => {
      const [read] = await readMany(['id'], aCall());
      return read && isRead(read) ? { ...read, value: read.value.name } : null;
    };
    const known = { value: 'first', requestId: 'R-first', fetchedAt: START };
    expect(await origin()).toEqual({ ...known, source: 'LIVE' });
    wait(12_999);
    expect(await origin()).toEqual({ ...known, source: 'CACHE' });
    wait(20_000);
    expect(await origin()).toEqual({ ...known, source: 'STALE' });
  });

  test('has the usage, with cached, stale and joined reads, and each read is reported by its source', async () => {
    const { read, wait, sources } = withThings();
    const [first, second, third, fourth] = [aCall(), aCall(), aCall(), aCall()];
    await Promise.all([read(first), read(second)]);
    await read(third);
    wait(30 * SECOND);
    await read(fourth);
    expect(first.usage).toMatchObject({ cached: 0, coalesced: 0, stale: 0 });
    expect(second.usage).toMatchObject({ cached: 0, coalesced: 1, stale: 0 });
    expect(third.usage).toMatchObject({ cached: 1, coalesced: 0, stale: 0 });
    expect(fourth.usage).toMatchObject({ cached: 0, coalesced: 0, stale: 1 });
    expect(sources).toEqual(['LIVE', 'LIVE', 'CACHE', 'STALE']);
  });

  test('names the version of each fresh entry that it serves, negative ones too, to the observer', async () => {
    const { read, readMany, wait, pai, hits, isCurrent } = withThings();
    const call = aCall();
    await read();
    pai.answer = null;
    await readMany(['absent'], aCall());
    expect(hits).toEqual([]);
    await readMany(['id', 'absent'], call);
    expect(hits).toMatchObject([
      { hit: { freshUntil: START + 30_000 } },
      { hit: { freshUntil: START + 5000 } },
    ]);
    expect(hits.every((one) => one.call === call)).toBe(true);
    const current = () => hits.map(({ hit }) => isCurrent(hit.name, hit.version));
    expect(current()).toEqual([true, true]);
    pai.answer = 'second';
    await read(aCall({ noCache: true }));
    expect(current()).toEqual([false, true]);
    wait(30 * SECOND);
    await read();
    expect(hits).toHaveLength(2);
  });

  test('has the validity: the shortest of all reads, in whole seconds', async () => {
    const { readMany, pai, wait } = withThings();
    const call = aCall();
    await readMany(['a'], call);
    expect(call.validity.seconds).toBe(30);
    wait(1500);
    await readMany(['a'], call);
    expect(call.validity.seconds).toBe(28);
    pai.answer = null;
    await readMany(['b'], call);
    expect(call.validity.seconds).toBe(5);
    wait(29 * SECOND);
    await readMany(['a'], call);
    expect(call.validity.seconds).toBe(0);
  });
});

describe('two callers of different views', () => {
  test('never get each other’s answers, through cache, flight or refresh', async () => {
    const step = fc.record({
      view: fc.constantFrom('left', 'right'),
      wait: fc.constantFrom(0, 0, 1000, 31_000, 61_000),
      noCache: fc.boolean(),
      awaited: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const scene = withThings();
        scene.pai.answerTo = (view) => new Promise((resolve) => setImmediate(() => resolve(view)));
        const reads: Promise<void>[] = [];
        for (const { view, wait, noCache, awaited } of steps) {
          scene.wait(wait);
          const read = scene.read(aCall({ noCache }), view).then((name) => {
            expect(name?.split(' ')[0]).toBe(view);
          });
          reads.push(read);
          if (awaited) await read;
        }
        await Promise.all(reads);
      }),
      { numRuns: 40 },
    );
  });
});
