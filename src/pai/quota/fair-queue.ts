// A bounded queue whose lanes take turns: a lane with many items delays only itself, not the other lanes. An item may
// wait in several lanes, and the first of them whose turn comes takes it out of all lanes.

export class FairQueue<T> {
  readonly #limit: number;
  // In the order of turns: a lane that was served moves to the end. No lane is empty.
  readonly #lanes = new Map<string, Set<T>>();
  readonly #namesOf = new Map<T, ReadonlySet<string>>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The number of items, each counted once, in however many lanes it waits. */
  get size(): number {
    return this.#namesOf.size;
  }

  items(): T[] {
    return [...this.#namesOf.keys()];
  }

  has(item: T): boolean {
    return this.#namesOf.has(item);
  }

  /**
   * Lets the item wait in exactly these lanes, at the end of each that is new to it. Gives back the item that has to
   * leave the queue: this item, or another that a longer lane has lost; null: there was room. An item that waits already
   * takes no room.
   */
  place(item: T, names: Iterable<string>): T | null {
    const lanes = new Set(names);
    const isFull = this.size >= this.#limit && !this.has(item);
    const displaced = isFull ? this.#lastOfLongest(lanes) : null;
    if (isFull && displaced === null) return item;
    if (displaced !== null) this.remove(displaced);
    for (const name of this.#namesOf.get(item) ?? []) if (!lanes.has(name)) this.#leave(name, item);
    for (const name of lanes) this.#lanes.set(name, (this.#lanes.get(name) ?? new Set()).add(item));
    this.#namesOf.set(item, lanes);
    return displaced;
  }

  /** Removes and gives the next item of the lane whose turn it is. */
  take(): T | undefined {
    const [turn] = this.#lanes;
    if (turn === undefined) return undefined;
    const [name, lane] = turn;
    this.#lanes.delete(name);
    this.#lanes.set(name, lane);
    const [item] = lane;
    if (item !== undefined) this.remove(item);
    return item;
  }

  remove(item: T): void {
    for (const name of this.#namesOf.get(item) ?? []) this.#leave(name, item);
    this.#namesOf.delete(item);
  }

  /** The least number of items that leave the queue until `count` more items that join this lane have left it. */
  turnsFor(name: string, count: number): number {
    const own = [...(this.#lanes.get(name) ?? [])];
    // Items that wait in other lanes, too, may leave without a turn of this lane.
    const alone = own.filter((item) => this.#namesOf.get(item)?.size === 1).length;
    // Each other lane has as many turns as this one, except in the round that is under way.
    const rounds = alone + count - (own.length > 0 ? 1 : 0);
    const before = new Set<T>(own);
    for (const lane of this.#lanes.values()) {
      let left = rounds;
      for (const item of lane) {
        if (left === 0) break;
        before.add(item);
        left -= 1;
      }
    }
    return before.size + count;
  }

  /**
   * The last item of the longest lane. A lane must not become longer than the one that loses an item, and an item that
   * also waits in a short lane keeps its place; null: no item can be displaced.
   */
  #lastOfLongest(joined: ReadonlySet<string>): T | null {
    const least = Math.min(...[...joined].map((name) => this.#lengthOf(name))) + 1;
    const isInLongLanes = (item: T) =>
      [...(this.#namesOf.get(item) ?? [])].every((name) => this.#lengthOf(name) > least);
    const longLanes = [...this.#lanes.values()].filter(({ size }) => size > least);
    for (const lane of longLanes.sort((a, b) => b.size - a.size)) {
      const last = [...lane].reverse().find(isInLongLanes);
      if (last !== undefined) return last;
    }
    return null;
  }

  #lengthOf(name: string): number {
    return this.#lanes.get(name)?.size ?? 0;
  }

  #leave(name: string, item: T): void {
    const lane = this.#lanes.get(name);
    lane?.delete(item);
    if (lane?.size === 0) this.#lanes.delete(name);
  }
}
