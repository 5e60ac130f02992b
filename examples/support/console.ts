// Fails a test file whose client warned: clients report lost data and missing keys on the console.
import { afterEach, beforeEach, expect, vi } from 'vitest';

export function expectNoWarnings(): void {
  const problems: unknown[][] = [];
  beforeEach(() => {
    for (const level of ['warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation((...words) => {
        problems.push(words);
      });
    }
  });
  afterEach(() => {
    vi.restoreAllMocks();
    expect(problems.splice(0)).toEqual([]);
  });
}
