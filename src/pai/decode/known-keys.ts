// Reports keys that PAI's documentation does not have, so that a new field is noticed.
import type { JsonObject } from '../../domain/model.js';
import type { Drift } from './fields.js';

/** The documented keys of one kind of object. */
export class KnownKeys {
  readonly #names: ReadonlySet<string>;
  /** The keys of the previous object: most have the same in the same order, and comparing costs less than a search. */
  readonly #before: string[] = [];

  constructor(names: string) {
    this.#names = new Set(names.split(/\s+/));
  }

  /** The report does not contain the key: PAI chooses the names, so that their number would be unbounded. */
  reportOthers(wire: JsonObject, path: string, drift: Drift): void {
    let known = 0;
    for (const key in wire) {
      if (key === this.#before[known]) known += 1;
      else if (this.#names.has(key)) {
        this.#before[known] = key;
        known += 1;
      } else drift(`${path}*`, 'unknown_key');
    }
  }
}
