// Keeps JSON in Redis, shared by replicas. It leaves undone the work that it cannot do in time.

import { isJsonList, MAX_DEPTH, parseExactly, stringifyExactly } from '../lib/json.js';
import { type Clock, dateOf, momentOf } from '../lib/time.js';
import type { RedisConnection } from '../redis/connection.js';
import { type Entry, type EntryType, nameOf } from './entry.js';

interface RedisStoreOptions {
  readonly redis: Pick<RedisConnection, 'ask'>;
  readonly keepForMs: (entry: Entry<unknown>) => number;
  readonly clock: Clock;
}

export interface RedisStore {
  getMany<T>(type: EntryType<T>, keys: readonly string[]): Promise<(Entry<T> | undefined)[]>;
  /** Redis keeps the entry that is written last. Rejects where a value cannot be written. */
  setMany<T>(type: EntryType<T>, entries: ReadonlyMap<string, Entry<T>>): Promise<void>;
  deleteMany<T>(type: EntryType<T>, keys: readonly string[]): Promise<void>;
}

export function createRedisStore({ redis, keepForMs, clock }: RedisStoreOptions): RedisStore {
  return {
    async getMany(type, keys) {
      if (keys.length === 0) return [];
      const names = keys.map((key) => redisKey(type, key));
      // The keys of a cluster are on several nodes.
      const texts = await redis.ask((client) =>
        client.isCluster ? Promise.all(names.map((name) => client.get(name))) : client.mget(names),
      );
      return keys.map((_, index) => parseEntry(type, texts?.[index], clock));
    },
    async setMany(type, entries) {
      // Written before Redis is asked: Redis is not at fault for a value that cannot be written.
      const texts = [...entries]
        .map(([key, entry]) => ({
          name: redisKey(type, key),
          text: writeEntry(type, entry, clock),
          ttlMs: Math.ceil(keepForMs(entry)),
        }))
        .filter(({ ttlMs }) => ttlMs > 0);
      await redis.ask((client) =>
        Promise.all(texts.map(({ name, text, ttlMs }) => client.set(name, text, 'PX', ttlMs))),
      );
    },
    async deleteMany(type, keys) {
      if (keys.length === 0) return;
      const names = keys.map((key) => redisKey(type, key));
      await redis.ask<unknown>((client) =>
        client.isCluster ? Promise.all(names.map((name) => client.del(name))) : client.del(names),
      );
    },
  };
}

function redisKey<T>(type: EntryType<T>, key: string): string {
  return `pai-model-graph:cache:${nameOf(type, key)}`;
}

/** Written with a date, since replicas share no monotonic clock. */
function writeEntry<T>(
  type: EntryType<T>,
  { value, requestId, fetchedAt }: Entry<T>,
  clock: Clock,
) {
  const date = Math.round(dateOf(fetchedAt, clock));
  const parts = [date, requestId, value === null ? null : type.write(value)];
  return stringifyExactly(parts) ?? '';
}

/** The levels around an answer: the list, and the page with its items. */
const MAX_STORED_DEPTH = MAX_DEPTH + 5;

/** Other programs may write to the same Redis: a value that is not an entry counts as absent. */
function parseEntry<T>(
  type: EntryType<T>,
  text: string | null | undefined,
  clock: Clock,
): Entry<T> | undefined {
  if (typeof text !== 'string') return undefined;
  const parsed = parseExactly(text, MAX_STORED_DEPTH);
  if (parsed === undefined || parsed.isTooDeep || !isJsonList(parsed.value)) return undefined;
  const [date, requestId, stored] = parsed.value;
  const value = stored === null ? null : type.read(stored);
  if (typeof date !== 'number' || value === undefined) return undefined;
  const fetchedAt = momentOf(date, clock);
  return { value, fetchedAt, requestId: typeof requestId === 'string' ? requestId : null };
}
