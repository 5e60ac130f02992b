// How many requests a caller, and an address without one, may send in a second, counted here or in Redis for all
// replicas; without Redis each counts for itself. It knows no operation.
import { createHash } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import type { MaybePromise } from '../domain/maybe-promise.js';
import type { RedisConnection } from '../redis/connection.js';
import { plainAddress } from './client-address.js';

export interface TooMany {
  readonly limit: number;
  /** Of this second, the refused ones too. */
  readonly measured: number;
  readonly retryAfterMs: number;
}

/** Each counts one; null: it may go on. Without Redis that is known at once. */
export interface OperationLimiter {
  /** A caller with a name is counted by that name alone, from wherever it asks. */
  countCaller(name: string): MaybePromise<TooMany | null>;
  /** A caller without a name, or a credential that was wrong. */
  countAddress(address: string): MaybePromise<TooMany | null>;
  /** Whether the address has no more left, as far as that is known here; counts nothing. */
  isAddressSpent(address: string): TooMany | null;
}

export interface OperationLimiterOptions {
  readonly perSecond: number;
  readonly redis: Pick<RedisConnection, 'ask'> | null;
  readonly monotonic: () => number;
}

const NAME = 'pai-model-graph:operations';
const WINDOW_MS = 1000;

export function createOperationLimiter({
  perSecond,
  redis,
  monotonic,
}: OperationLimiterOptions): OperationLimiter {
  const here = countHere(perSecond, monotonic);
  return redis === null ? here : countInRedis(redis, here);
}

interface LocalCounts extends OperationLimiter {
  readonly limit: number;
  countCaller(name: string): TooMany | null;
  countAddress(address: string): TooMany | null;
  /** Counted elsewhere, with others. */
  noteAddress(address: string, measured: number): void;
}

/**
 * One window for all names, which begins with the first operation after the last one is over: so all counts
 * go at once, without a timer or a time for each name. What a flood leaves goes with the next operation.
 */
function countHere(limit: number, monotonic: () => number): LocalCounts {
  const callers = new Map<string, number>();
  const addresses = new Map<string, number>();
  // To find the network of an IPv6 address takes longer than all else that is done here.
  const networks = new Map<string, string>();
  let startedAt = Number.NEGATIVE_INFINITY;

  /** Gives how long the window has been running. */
  function enterWindow(): number {
    const at = monotonic();
    const runningMs = at - startedAt;
    if (runningMs < WINDOW_MS) return runningMs;
    startedAt = at;
    for (const known of [callers, addresses, networks]) known.clear();
    return 0;
  }

  function count(counts: Map<string, number>, name: string, runningMs: number): TooMany | null {
    const measured = (counts.get(name) ?? 0) + 1;
    counts.set(name, measured);
    return measured <= limit ? null : tooMany(measured, runningMs);
  }

  function tooMany(measured: number, runningMs: number): TooMany {
    return { limit, measured, retryAfterMs: Math.ceil(WINDOW_MS - runningMs) };
  }

  function network(address: string): string {
    const known = networks.get(address) ?? networkOf(address);
    networks.set(address, known);
    return known;
  }

  return {
    limit,
    countCaller: (name) => count(callers, name, enterWindow()),
    countAddress(address) {
      const runningMs = enterWindow();
      return count(addresses, network(address), runningMs);
    },
    isAddressSpent(address) {
      const runningMs = enterWindow();
      const measured = addresses.get(network(address)) ?? 0;
      return measured < limit ? null : tooMany(measured, runningMs);
    },
    noteAddress(address, measured) {
      enterWindow();
      addresses.set(network(address), measured);
    },
  };
}

/** The window begins with the key. KEYS: count. ARGV: window. Gives the count and the milliseconds left. */
const COUNT = `
local measured = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {measured, left}
`;

/** What Redis does not answer is counted here. */
function countInRedis(redis: Pick<RedisConnection, 'ask'>, here: LocalCounts): OperationLimiter {
  const { limit } = here;

  async function count(key: string): Promise<readonly [number, number] | undefined> {
    return redis.ask(
      'store',
      (client) =>
        client.eval(COUNT, 1, `${NAME}:${key}`, WINDOW_MS) as Promise<readonly [number, number]>,
    );
  }

  function judge([measured, left]: readonly [number, number]): TooMany | null {
    return measured <= limit ? null : { limit, measured, retryAfterMs: Math.max(1, left) };
  }

  return {
    async countCaller(name) {
      const counted = await count(`caller:${digest(name)}`);
      return counted === undefined ? here.countCaller(name) : judge(counted);
    },
    async countAddress(address) {
      const counted = await count(`address:${digest(networkOf(address))}`);
      if (counted === undefined) return here.countAddress(address);
      here.noteAddress(address, counted[0]);
      return judge(counted);
    },
    // By the latest count that this replica has seen: to ask costs a round trip, a signature that is verified less.
    isAddressSpent: here.isAddressSpent,
  };
}

/** Names of callers do not stand in Redis. */
function digest(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}

/** An IPv6 address comes with its whole /64, any of which may be used. */
export function networkOf(address: string): string {
  if (isIPv4(address)) return address;
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [left = [], right = []] = plain.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = plain.includes('::') ? Math.max(0, 8 - left.length - right.length) : 0;
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
