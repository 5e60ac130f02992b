// Labels are chosen in the same way on a model and on a version.
import { refuseLongList } from '../../domain/list.js';
import type { Label } from '../../domain/model.js';
import { findByName } from '../find-by-name.js';

interface Labelled {
  readonly labels: readonly Label[];
}

export function labels({ labels }: Labelled, { keys }: { keys?: readonly string[] | null }) {
  if (!keys) return labels;
  refuseLongList('keys', keys);
  const wanted = new Set(keys);
  return labels.filter(({ key }) => wanted.has(key));
}

export function label({ labels }: Labelled, { key }: { key: string }): string | null {
  return findByName(labels, keyOf, key)?.value ?? null;
}

function keyOf({ key }: Label): string {
  return key;
}
