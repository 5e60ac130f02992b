// Limits the calls in flight at once, over all operations; waiting calls take turns.

export interface Slots {
  /** Takes a slot if one is free; false: none was. */
  takeFree(): boolean;
  take(): Promise<void>;
  release(): void;
}

export function createSlots(count: number): Slots {
  let free = count;
  const waiting: (() => void)[] = [];
  function takeFree(): boolean {
    if (free === 0) return false;
    free -= 1;
    return true;
  }

  return {
    takeFree,
    async take() {
      if (!takeFree()) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    release() {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    },
  };
}
