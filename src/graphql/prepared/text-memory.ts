// The JSON that a selection made of an object which never changes, so that it is made once for each.

export interface TextMemory {
  get(selection: object, source: object): string | undefined;
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
      characters += text.length;
      if (characters > maxCharacters) {
        texts = new WeakMap();
        characters = text.length;
      }
      const ofSource = texts.get(source);
      if (ofSource) ofSource.set(selection, text);
      else texts.set(source, new Map([[selection, text]]));
    },
  };
}
