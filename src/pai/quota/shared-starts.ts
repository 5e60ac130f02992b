// The starts of all replicas in Redis, each under a unique name, and what a replica may do while Redis does not work
// (decision 22).
import type { RedisConnection } from '../../redis/connection.js';

/**
 * Replicas reconnect to Redis at different times, since they try a connection four times a second. For this time after
 * Redis is back, each uses only its share: others may still start calls without Redis, or may have just done so.
 */
export const SETTLE_MS = 2000;
/** A start that was reserved in Redis may leave this much later, over a connection that is made for it. */
const LEAVING_MS = 250;
/** The wait before Redis is asked again when it works but no answer was read, since this process stood still. */
const AGAIN_MS = 20;

export interface Rate {
  readonly ratePerSecond: number;
  readonly windowMs: number;
  /** The same clock as that of Redis's connection. */
  readonly monotonic: () => number;
}

export interface SharedOptions {
  readonly redis: Pick<RedisConnection, 'ask' | 'state' | 'changedAt'>;
  /** Identifies the account and the operation. */
  readonly name: string;
  /** This replica's share of the rate while Redis does not work. */
  readonly rateAlone: number;
  /** The longest time from the reservation of a start until it leaves. */
  readonly leaseMs: number;
}

/**
 * Uses Redis's clock, which all replicas share. KEYS: starts, pause. ARGV: window, rate, lease, unique member.
 * Gives the milliseconds to wait, where 0 means that a start is taken, 1 if a pause causes the wait, and the starts that
 * are taken. A start has a time in the future until it has left: a replica that stands still may send it at any time
 * until then.
 */
const RESERVE = `
local paused = redis.call('PTTL', KEYS[2])
if paused > 0 then return {paused, 1, 0} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window, rate, lease = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local taken = redis.call('ZCARD', KEYS[1])
if taken < rate then
  redis.call('ZADD', KEYS[1], now + lease, ARGV[4])
  redis.call('PEXPIRE', KEYS[1], window + lease)
  return {0, 0, taken + 1}
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {math.max(1, math.min(window, oldest[2] + window - now)), 0, taken}
`;

/** KEYS: starts. ARGV: window and lease, member. */
const SENT = `
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
`;

/** The longer of two pauses applies. KEYS: pause. ARGV: milliseconds, at least 1. */
const PAUSE = `
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
end
`;

interface Reserved {
  readonly waitMs: number;
  readonly isPause: boolean;
  /** The starts of all replicas in the window. */
  readonly taken: number;
}

export class SharedStarts {
  readonly #options;
  readonly #startsKey;
  readonly #pauseKey;

  constructor(options: SharedOptions & Rate) {
    this.#options = options;
    // The braces put both keys into one slot of a cluster.
    this.#startsKey = `pai-model-graph:quota:{${options.name}}`;
    this.#pauseKey = `${this.#startsKey}:pause`;
  }

  /** The full rate, but only when Redis has worked long enough for all replicas to count in it. */
  rate(): number {
    const { redis, ratePerSecond, rateAlone, monotonic } = this.#options;
    const isSettled = redis.state().kind === 'up' && monotonic() - redis.changedAt() >= SETTLE_MS;
    return isSettled ? ratePerSecond : rateAlone;
  }

  /**
   * The wait until starts without Redis are allowed, when Redis has given no answer. The starts that all replicas have
   * made through Redis stay in PAI's window for a while after Redis fails, and one replica may have made them all. A
   * replica whose share is the full rate does not wait for the others.
   */
  untilAloneMs(): number {
    const { redis, ratePerSecond, rateAlone, windowMs, monotonic } = this.#options;
    if (redis.state().kind === 'up') return AGAIN_MS;
    if (rateAlone === ratePerSecond) return 0;
    return Math.max(0, redis.changedAt() + windowMs + LEAVING_MS - monotonic());
  }

  /** undefined: Redis has not answered. */
  async reserve(name: string): Promise<Reserved | undefined> {
    const { redis, ratePerSecond, windowMs, leaseMs } = this.#options;
    const keys = [this.#startsKey, this.#pauseKey];
    return await redis.ask(
      async (client) =>
        decodeReply(await client.eval(RESERVE, 2, ...keys, windowMs, ratePerSecond, leaseMs, name)),
      // Without an answer in time, no call waits for the start any more.
      (client) => client.zrem(this.#startsKey, name),
    );
  }

  giveBack(name: string): void {
    void this.#options.redis.ask((client) => client.zrem(this.#startsKey, name));
  }

  sent(name: string): void {
    const { redis, windowMs, leaseMs } = this.#options;
    const keepMs = windowMs + leaseMs;
    void redis.ask((client) => client.eval(SENT, 1, this.#startsKey, keepMs, name));
  }

  pause(ms: number): void {
    const { redis } = this.#options;
    void redis.ask((client) => client.eval(PAUSE, 1, this.#pauseKey, Math.ceil(ms)));
  }
}

/** A reply of another form does not come from this script. */
function decodeReply(reply: unknown): Reserved {
  const [waitMs, isPause, taken] = Array.isArray(reply) ? reply : [];
  if (typeof waitMs !== 'number' || typeof taken !== 'number')
    throw new Error('Redis has not run the script.');
  return { waitMs, isPause: isPause === 1, taken };
}
