import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  freshForMs,
  judgeEntry,
  keepForMs,
  type Verdict,
  type Windows,
} from '../../src/cache/freshness.js';
import type { RequestCacheControl } from '../../src/domain/call.js';

const WINDOWS: Windows = { ttlMs: 30_000, revalidateMs: 30_000, staleMs: 600_000, missingMs: 5000 };
const NOW = 1_700_000_000_000;
const anEntry = (ageMs: number, value: unknown = 'v') => ({
  value,
  requestId: 'r',
  fetchedAt: NOW - ageMs,
});

interface Row {
  readonly ageMs: number;
  readonly verdict: Verdict;
  readonly windows?: Partial<Windows>;
  readonly cacheControl?: Partial<RequestCacheControl>;
}

function judge(
  ageMs: number,
  { windows = {}, cacheControl = {} }: Omit<Row, 'ageMs' | 'verdict'>,
  value: unknown = 'v',
) {
  const saying = { noCache: false, maxStaleSeconds: null, ...cacheControl };
  return judgeEntry(anEntry(ageMs, value), NOW, { ...WINDOWS, ...windows }, saying);
}

const NONE = { staleMs: 0 };
const SHORT = { staleMs: 10_000 };

describe('the verdict on the age of an entry', () => {
  test.each<[string, Row[]]>([
    [
      'the windows as they are set',
      [
        { ageMs: 0, verdict: 'fresh' },
        { ageMs: 29_999, verdict: 'fresh' },
        { ageMs: 30_000, verdict: 'revalidate' },
        { ageMs: 59_999, verdict: 'revalidate' },
        { ageMs: 60_000, verdict: 'fallback' },
        { ageMs: 629_999, verdict: 'fallback' },
        { ageMs: 630_000, verdict: 'miss' },
      ],
    ],
    [
      'CACHE_STALE_SECONDS=0: never stale',
      [
        { windows: NONE, ageMs: 29_999, verdict: 'fresh' },
        { windows: NONE, ageMs: 30_000, verdict: 'miss' },
        { windows: NONE, cacheControl: { maxStaleSeconds: 60 }, ageMs: 30_000, verdict: 'miss' },
      ],
    ],
    [
      'CACHE_STALE_SECONDS bounds all staleness',
      [
        { windows: SHORT, ageMs: 39_999, verdict: 'revalidate' },
        { windows: SHORT, ageMs: 40_000, verdict: 'miss' },
        {
          windows: SHORT,
          cacheControl: { maxStaleSeconds: 60 },
          ageMs: 39_999,
          verdict: 'revalidate',
        },
        { windows: SHORT, cacheControl: { maxStaleSeconds: 60 }, ageMs: 40_000, verdict: 'miss' },
      ],
    ],
    [
      'CACHE_TTL_SECONDS=0: no cache, whatever the others say',
      [
        { windows: { ttlMs: 0 }, ageMs: 0, verdict: 'miss' },
        { windows: { ttlMs: 0 }, ageMs: 1, verdict: 'miss' },
        { windows: { ttlMs: 0 }, cacheControl: { maxStaleSeconds: 60 }, ageMs: 1, verdict: 'miss' },
      ],
    ],
    [
      'CACHE_REVALIDATE_SECONDS=0: stale only when PAI fails',
      [
        { windows: { revalidateMs: 0 }, ageMs: 29_999, verdict: 'fresh' },
        { windows: { revalidateMs: 0 }, ageMs: 30_000, verdict: 'fallback' },
      ],
    ],
    [
      'no-cache: only what PAI says now',
      [
        { cacheControl: { noCache: true }, ageMs: 0, verdict: 'miss' },
        { cacheControl: { noCache: true, maxStaleSeconds: 60 }, ageMs: 40_000, verdict: 'miss' },
      ],
    ],
    [
      'max-stale=N replaces both windows',
      [
        { cacheControl: { maxStaleSeconds: 100 }, ageMs: 129_999, verdict: 'revalidate' },
        { cacheControl: { maxStaleSeconds: 100 }, ageMs: 130_000, verdict: 'miss' },
        { cacheControl: { maxStaleSeconds: 10 }, ageMs: 39_999, verdict: 'revalidate' },
        { cacheControl: { maxStaleSeconds: 10 }, ageMs: 40_000, verdict: 'miss' },
      ],
    ],
    [
      'max-stale=0: fresh or from PAI',
      [
        { cacheControl: { maxStaleSeconds: 0 }, ageMs: 29_999, verdict: 'fresh' },
        { cacheControl: { maxStaleSeconds: 0 }, ageMs: 30_000, verdict: 'miss' },
      ],
    ],
    [
      'max-stale: whatever is kept',
      [
        {
          cacheControl: { maxStaleSeconds: Number.POSITIVE_INFINITY },
          ageMs: 629_999,
          verdict: 'revalidate',
        },
        {
          cacheControl: { maxStaleSeconds: Number.POSITIVE_INFINITY },
          ageMs: 630_000,
          verdict: 'miss',
        },
      ],
    ],
  ])('%s', (_, rows) => {
    for (const { ageMs, verdict, ...row } of rows) {
      expect
        .soft({ ageMs, ...row, verdict: judge(ageMs, row) })
        .toEqual({ ageMs, ...row, verdict });
    }
  });

  test('nothing is known: miss', () => {
    const cacheControl = { noCache: false, maxStaleSeconds: Number.POSITIVE_INFINITY };
    expect(judgeEntry(undefined, NOW, WINDOWS, cacheControl)).toBe('miss');
  });

  test.each<[number, Partial<Windows>, Partial<RequestCacheControl>, Verdict]>([
    [0, {}, {}, 'fresh'],
    [4999, {}, {}, 'fresh'],
    [5000, {}, {}, 'miss'],
    [5000, {}, { maxStaleSeconds: 60 }, 'miss'],
    [0, { missingMs: 0 }, {}, 'miss'],
    [1999, { ttlMs: 2000 }, {}, 'fresh'],
    [2000, { ttlMs: 2000 }, {}, 'miss'],
    [0, { ttlMs: 0 }, {}, 'miss'],
    [0, {}, { noCache: true }, 'miss'],
  ])(
    'an absence of %i ms ago, with %o and %o: %s, and never stale',
    (ageMs, windows, cacheControl, verdict) => {
      expect(judge(ageMs, { windows, cacheControl }, null)).toBe(verdict);
    },
  );
});

