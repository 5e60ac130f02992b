// Limits the requests per second of a caller, or of an address without a caller name. Redis counts them for all
// replicas; without Redis each replica counts for itself. It does not know the operations.

import { sha256 } from '../lib/sha256.js';
import type { RedisConnection } from '../redis/connection.js';
import { networkOf } from './client-address.js';

export interface LimitExceeded {
  readonly limit: number;
  /** The requests of this second, including the refused ones. */
  readonly measured: number;
  readonly retryAfterMs: number;
}

/** Each call counts one request; null: it may proceed. */
export interface OperationLimiter {
  /** A caller with a name is counted by that name alone, from any address. */
  countCaller(name: string): Promise<LimitExceeded | null>;
  /** For a caller without a name, or a credential that is not valid. */
  countAddress(address: string): Promise<LimitExceeded | null>;
  /**
   * Whether the address has used up its limit, as far as this replica knows; counts nothing. A round trip to Redis
   * would cost more than the signature check that it may save.
   */
  addressLimit(address: string): LimitExceeded | null;
}

export interface OperationLimiterOptions {
  readonly perSecond: number;
  readonly redis: Pick<RedisConnection, 'ask'> | null;
  readonly monotonic: () => number;
}

const NAME = 'pai-model-graph:operations';
const WINDOW_MS = 1000;

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

export function createOperationLimiter(options: OperationLimiterOptions): OperationLimiter {
  const { perSecond: limit, redis, monotonic } = options;
  /** Of this replica. All names share one window, so that one step clears the counts of a flood. */
  const counts = { caller: new Map<string, number>(), address: new Map<string, number>() };
  let startedAt = Number.NEGATIVE_INFINITY;

  /** The milliseconds that are left of the window; begins a new one when it is over. */
  function leftInWindow(): number {
    const at = monotonic();
    if (at - startedAt >= WINDOW_MS) {
      startedAt = at;
      counts.caller.clear();
      counts.address.clear();
    }
    return WINDOW_MS - (at - startedAt);
  }

  /** A request for which Redis gives no answer is counted in this process. */
  async function count(kind: 'caller' | 'address', name: string): Promise<LimitExceeded | null> {
    const shared = await redis?.ask((client) => {
      // Redis does not hold the names of callers.
      const digest = sha256(name, 'base64url');
      const counting = client.eval(COUNT, 1, `${NAME}:${kind}:${digest}`, WINDOW_MS);
      return counting as Promise<readonly [number, number]>;
    });
    const leftHere = leftInWindow();
    const [measured, leftMs] = shared ?? [(counts[kind].get(name) ?? 0) + 1, leftHere];
    counts[kind].set(name, measured);
    if (measured <= limit) return null;
    return { limit, measured, retryAfterMs: Math.max(1, Math.ceil(leftMs)) };
  }

  return {
    countCaller: (name) => count('caller', name),
    countAddress: (address) => count('address', networkOf(address)),
    addressLimit(address) {
      const leftMs = leftInWindow();
      const measured = counts.address.get(networkOf(address)) ?? 0;
      // The next request would be one more.
      return measured < limit ? null : { limit, measured, retryAfterMs: Math.ceil(leftMs) };
    },
  };
}
