// Decodes lists of {Key, Value}; an item without its key is dropped and reported.
import { isJsonObject, type Label } from '../../domain/model.js';
import { type Drift, Fields } from './fields.js';

export function decodeLabels(fields: Fields, name: string, path: string, drift: Drift): Label[] {
  const labels: Label[] = [];
  const itemPath = `${path}${name}.`;
  for (const item of fields.list(name)) {
    const label = isJsonObject(item) ? new Fields(item, itemPath, drift) : null;
    const key = label?.text('Key') ?? null;
    if (label === null || key === null) drift(path + name, 'dropped_item');
    else labels.push({ key, value: label.text('Value') });
  }
  return labels;
}
