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
  let texts = new WeakMap<object, Map<object, string>>();
  let bytes = 0;
  return {
    get: (selection, source) => texts.get(source)?.get(selection),
    keep(selection, source, text) {
      const kept = inOnePiece(text);
      const size = kept.length + OVERHEAD;
      bytes += size;
      if (bytes > maxBytes) {
        texts = new WeakMap();
        bytes = size;
      }
      const ofSource = texts.get(source);
      if (ofSource) ofSource.set(selection, kept);
      else texts.set(source, new Map([[selection, kept]]));
    },
  };
}
