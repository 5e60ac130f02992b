// How deep JSON may be nested: what is deeper parses, but cannot be written again, and would take the
// whole response with it.
import { isJsonList, type Json } from '../../domain/model.js';

/** Far deeper than any specification of a job; writing fails at a few thousand. */
export const MAX_DEPTH = 500;

/** Every value of every answer comes by here, so that it makes neither a list of the parts nor a closure. */
export function isDeeperThan(value: Json | undefined, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  if (isJsonList(value)) return isAnyDeeperThan(value, depth - 1);
  for (const key in value) if (isDeeperThan(value[key], depth - 1)) return true;
  return false;
}

function isAnyDeeperThan(values: readonly Json[], depth: number): boolean {
  for (const value of values) if (isDeeperThan(value, depth)) return true;
  return false;
}
