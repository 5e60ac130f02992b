// Limits the requests per second of a caller, or of an address without a caller name. Redis counts them for all
// replicas; without Redis each replica counts for itself. It does not know the operations.
import { createHash } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import type { MaybePromise } from '../domain/maybe-promise.js';
import type { RedisConnection } from '../redis/connection.js';
import { plainAddress } from './client-address.js';

export interface TooMany {
  readonly limit: number;
  /** The requests of this second, including the refused ones. */
  readonly measured: number;
  readonly retryAfterMs: number;
}

/** Each call counts one request; null: it may proceed. Without Redis the answer is immediate. */
export interface OperationLimiter {
  /** A caller with a name is counted by that name alone, from any address. */
  countCaller(name: string): MaybePromise<TooMany | null>;
  /** For a caller without a name, or a credential that was wrong. */
  countAddress(address: string): MaybePromise<TooMany | null>;
  /** Whether the address has used up its limit, as far as this replica knows; counts nothing. */
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
  /** Stores a count that Redis gave for all replicas. */
  noteAddress(address: string, measured: number): void;
}

/**
 * All names share one window. A window begins with the first operation after the last window is over; then all
 * counts are cleared together, without a timer or a time for each name. The counts that a flood of requests
 * leaves are cleared at the next operation.
 */
function countHere(limit: number, monotonic: () => number): LocalCounts {
  const callers = new Map<string, number>();
  const addresses = new Map<string, number>();
  // Finding the network of an IPv6 address takes longer than all other work of the limiter.
  const networks = new Map<string, string>();
  let startedAt = Number.NEGATIVE_INFINITY;

  /** Gives the time since the window began. */
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

/** The window begins when the key is created. KEYS: count. ARGV: window. Gives the count and the milliseconds left. */
const COUNT = `
local measured = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {measured, left}
`;

/** A request for which Redis gives no answer is counted in this process. */
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
    // This uses the latest count that the replica has seen: Redis costs a round trip, more than verifying a signature.
    isAddressSpent: here.isAddressSpent,
  };
}

/** Redis does not hold the names of callers. */
function digest(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}

/** The holder of an IPv6 address has its whole /64 and may use any address of it. */
export function networkOf(address: string): string {
  if (isIPv4(address)) return address;
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [left = [], right = []] = plain.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = plain.includes('::') ? Math.max(0, 8 - left.length - right.length) : 0;
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
