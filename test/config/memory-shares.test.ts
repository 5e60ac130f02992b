import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.js';

const MB = 1024 * 1024;

function memoryOf(heapBytes: number, env: Record<string, string> = {}) {
  const parsed = parseConfig(env, heapBytes);
  if (!parsed.ok) throw new Error(parsed.problems.join());
  return parsed.config.memory;
}

describe('the shares of memory', () => {
  test('are full in a large heap, as docs/architecture.md says', () => {
    const full = {
      ...{ cache: 128, responses: 32, compiledOperations: 48 },
      ...{ documents: 16, persistedQueries: 16 },
    };
    const bytes = Object.fromEntries(Object.entries(full).map(([name, mb]) => [name, mb * MB]));
    expect(memoryOf(832 * MB)).toMatchObject(bytes);
    expect(memoryOf(4144 * MB)).toMatchObject(bytes);
  });

  test('are a sixteenth where --max-old-space-size=64 leaves 112 MB', () => {
    expect(memoryOf(112 * MB)).toMatchObject({
      ...{ cache: 8 * MB, responses: 2 * MB, compiledOperations: 3 * MB },
      documents: MB,
    });
  });

  test('leave most of any heap free, however small or large it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 80, max: 65_536 }), (heapMb) => {
        const kept = Object.values(memoryOf(heapMb * MB));
        const sum = kept.reduce((total, bytes) => total + bytes, 0);
        expect(sum).toBeLessThan(0.4 * Math.max(8, heapMb - 64) * MB);
        expect(Math.min(...kept)).toBeGreaterThan(50_000);
      }),
    );
  });

  test('follow CACHE_MAX_MB in the shares that depend on the cache, and in no others', () => {
    const [given, other] = [memoryOf(832 * MB, { CACHE_MAX_MB: '64' }), memoryOf(832 * MB)];
    expect(given).toEqual({ ...other, cache: 64 * MB });
  });

  test('are those of this process by default', () => {
    const parsed = parseConfig({});
    expect(parsed.ok && parsed.config.memory.cache).toBeGreaterThan(0);
  });
});
