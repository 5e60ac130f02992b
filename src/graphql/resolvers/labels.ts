// Labels are chosen in the same way on a model and on a version.
import type { Label } from '../../domain/model.js';

interface Labelled {
  readonly labels: readonly Label[];
}

export function labels({ labels }: Labelled, { keys }: { keys?: readonly string[] | null }) {
  return keys ? labels.filter(({ key }) => keys.includes(key)) : labels;
}

export function label({ labels }: Labelled, { key }: { key: string }): string | null {
  return labels.find((candidate) => candidate.key === key)?.value ?? null;
}
