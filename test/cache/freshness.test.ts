import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Freshness,
  type FreshnessLimits,
  freshForMs,
  freshnessOf,
  keepForMs,
} from '../../src/cache/freshness.js';
import type { RequestCacheControl } from '../../src/domain/call.js';

const LIMITS: FreshnessLimits = {
  ttlMs: 30_000,
  revalidateMs: 30_000,
  staleMs: 600_000,
  missingMs: 5000,
};
const NOW = 1_700_000_000_000;
const anEntry = (ageMs: number, value: unknown = 'v') => ({
  value,
  requestId: 'r',
  fetchedAt: NOW - ageMs,
});

interface Row {
  readonly ageMs: number;
  readonly freshness: Freshness;
  readonly limits?: Partial<FreshnessLimits>;
  readonly cacheControl?: Partial<RequestCacheControl>;
}

function judge(
  ageMs: number,
  { limits = {}, cacheControl = {} }: Omit<Row, 'ageMs' | 'freshness'>,
  value: unknown = 'v',
) {
  const saying = { noCache: false, maxStaleSeconds: null, ...cacheControl };
  return freshnessOf(anEntry(ageMs, value), NOW, { ...LIMITS, ...limits }, saying);
}

const NONE = { staleMs: 0 };
const SHORT = { staleMs: 10_000 };

