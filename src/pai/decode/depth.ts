// How deep JSON may be nested: what is deeper parses, but cannot be written again, and would take the
// whole response with it.

/** Far deeper than any specification of a job; writing fails at a few thousand. */
export const MAX_DEPTH = 500;

export function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((part) => isDeeperThan(part, depth - 1));
}
