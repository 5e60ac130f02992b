// How many operations a caller and an address may send in a second, counted here or in Redis for all
// replicas; without Redis each counts for itself. It knows no operation.
import { createHash } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { isPromise, type MaybePromise } from '../domain/maybe-promise.js';
import type { RedisConnection } from '../redis/connection.js';

export interface TooMany {
  readonly limit: number;
  /** Operations of this second, the refused ones too. */
  readonly measured: number;
  readonly retryAfterMs: number;
}

export interface OperationLimiter {
  /**
   * Counts one operation; null: it may go on. Without Redis that is known at once. `caller` null: who asks
   * has no name, and only the address counts. What a caller has too much of is not held against others at
   * the same address.
   */
  take(caller: string | null, address: string): MaybePromise<TooMany | null>;
}

export interface OperationLimiterOptions {
  readonly perSecond: number;
  readonly redis: Pick<RedisConnection, 'ask'> | null;
  /** Milliseconds since whenever, and never back, as the clock on the wall may go. */
  readonly now?: () => number;
}

const NAME = 'pai-model-graph:operations';
const WINDOW_MS = 1000;

export function createOperationLimiter({
  perSecond,
  redis,
  now = () => performance.now(),
}: OperationLimiterOptions): OperationLimiter {
  const here = countHere(perSecond, now);
  const counts = redis === null ? here : countInRedis(perSecond, redis, here);
  return {
    take(caller, address) {
      const refusal = caller === null ? null : counts.caller(caller);
      if (isPromise<TooMany | null>(refusal)) {
        return refusal.then((tooMany) => tooMany ?? counts.address(address));
      }
      return refusal ?? counts.address(address);
    },
  };
}

interface Counts {
  caller(name: string): MaybePromise<TooMany | null>;
  address(address: string): MaybePromise<TooMany | null>;
}

/**
 * One window for all names, which begins with the first operation after the last one is over: so all counts
 * go at once, without a timer or a time for each name. What a flood leaves goes with the next operation.
 */
function countHere(limit: number, now: () => number): Counts {
  const callers = new Map<string, number>();
  const addresses = new Map<string, number>();
  // To find the network of an IPv6 address takes longer than all else that is done here.
  const networks = new Map<string, string>();
  let startedAt = Number.NEGATIVE_INFINITY;

  /** Gives how long the window has been running. */
  function enterWindow(): number {
    const at = now();
    if (at - startedAt < WINDOW_MS) return at - startedAt;
    startedAt = at;
    for (const known of [callers, addresses, networks]) known.clear();
    return 0;
  }

  function count(counts: Map<string, number>, name: string, runningMs: number): TooMany | null {
    const measured = (counts.get(name) ?? 0) + 1;
    counts.set(name, measured);
    if (measured <= limit) return null;
    return { limit, measured, retryAfterMs: Math.ceil(WINDOW_MS - runningMs) };
  }

  return {
    caller: (name) => count(callers, name, enterWindow()),
    address(address) {
      const runningMs = enterWindow();
      const network = networks.get(address) ?? networkOf(address);
      networks.set(address, network);
      return count(addresses, network, runningMs);
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
function countInRedis(limit: number, redis: Pick<RedisConnection, 'ask'>, here: Counts): Counts {
  async function count(key: string): Promise<TooMany | null | undefined> {
    const counted = await redis.ask(
      'store',
      (client) =>
        client.eval(COUNT, 1, `${NAME}:${key}`, WINDOW_MS) as Promise<readonly [number, number]>,
    );
    if (counted === undefined) return undefined;
    const [measured, left] = counted;
    return measured <= limit ? null : { limit, measured, retryAfterMs: Math.max(1, left) };
  }

  return {
    async caller(name) {
      const refusal = await count(`caller:${digest(name)}`);
      return refusal === undefined ? here.caller(name) : refusal;
    },
    async address(address) {
      const refusal = await count(`address:${digest(networkOf(address))}`);
      return refusal === undefined ? here.address(address) : refusal;
    },
  };
}

/** Names of callers do not stand in Redis. */
function digest(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}

const IPV4_MAPPED = '::ffff:';

/** A client that has one IPv6 address has its whole /64, and can come from any of it. */
export function networkOf(address: string): string {
  if (isIPv4(address)) return address;
  const [plain = ''] = address.split('%', 1);
  const mapped = plain.toLowerCase().startsWith(IPV4_MAPPED) ? plain.slice(IPV4_MAPPED.length) : '';
  if (isIPv4(mapped)) return mapped;
  if (!isIPv6(plain)) return plain;
  const [left = [], right = []] = plain.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = plain.includes('::') ? Math.max(0, 8 - left.length - right.length) : 0;
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
