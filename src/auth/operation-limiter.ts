// How many operations a caller and an address may send in a second, counted here or in Redis for all
// replicas; without Redis each counts for itself. It knows no operation.
import { createHash } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import type { RedisConnection } from '../redis/connection.js';

export interface TooMany {
  readonly limit: number;
  /** Operations of this second, the refused ones too. */
  readonly measured: number;
  readonly retryAfterMs: number;
}

export interface OperationLimiter {
  /**
   * Counts one operation; null: it may go on. `caller` null: who asks has no name, and only the address
   * counts. What a caller has too much of is not held against others at the same address.
   */
  take(caller: string | null, address: string): Promise<TooMany | null>;
}

export interface OperationLimiterOptions {
  readonly perSecond: number;
  readonly redis: Pick<RedisConnection, 'ask'> | null;
}

const NAME = 'pai-model-graph:operations';

export function createOperationLimiter({
  perSecond,
  redis,
}: OperationLimiterOptions): OperationLimiter {
  const counting = { points: perSecond, duration: 1, keyPrefix: NAME };
  const memory = new RateLimiterMemory(counting);
  const counter =
    redis === null
      ? memory
      : new RateLimiterRedis({
          ...counting,
          storeClient: storeClient(redis),
          insuranceLimiter: memory,
        });
  const takeOf = async (kind: string, name: string): Promise<TooMany | null> => {
    const key = `${kind}:${redis === null ? name : digest(name)}`;
    const refusal = await refusalOf(counter, key);
    if (refusal === null) return null;
    const { consumedPoints, msBeforeNext } = refusal;
    return { limit: perSecond, measured: consumedPoints, retryAfterMs: Math.max(1, msBeforeNext) };
  };
  return {
    async take(caller, address) {
      const tooMany = caller === null ? null : await takeOf('caller', caller);
      return tooMany ?? takeOf('address', networkOf(address));
    },
  };
}

/** Names of callers do not stand in Redis. */
function digest(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}

async function refusalOf(counter: RateLimiterAbstract, key: string) {
  try {
    await counter.consume(key);
    return null;
  } catch (error) {
    if (error instanceof RateLimiterRes) return error;
    throw error;
  }
}

/**
 * Redis as RateLimiterRedis wants it, with the patience of `ask`: it names its one script, then runs it by
 * that name. What Redis does not answer is thrown, which makes it turn to its insurance.
 */
function storeClient(redis: Pick<RedisConnection, 'ask'>) {
  let script = '';
  return {
    defineCommand(_name: string, { lua }: { readonly lua: string }) {
      script = lua;
    },
    async rlflxIncr([key = '', ...values]: readonly string[]): Promise<unknown> {
      const counted = await redis.ask((client) => client.eval(script, 1, key, ...values));
      if (counted === undefined) throw new Error('Redis did not count.');
      return counted;
    },
  };
}

/** Whoever has an IPv6 address has its whole /64, and can come from any of it. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (isIPv4(plain) || !isIPv6(plain)) return plain;
  const [left = [], right = []] = plain.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = plain.includes('::') ? Math.max(0, 8 - left.length - right.length) : 0;
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
