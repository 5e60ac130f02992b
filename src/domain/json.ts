// Text that should be JSON.

/** undefined: not JSON, which no JSON text parses to. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The same, for whatever is kept: V8 cuts a string from a text by pointing into it, so that an id of thirteen
 * characters keeps a request of a megabyte.
 */
export function inOwnMemory<T>(json: T): T {
  return JSON.parse(JSON.stringify(json));
}
