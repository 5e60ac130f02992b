// A bounded queue whose lanes take turns: a lane with many items delays only itself, not the other lanes. An item may
// stand in several lanes, and the first of them whose turn comes takes it out of all lanes.

export interface FairQueue<T> {
  /** The number of items, each counted once, in however many lanes it stands. */
  readonly size: number;
  /** Whether it stands in any lane. */
  has(item: T): boolean;
  /**
   * Adds the item at the end of the lane. An item that waits already takes no room. Gives back the item that has to
   * leave the queue: this item, or another that a longer lane has lost; null: there was room.
   */
  add(lane: string, item: T): T | null;
  /** The least number of items that leave the queue until `count` more items that join this lane have left it. */
  turnsFor(lane: string, count: number): number;
  /** Removes and gives the next item of the lane whose turn it is. */
  take(): T | undefined;
  /** Removes the item from this lane only. */
  remove(lane: string, item: T): void;
  /** Removes the item from all its lanes. */
  removeFromAll(item: T): void;
  /** Removes and gives the items for which `isMeant` is true, from all their lanes. */
  removeWhere(isMeant: (item: T) => boolean): T[];
}

export function createFairQueue<T>(limit: number): FairQueue<T> {
  const { lanes, lanesOf, stand, remove, removeFromAll } = createPlaces<T>();

  /** The longest lane loses its last item, unless this lane would become as long; null: the queue has no room. */
  function displaceFor(lane: string): T | null {
    const own = lanes.get(lane)?.size ?? 0;
    while (true) {
      const [name, longest] = longestOf(lanes);
      const last = [...longest].at(-1);
      if (longest.size <= own + 1 || last === undefined) return null;
      remove(name, last);
      if (!lanesOf.has(last)) return last;
    }
  }

  return {
    get size() {
      return lanesOf.size;
    },
    has: (item) => lanesOf.has(item),
    add(lane, item) {
      const isFull = lanesOf.size >= limit && !lanesOf.has(item);
      const displaced = isFull ? displaceFor(lane) : null;
      if (isFull && displaced === null) return item;
      stand(lane, item);
      return displaced;
    },
    turnsFor(lane, count) {
      const own = [...(lanes.get(lane) ?? [])];
      // Items that stand in other lanes, too, may leave without a turn of this lane.
      const alone = own.filter((item) => lanesOf.get(item)?.size === 1).length;
      // Each other lane has as many turns as this one, except in the round that is under way.
      const rounds = alone + count - (own.length > 0 ? 1 : 0);
      const before = new Set<T>(own);
      for (const other of lanes.values()) addFirst(before, other, rounds);
      return before.size + count;
    },
    take() {
      const [turn] = lanes;
      if (turn === undefined) return undefined;
      const [name, lane] = turn;
      lanes.delete(name);
      lanes.set(name, lane);
      const [item] = lane;
      if (item !== undefined) removeFromAll(item);
      return item;
    },
    remove,
    removeFromAll,
    removeWhere(isMeant) {
      const removed = [...lanesOf.keys()].filter(isMeant);
      for (const item of removed) removeFromAll(item);
      return removed;
    },
  };
}

function addFirst<T>(items: Set<T>, lane: ReadonlySet<T>, count: number): void {
  let left = count;
  for (const item of lane) {
    if (left === 0) return;
    items.add(item);
    left -= 1;
  }
}

/** The items of each lane, and the lanes of each item. */
function createPlaces<T>() {
  // In the order of turns: a lane that was served moves to the end. No lane is empty.
  const lanes = new Map<string, Set<T>>();
  const lanesOf = new Map<T, Set<string>>();

  function stand(name: string, item: T): void {
    lanes.set(name, (lanes.get(name) ?? new Set()).add(item));
    lanesOf.set(item, (lanesOf.get(item) ?? new Set()).add(name));
  }

  function remove(name: string, item: T): void {
    const [lane, names] = [lanes.get(name), lanesOf.get(item)];
    lane?.delete(item);
    if (lane?.size === 0) lanes.delete(name);
    names?.delete(name);
    if (names?.size === 0) lanesOf.delete(item);
  }

  function removeFromAll(item: T): void {
    for (const name of lanesOf.get(item) ?? []) remove(name, item);
  }

  return { lanes, lanesOf, stand, remove, removeFromAll };
}

function longestOf<T>(lanes: ReadonlyMap<string, ReadonlySet<T>>): [string, ReadonlySet<T>] {
  let longest: [string, ReadonlySet<T>] = ['', new Set()];
  for (const [name, lane] of lanes) {
    if (lane.size > longest[1].size) longest = [name, lane];
  }
  return longest;
}
