// Keeps the JSON that a selection made of an object that never changes, so that it is made once for each.
import { inOnePiece } from './wire-text.js';

export interface TextMemory {
  get(selection: object, source: object): string | undefined;
  /** `text`: as it goes over the wire. */
  keep(selection: object, source: object, text: string): void;
}

/** Bytes that the map entries of a text take. */
const OVERHEAD = 250;

/** Beyond its bound it forgets all texts, which costs no more than writing them again. */
export function createTextMemory(maxBytes: number): TextMemory {
  let texts = new WeakMap<object, WeakMap<object, string>>();
  let bytes = 0;
  return {
    // By selection first: selections are few, and sources so many that each access to one is a memory access.
    get: (selection, source) => texts.get(selection)?.get(source),
    keep(selection, source, text) {
      const kept = inOnePiece(text);
      const size = kept.length + OVERHEAD;
      bytes += size;
      if (bytes > maxBytes) {
        texts = new WeakMap();
        bytes = size;
      }
      const bySource = texts.get(selection);
      if (bySource) bySource.set(source, kept);
      else texts.set(selection, new WeakMap([[source, kept]]));
    },
  };
}
