import { describe, expect, test } from 'vitest';
import { createCapMemory } from '../../../src/catalog/paging/page-cap.js';

describe('what was learned of PAI’s pages', () => {
  test('holds for a minute and is then tried anew, while what was seen whole stays seen', () => {
    let now = 0;
    const memory = createCapMemory(100, () => now);
    memory.current = { max: 1, proven: 1 };
    now = 60_000;
    expect(memory.current).toEqual({ max: 1, proven: 1 });
    now = 60_001;
    expect(memory.current).toEqual({ max: 100, proven: 1 });
  });

  test('is not doubted while it is confirmed', () => {
    let now = 0;
    const memory = createCapMemory(100, () => now);
    memory.current = { max: 50, proven: 50 };
    memory.current = { max: 50, proven: 50 };
    expect(memory.current.max).toBe(50);
    now = 30_000;
    expect(memory.current.max).toBe(50);
  });
});
