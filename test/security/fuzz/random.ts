// A small seeded generator of numbers (mulberry32), so that a failing input can be generated again.
export interface Random {
  /** From 0 to below 1. */
  next(): number;
  below(bound: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** True in one of so many cases. */
  oneIn(cases: number): boolean;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound: number) => Math.floor(next() * bound);
  return {
    next,
    below,
    pick: (items) => items[below(items.length)] ?? items[0],
    oneIn: (cases) => below(cases) === 0,
  };
}
