// An LRU cache bounded in bytes that counts the entries which it has dropped to make room for others.
import { LRUCache } from 'lru-cache';

export interface CacheUse {
  /** Estimated from above. */
  readonly bytes: number;
  readonly entries: number;
  /** So far. */
  readonly evictions: number;
}

export interface MeasuredLru<Value extends object | string> {
  readonly entries: LRUCache<string, Value>;
  use(): CacheUse;
}

interface MeasuredLruOptions<Value> {
  readonly maxSize: number;
  readonly max?: number;
  readonly ttlResolution?: number;
  readonly sizeCalculation?: (value: Value, key: string) => number;
  readonly dispose?: (value: Value) => void;
}

export function measuredLru<Value extends object | string>(
  options: MeasuredLruOptions<Value>,
): MeasuredLru<Value> {
  let evictions = 0;
  const entries = new LRUCache<string, Value>({
    ...options,
    dispose(value, _, reason) {
      if (reason === 'evict') evictions += 1;
      options.dispose?.(value);
    },
  });
  const use = () => ({ bytes: entries.calculatedSize, entries: entries.size, evictions });
  return { entries, use };
}
