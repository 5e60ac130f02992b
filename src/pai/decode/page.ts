// Decodes a page of a list of PAI.
import type { Page } from '../../domain/list.js';
import { isJsonObject, type JsonObject } from '../../lib/json.js';
import { type Drift, Fields } from './fields.js';

/** An item without a valid key leaves its place empty, so that the items behind it keep their places. */
export function decodePage<T>(
  key: string,
  body: JsonObject,
  drift: Drift,
  decode: (wire: JsonObject) => T | null,
): Page<T> {
  const fields = new Fields(body, '', drift);
  const items = fields.list(key).map((wire) => {
    const item = isJsonObject(wire) ? decode(wire) : null;
    if (item === null) fields.report(key, 'dropped_item');
    return item;
  });
  const total = fields.long('TotalCount');
  if (total === null || total >= 0) return { items, total };
  fields.report('TotalCount', 'out_of_range');
  return { items, total: null };
}
