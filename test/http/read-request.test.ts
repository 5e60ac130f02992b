import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCacheControl } from '../../src/http/read-request.js';

const ANY = Number.POSITIVE_INFINITY;

describe('the Cache-Control of a request', () => {
  test.each<[string | undefined, boolean, number | null]>([
    [undefined, false, null],
    ['', false, null],
    ['no-cache', true, null],
    ['No-Cache', true, null],
    [' no-cache , no-transform', true, null],
    ['max-stale=60', false, 60],
    ['MAX-STALE=60', false, 60],
    ['max-stale = 60', false, 60],
    ['max-stale="60"', false, 60],
    ['max-stale=0', false, 0],
    ['max-stale', false, ANY],
    ['max-stale=9999999999', false, 9_999_999_999],
    ['no-cache, max-stale=60', true, 60],
    ['max-age=0, max-stale=5', false, 5],
    // Unknown directives are ignored.
    ['max-stale=', false, null],
    ['max-stale=-1', false, null],
    ['max-stale=1.5', false, null],
    ['max-stale=1e3', false, null],
    ['max-stale=abc', false, null],
    ['max-stale=99999999999', false, null],
    ['max-stales=60', false, null],
    ['no-cached', false, null],
    ['x=no-cache', false, null],
    ['no-store', false, null],
    ['max-age=0', false, null],
    [',,=,;', false, null],
  ])('%j: no-cache %s, max-stale %s', (header, noCache, maxStaleSeconds) => {
    expect(parseCacheControl(header)).toEqual({ noCache, maxStaleSeconds });
  });

  test('may be anything, and is a wish in any case', () => {
    const parts = fc.constantFrom('no-cache', 'max-stale', '=', ',', '"', ' ', '5', '-', 'x', '\t');
    const header = fc.oneof(
      fc.string(),
      fc.array(parts).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(header, (text) => {
        const { noCache, maxStaleSeconds } = parseCacheControl(text);
        expect(typeof noCache).toBe('boolean');
        if (maxStaleSeconds !== null) expect(maxStaleSeconds).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 1000 },
    );
  });
});
