// The JSON that a selection made of an object which never changes, so that it is made once for each.
import { inOnePiece } from './wire-text.js';

export interface TextMemory {
  get(selection: object, source: object): string | undefined;
  /** `text`: as it goes over the wire. */
  keep(selection: object, source: object, text: string): void;
}

/** In bytes, of a text's places in its maps. */
const OVERHEAD = 250;

/** Beyond its bound it forgets all, which costs no more than writing them again. */
export function createTextMemory(maxBytes: number): TextMemory {
  let texts = new WeakMap<object, WeakMap<object, string>>();
  let bytes = 0;
  return {
    // By selection first: of those there are few, and of sources so many that each step to one is a step to memory.
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
