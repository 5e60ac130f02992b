// Names of entries, joined once for each key: a text that was looked up before is found without being joined
// and hashed again, which is most of what a look into memory costs.

/** Of keys and names together, whoever asked for them: anybody may ask for ever other ids and filters. */
const MAX_CHARACTERS = 8 * 1024 * 1024;

export type JoinName = (prefix: string, key: string) => string;

/** Beyond the bound all are forgotten, and joined again. */
export function createNames(maxCharacters: number = MAX_CHARACTERS): JoinName {
  let byPrefix = new Map<string, Map<string, string>>();
  let characters = 0;
  return (prefix, key) => {
    const known = byPrefix.get(prefix)?.get(key);
    if (known !== undefined) return known;
    const name = `${prefix}:${key}`;
    characters += key.length + name.length;
    if (characters > maxCharacters) {
      byPrefix = new Map();
      characters = key.length + name.length;
    }
    const names = byPrefix.get(prefix) ?? new Map<string, string>();
    byPrefix.set(prefix, names.set(key, name));
    return name;
  };
}

/** One for all scopes, so that there is one bound. */
export const joinName = createNames();
