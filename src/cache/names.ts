// Names of entries, made once for each key: a text that was looked up before is found without being joined
// and hashed again, which is most of what a look into memory costs.

/** Beyond it all are forgotten, and made again. */
const MAX_NAMES = 100_000;

export function remembering(make: (key: string) => string): (key: string) => string {
  const names = new Map<string, string>();
  return (key) => {
    const known = names.get(key);
    if (known !== undefined) return known;
    if (names.size >= MAX_NAMES) names.clear();
    const name = make(key);
    names.set(key, name);
    return name;
  };
}
