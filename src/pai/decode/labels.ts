// Lists of {Key, Value}; an item without its key is dropped and reported.
import { isJsonObject, type Label } from '../../domain/model.js';
import { type Drift, type Fields, readFields } from './fields.js';

export function decodeLabels(fields: Fields, name: string, path: string, drift: Drift): Label[] {
  const labels: Label[] = [];
  for (const item of fields.list(name)) {
    const label = isJsonObject(item) ? readFields(item, `${path}${name}.`, drift) : null;
    const key = label?.text('Key') ?? null;
    if (label === null || key === null) drift(path + name, 'dropped_item');
    else labels.push({ key, value: label.text('Value') });
  }
  return labels;
}