describe('the freshness on the age of an entry', () => {
  test.each<[string, Row[]]>([
    [
      'the limits as they are set',
      [
        { ageMs: 0, freshness: 'fresh' },
        { ageMs: 29_999, freshness: 'fresh' },
        { ageMs: 30_000, freshness: 'stale-while-revalidate' },
        { ageMs: 59_999, freshness: 'stale-while-revalidate' },
        { ageMs: 60_000, freshness: 'stale-if-error' },
        { ageMs: 629_999, freshness: 'stale-if-error' },
        { ageMs: 630_000, freshness: 'miss' },
      ],
    ],
    [
      'CACHE_STALE_SECONDS=0: never stale',
      [
        { limits: NONE, ageMs: 29_999, freshness: 'fresh' },
        { limits: NONE, ageMs: 30_000, freshness: 'miss' },
        { limits: NONE, cacheControl: { maxStaleSeconds: 60 }, ageMs: 30_000, freshness: 'miss' },
      ],
    ],
    [
      'CACHE_STALE_SECONDS bounds all staleness',
      [
        { limits: SHORT, ageMs: 39_999, freshness: 'stale-while-revalidate' },
        { limits: SHORT, ageMs: 40_000, freshness: 'miss' },
        {
          limits: SHORT,
          cacheControl: { maxStaleSeconds: 60 },
          ageMs: 39_999,
          freshness: 'stale-while-revalidate',
        },
        { limits: SHORT, cacheControl: { maxStaleSeconds: 60 }, ageMs: 40_000, freshness: 'miss' },
      ],
    ],
    [
      'CACHE_TTL_SECONDS=0: no cache, whatever the others say',
      [
        { limits: { ttlMs: 0 }, ageMs: 0, freshness: 'miss' },
        { limits: { ttlMs: 0 }, ageMs: 1, freshness: 'miss' },
        {
          limits: { ttlMs: 0 },
          cacheControl: { maxStaleSeconds: 60 },
          ageMs: 1,
          freshness: 'miss',
        },
      ],
    ],
    [
      'CACHE_REVALIDATE_SECONDS=0: stale only when PAI fails',
      [
        { limits: { revalidateMs: 0 }, ageMs: 29_999, freshness: 'fresh' },
        { limits: { revalidateMs: 0 }, ageMs: 30_000, freshness: 'stale-if-error' },
      ],
    ],
    [
      'no-cache: only what PAI says now',
      [
        { cacheControl: { noCache: true }, ageMs: 0, freshness: 'miss' },
        { cacheControl: { noCache: true, maxStaleSeconds: 60 }, ageMs: 40_000, freshness: 'miss' },
      ],
    ],
    [
      'max-stale=N replaces both limits',
      [
        {
          cacheControl: { maxStaleSeconds: 100 },
          ageMs: 129_999,
          freshness: 'stale-while-revalidate',
        },
        { cacheControl: { maxStaleSeconds: 100 }, ageMs: 130_000, freshness: 'miss' },
        {
          cacheControl: { maxStaleSeconds: 10 },
          ageMs: 39_999,
          freshness: 'stale-while-revalidate',
        },
        { cacheControl: { maxStaleSeconds: 10 }, ageMs: 40_000, freshness: 'miss' },
      ],
    ],
    [
      'max-stale=0: fresh or from PAI',
      [
        { cacheControl: { maxStaleSeconds: 0 }, ageMs: 29_999, freshness: 'fresh' },
        { cacheControl: { maxStaleSeconds: 0 }, ageMs: 30_000, freshness: 'miss' },
      ],
    ],
    [
      'max-stale: whatever is kept',
      [
        {
          cacheControl: { maxStaleSeconds: Number.POSITIVE_INFINITY },
          ageMs: 629_999,
          freshness: 'stale-while-revalidate',
        },
        {
          cacheControl: { maxStaleSeconds: Number.POSITIVE_INFINITY },
          ageMs: 630_000,
          freshness: 'miss',
        },
      ],
    ],
  ])('%s', (_, rows) => {
    for (const { ageMs, freshness, ...row } of rows) {
      expect
        .soft({ ageMs, ...row, freshness: judge(ageMs, row) })
        .toEqual({ ageMs, ...row, freshness });
    }
  });

  test('nothing is known: miss', () => {
    const cacheControl = { noCache: false, maxStaleSeconds: Number.POSITIVE_INFINITY };
    expect(freshnessOf(undefined, NOW, LIMITS, cacheControl)).toBe('miss');
  });

  test.each<[number, Partial<FreshnessLimits>, Partial<RequestCacheControl>, Freshness]>([
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
    (ageMs, limits, cacheControl, freshness) => {
      expect(judge(ageMs, { limits, cacheControl }, null)).toBe(freshness);
    },
  );
});

describe('any entry', () => {
  const ORDER: readonly Freshness[] = ['fresh', 'stale-while-revalidate', 'stale-if-error', 'miss'];
  const ms = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100_000 }));
  const scene = fc.record({
    limits: fc.record({ ttlMs: ms, revalidateMs: ms, staleMs: ms, missingMs: ms }),
    cacheControl: fc.record({
      noCache: fc.boolean(),
      maxStaleSeconds: fc.option(fc.oneof(fc.nat(150), fc.constant(Number.POSITIVE_INFINITY))),
    }),
    value: fc.constantFrom('v', null),
    ages: fc.tuple(fc.nat(250_000), fc.nat(250_000)),
  });

  test('asks for no less as it gets older', () => {
    fc.assert(
      fc.property(scene, ({ limits, cacheControl, value, ages }) => {
        const [younger, older] = ages
          .sort((left, right) => left - right)
          .map((age) => ORDER.indexOf(freshnessOf(anEntry(age, value), NOW, limits, cacheControl)));
        expect(older).toBeGreaterThanOrEqual(younger ?? 0);
      }),
      { numRuns: 1000 },
    );
  });

  test('is served only as long as it is kept, and stale never beyond its bound', () => {
    fc.assert(
      fc.property(scene, ({ limits, cacheControl, value, ages: [age] }) => {
        const entry = anEntry(age, value);
        const freshness = freshnessOf(entry, NOW, limits, cacheControl);
        const freshMs = freshForMs(entry, NOW, limits);
        if (freshness === 'miss') return;
        expect(keepForMs(entry, NOW, limits)).toBeGreaterThan(0);
        expect(freshMs > 0).toBe(freshness === 'fresh');
        if (value === null) expect(freshness).toBe('fresh');
        if (freshness !== 'fresh') expect(-freshMs).toBeLessThan(limits.staleMs);
      }),
      { numRuns: 1000 },
    );
  });

  test('is not kept where caching is off', () => {
    expect(keepForMs(anEntry(0), NOW, { ...LIMITS, ttlMs: 0 })).toBe(0);
  });
});
