// Finds an item of a list by its name. One operation may ask the same list for fifty names, and PAI may send a
// list of a hundred thousand items: a long list is read once.

/** Up to this length, reading the list again costs no more than a map. */
const SHORT = 16;

/** The position of the first item of each name. */
type Positions = ReadonlyMap<string, number>;

const known = new WeakMap<readonly unknown[], Positions>();

/** The first item of that name. Every search in one list uses the same `nameOf`. */
export function findByName<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  name: string,
): T | undefined {
  if (items.length <= SHORT) return items.find((item) => nameOf(item) === name);
  const positions = known.get(items) ?? positionsIn(items, nameOf);
  known.set(items, positions);
  const position = positions.get(name);
  return position === undefined ? undefined : items[position];
}

function positionsIn<T>(items: readonly T[], nameOf: (item: T) => string): Positions {
  const positions = new Map<string, number>();
  for (const [position, item] of items.entries()) {
    const name = nameOf(item);
    if (!positions.has(name)) positions.set(name, position);
  }
  return positions;
}
