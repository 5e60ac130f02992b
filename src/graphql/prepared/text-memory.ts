// The JSON that a selection made of an object which never changes, so that it is made once for each.
import { inOnePiece } from './wire-text.js';

export interface TextMemory {
  get(selection: object, source: object): string | undefined;
  /** `text`: as it goes over the wire. */
  keep(selection: object, source: object, text: string): void;
}

const MAX_CHARACTERS = 16 * 1024 * 1024;

/** Beyond its bound it forgets all, which costs no more than writing them again. */
export function createTextMemory(maxCharacters: number = MAX_CHARACTERS): TextMemory {
  let texts = new WeakMap<object, Map<object, string>>();
  let characters = 0;
  return {
    get: (selection, source) => texts.get(source)?.get(selection),
    keep(selection, source, text) {
      const kept = inOnePiece(text);
      characters += kept.length;
      if (characters > maxCharacters) {
        texts = new WeakMap();
        characters = kept.length;
      }
      const ofSource = texts.get(source);
      if (ofSource) ofSource.set(selection, kept);
      else texts.set(source, new Map([[selection, kept]]));
    },
  };
}
