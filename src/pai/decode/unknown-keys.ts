// Counts keys that PAI's documentation does not have, so that a new field is noticed.
import type { JsonObject } from '../../domain/model.js';
import type { Drift } from './fields.js';

/** The key itself is not reported: its name is PAI's to choose and would be unbounded. */
export function reportUnknownKeys(
  wire: JsonObject,
  known: ReadonlySet<string>,
  path: string,
  drift: Drift,
): void {
  for (const key in wire) {
    if (!known.has(key)) drift(`${path}*`, 'unknown_key');
  }
}
