// Bounds the loops of resolvers, as bounded-execution does the fields of a response: they work in turns, and all that
// they gather counts towards the response.
import type { ResponseSize } from './limits/response-size.js';
import type { Turns } from './turns.js';

/** Bytes of an item that a resolver gathers, whether its fields are selected or not. */
const ITEM_BYTES = 64;

export class FieldWork {
  readonly #turns: Turns;
  readonly #size: ResponseSize;

  constructor(turns: Turns, size: ResponseSize) {
    this.#turns = turns;
    this.#size = size;
  }

  /** Awaited after each part of a loop, which gathered so many items. Rejects once the response has failed. */
  async goOn(items: number): Promise<void> {
    this.#size.add(items * ITEM_BYTES);
    if (this.#size.failure === null && this.#turns.isOver()) await this.#turns.next(this.#size);
    if (this.#size.failure !== null) throw this.#size.failure;
  }
}
