// Decodes one page of a list: its items, each read separately, and the total.
import type { Page } from '../../domain/list.js';
import {
  isJsonObject,
  type Json,
  type JsonObject,
  type Model,
  type ModelVersion,
} from '../../domain/model.js';
import { type Drift, Fields } from './fields.js';
import { decodeModel, modelIdOf } from './model.js';
import { decodeVersion, versionNameOf } from './version.js';

export function decodeModelPage(body: JsonObject, drift: Drift): Page<Model> {
  return decodePage('Models', body, drift, (wire) => {
    const id = modelIdOf(wire);
    return id === null ? null : decodeModel(wire, id, drift);
  });
}

export function decodeVersionPage(
  body: JsonObject,
  modelId: string,
  drift: Drift,
): Page<ModelVersion> {
  // The name is checked before decoding, since the page counts each item that it drops exactly once.
  return decodePage('Versions', body, drift, (wire) =>
    versionNameOf(wire) === null ? null : decodeVersion(wire, modelId, '', drift),
  );
}

/** An item without a valid key leaves its place empty, so that the items behind it keep their places. */
function decodePage<T>(
  key: 'Models' | 'Versions',
  body: JsonObject,
  drift: Drift,
  decode: (wire: JsonObject) => T | null,
): Page<T> {
  const fields = new Fields(body, '', drift);
  const read = (wire: Json): T | null => {
    const item = isJsonObject(wire) ? decode(wire) : null;
    if (item === null) drift(key, 'dropped_item');
    return item;
  };
  const total = fields.long('TotalCount');
  if (total !== null && total < 0) drift('TotalCount', 'out_of_range');
  return { items: fields.list(key).map(read), total: total !== null && total < 0 ? null : total };
}
