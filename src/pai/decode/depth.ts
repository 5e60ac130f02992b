// How deep JSON may be nested: what is deeper parses, but cannot be written again, and would take the
// whole response with it.

/** Far deeper than any specification of a job; writing fails at a few thousand. */
export const MAX_DEPTH = 500;

export function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  if (Array.isArray(value)) return value.some((part) => isDeeperThan(part, depth - 1));
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && isDeeperThan(part, depth - 1)) return true;
  }
  return false;
}
