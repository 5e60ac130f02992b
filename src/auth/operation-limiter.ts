// Limits the requests per second of a caller, or of an address without a caller name. Redis counts them for all
// replicas; without Redis each replica counts for itself. It does not know the operations.
import { createHash } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import type { RedisConnection } from '../redis/connection.js';
import { plainAddress } from './client-address.js';

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
  const local = new LocalCounts(monotonic);

  function exceeded(measured: number, leftMs: number): LimitExceeded | null {
    if (measured <= limit) return null;
    return { limit, measured, retryAfterMs: Math.max(1, Math.ceil(leftMs)) };
  }

  /** A request for which Redis gives no answer is counted in this process. */
  async function count(kind: 'caller' | 'address', name: string): Promise<LimitExceeded | null> {
    const shared = await redis?.ask('store', (client) => {
      // Redis does not hold the names of callers.
      const digest = createHash('sha256').update(name).digest('base64url');
      const counting = client.eval(COUNT, 1, `${NAME}:${kind}:${digest}`, WINDOW_MS);
      return counting as Promise<readonly [number, number]>;
    });
    const key = `${kind}:${name}`;
    if (shared === undefined) return exceeded(local.add(key), local.leftMs());
    const [measured, leftMs] = shared;
    local.set(key, measured);
    return exceeded(measured, leftMs);
  }

  return {
    countCaller: (name) => count('caller', name),
    countAddress: (address) => count('address', networkOf(address)),
    // The next request would be one more.
    addressLimit(address) {
      const measured = local.get(`address:${networkOf(address)}`);
      return measured < limit ? null : { limit, measured, retryAfterMs: Math.ceil(local.leftMs()) };
    },
  };
}

/**
 * All names share one window. A window begins with the first operation after the last window is over; then all
 * counts are cleared together, without a timer or a time for each name. The counts that a flood of requests
 * leaves are cleared at the next operation.
 */
class LocalCounts {
  readonly #monotonic;
  readonly #counts = new Map<string, number>();
  #startedAt = Number.NEGATIVE_INFINITY;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  get(key: string): number {
    this.leftMs();
    return this.#counts.get(key) ?? 0;
  }

  set(key: string, measured: number): void {
    this.leftMs();
    this.#counts.set(key, measured);
  }

  add(key: string): number {
    const measured = this.get(key) + 1;
    this.#counts.set(key, measured);
    return measured;
  }

  /** The rest of the window; begins a new one when it is over. */
  leftMs(): number {
    const at = this.#monotonic();
    if (at - this.#startedAt >= WINDOW_MS) {
      this.#startedAt = at;
      this.#counts.clear();
    }
    return WINDOW_MS - (at - this.#startedAt);
  }
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
