// A bounded queue whose lanes take turns: a lane with much to do waits for itself, not others for it.

export interface FairQueue<T> {
  readonly size: number;
  /** Gives back what had to go for it: itself, or the last of a longer lane; null: there was room. */
  add(lane: string, item: T): T | null;
  /** The next one, of the lane whose turn it is. */
  take(): T | undefined;
  remove(lane: string, item: T): void;
  /** Takes out all that are meant. */
  removeWhere(isMeant: (item: T) => boolean): T[];
}

export function createFairQueue<T>(limit: number): FairQueue<T> {
  // In the order of turns: a lane that was served goes to the end.
  const lanes = new Map<string, T[]>();
  let size = 0;

  function laneOf(name: string): T[] {
    const lane = lanes.get(name) ?? [];
    lanes.set(name, lane);
    return lane;
  }

  return {
    get size() {
      return size;
    },
    add(name, item) {
      let displaced: T | undefined;
      if (size >= limit) {
        const longest = longestOf(lanes.values());
        const own = lanes.get(name)?.length ?? 0;
        if (longest === undefined || longest.length <= own + 1) return item;
        displaced = longest.pop();
        size -= 1;
      }
      laneOf(name).push(item);
      size += 1;
      return displaced ?? null;
    },
    take() {
      for (const [name, lane] of lanes) {
        lanes.delete(name);
        const item = lane.shift();
        if (lane.length > 0) lanes.set(name, lane);
        if (item === undefined) continue;
        size -= 1;
        return item;
      }
      return undefined;
    },
    remove(name, item) {
      const lane = lanes.get(name);
      const index = lane?.indexOf(item) ?? -1;
      if (lane === undefined || index === -1) return;
      lane.splice(index, 1);
      if (lane.length === 0) lanes.delete(name);
      size -= 1;
    },
    removeWhere(isMeant) {
      const removed: T[] = [];
      for (const [name, lane] of lanes) {
        const kept = lane.filter((item) => !isMeant(item));
        removed.push(...lane.filter(isMeant));
        if (kept.length > 0) lanes.set(name, kept);
        else lanes.delete(name);
      }
      size -= removed.length;
      return removed;
    },
  };
}

function longestOf<T>(lanes: Iterable<T[]>): T[] | undefined {
  let longest: T[] | undefined;
  for (const lane of lanes) {
    if (longest === undefined || lane.length > longest.length) longest = lane;
  }
  return longest;
}
