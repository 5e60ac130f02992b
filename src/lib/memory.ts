// Estimates from above how many bytes of the heap a value takes: by the sizes in V8 on 64 bits, measured after
// collections. Values whose objects all have different keys may take twice as much, for V8 keeps the shape of each.

const TEXT_OVERHEAD = 24;
/** A number that is not a small integer. */
const NUMBER = 16;
const OBJECT = 56;
const ITEM = 8;
/** Includes a copy of the value, since readers may copy the outermost objects. */
const PROPERTY = 16;
/** V8 may store objects of this many keys as hash tables. */
const MANY = 64;
const PROPERTY_OF_MANY = 56;

const IS_WIDE = /[^\0-\xff]/;

/** V8 takes two bytes for every character of a text where one of them needs two. */
export function memoryOfText(text: string): number {
  return TEXT_OVERHEAD + text.length * (IS_WIDE.test(text) ? 2 : 1);
}

/** For plain data: an object counts once however often it occurs, a text counts each time. */
export function memoryOf(value: unknown, seen = new Set<object>()): number {
  if (typeof value === 'string') return memoryOfText(value);
  if (typeof value === 'number') return value === (value | 0) ? 0 : NUMBER;
  if (typeof value !== 'object' || value === null || seen.has(value)) return 0;
  seen.add(value);
  const parts: unknown[] = Object.values(value);
  let bytes = OBJECT + parts.length * slotOf(value, parts.length);
  for (const part of parts) bytes += memoryOf(part, seen);
  return bytes;
}

function slotOf(value: object, parts: number): number {
  if (Array.isArray(value)) return ITEM;
  return parts > MANY ? PROPERTY_OF_MANY : PROPERTY;
}

/**
 * A copy, for values that are kept: V8 makes a substring as a pointer into its text, so that an id of thirteen
 * characters keeps a request of a megabyte in memory.
 */
export function inOwnMemory<T>(json: T): T {
  return JSON.parse(JSON.stringify(json));
}
