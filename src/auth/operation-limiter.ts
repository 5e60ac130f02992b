// How many operations a caller and an address may send in a second, counted here or in Redis for all
// replicas; without Redis each counts for itself. It knows no operation.
import { createHash } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
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
  const nameOf = redis === null ? (name: string) => name : digest;
  return {
    async take(caller, address) {
      try {
        if (caller !== null) await counter.consume(`caller:${nameOf(caller)}`);
        await counter.consume(`address:${nameOf(networkOf(address))}`);
        return null;
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        const { consumedPoints: measured, msBeforeNext } = error;
        return { limit: perSecond, measured, retryAfterMs: Math.max(1, msBeforeNext) };
      }
    },
  };
}

/** Names of callers do not stand in Redis. */
function digest(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
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
  if (isIPv4(address)) return address;
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (isIPv4(plain) || !isIPv6(plain)) return plain;
  const [left = [], right = []] = plain.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = plain.includes('::') ? Math.max(0, 8 - left.length - right.length) : 0;
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