describe('any entry', () => {
  const ORDER: readonly Verdict[] = ['fresh', 'revalidate', 'fallback', 'miss'];
  const ms = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100_000 }));
  const scene = fc.record({
    windows: fc.record({ ttlMs: ms, revalidateMs: ms, staleMs: ms, missingMs: ms }),
    cacheControl: fc.record({
      noCache: fc.boolean(),
      maxStaleSeconds: fc.option(fc.oneof(fc.nat(150), fc.constant(Number.POSITIVE_INFINITY))),
    }),
    value: fc.constantFrom('v', null),
    ages: fc.tuple(fc.nat(250_000), fc.nat(250_000)),
  });

  test('asks for no less as it gets older', () => {
    fc.assert(
      fc.property(scene, ({ windows, cacheControl, value, ages }) => {
        const [younger, older] = ages
          .sort((left, right) => left - right)
          .map((age) => ORDER.indexOf(judgeEntry(anEntry(age, value), NOW, windows, cacheControl)));
        expect(older).toBeGreaterThanOrEqual(younger ?? 0);
      }),
      { numRuns: 1000 },
    );
  });

  test('is served only as long as it is kept, and stale never beyond its bound', () => {
    fc.assert(
      fc.property(scene, ({ windows, cacheControl, value, ages: [age] }) => {
        const entry = anEntry(age, value);
        const verdict = judgeEntry(entry, NOW, windows, cacheControl);
        const freshMs = freshForMs(entry, NOW, windows);
        if (verdict === 'miss') return;
        expect(keepForMs(entry, NOW, windows)).toBeGreaterThan(0);
        expect(freshMs > 0).toBe(verdict === 'fresh');
        if (value === null) expect(verdict).toBe('fresh');
        if (verdict !== 'fresh') expect(-freshMs).toBeLessThan(windows.staleMs);
      }),
      { numRuns: 1000 },
    );
  });
});
