// Parses text that should be JSON, and copies JSON.

/** undefined: the text is not JSON; a JSON text never parses to undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * A copy, for values that are kept: V8 makes a substring as a pointer into its text, so that an id of thirteen
 * characters keeps a request of a megabyte in memory.
 */
export function inOwnMemory<T>(json: T): T {
  return JSON.parse(JSON.stringify(json));
}
