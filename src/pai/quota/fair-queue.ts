// A bounded queue whose lanes take turns: a lane with many items delays only itself, not the other lanes. An item may
// stand in several lanes, and the first of them whose turn comes takes it out of all lanes.

export class FairQueue<T> {
  readonly #limit: number;
  // In the order of turns: a lane that was served moves to the end. No lane is empty.
  readonly #lanes = new Map<string, Set<T>>();
  readonly #lanesOf = new Map<T, Set<string>>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The number of items, each counted once, in however many lanes it stands. */
  get size(): number {
    return this.#lanesOf.size;
  }

  items(): T[] {
    return [...this.#lanesOf.keys()];
  }

  /** Whether it stands in any lane. */
  has(item: T): boolean {
    return this.#lanesOf.has(item);
  }

  /**
   * Adds the item at the end of the lane. An item that waits already takes no room. Gives back the item that has to
   * leave the queue: this item, or another that a longer lane has lost; null: there was room.
   */
  add(name: string, item: T): T | null {
    const isFull = this.size >= this.#limit && !this.has(item);
    const displaced = isFull ? this.#displaceFor(name) : null;
    if (isFull && displaced === null) return item;
    this.#lanes.set(name, (this.#lanes.get(name) ?? new Set()).add(item));
    this.#lanesOf.set(item, (this.#lanesOf.get(item) ?? new Set()).add(name));
    return displaced;
  }

  /** The longest lane loses its last item, unless this lane would become as long; null: the queue has no room. */
  #displaceFor(name: string): T | null {
    const own = this.#lanes.get(name)?.size ?? 0;
    while (true) {
      let [longestName, longest] = ['', new Set<T>()];
      for (const [other, lane] of this.#lanes) {
        if (lane.size > longest.size) [longestName, longest] = [other, lane];
      }
      const last = [...longest].at(-1);
      if (longest.size <= own + 1 || last === undefined) return null;
      this.remove(longestName, last);
      if (!this.has(last)) return last;
    }
  }

  /** The least number of items that leave the queue until `count` more items that join this lane have left it. */
  turnsFor(name: string, count: number): number {
    const own = [...(this.#lanes.get(name) ?? [])];
    // Items that stand in other lanes, too, may leave without a turn of this lane.
    const alone = own.filter((item) => this.#lanesOf.get(item)?.size === 1).length;
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

  /** Removes and gives the next item of the lane whose turn it is. */
  take(): T | undefined {
    const [turn] = this.#lanes;
    if (turn === undefined) return undefined;
    const [name, lane] = turn;
    this.#lanes.delete(name);
    this.#lanes.set(name, lane);
    const [item] = lane;
    if (item !== undefined) this.removeFromAll(item);
    return item;
  }

  /** Removes the item from this lane only. */
  remove(name: string, item: T): void {
    const lane = this.#lanes.get(name);
    lane?.delete(item);
    if (lane?.size === 0) this.#lanes.delete(name);
    const names = this.#lanesOf.get(item);
    names?.delete(name);
    if (names?.size === 0) this.#lanesOf.delete(item);
  }

  removeFromAll(item: T): void {
    for (const name of this.#lanesOf.get(item) ?? []) this.remove(name, item);
  }
}
