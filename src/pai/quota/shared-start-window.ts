// The same window for all replicas of an account, in Redis. While Redis does not work, each replica uses only its own
// share (decision 22).
import type { RedisConnection } from '../../redis/connection.js';
import { type LocalStartWindow, type StartWindow, WINDOW_MS } from './start-window.js';

/**
 * Uses Redis's clock, which all replicas share. KEYS: starts, pause. ARGV: window, rate, lease, unique member.
 * Gives the milliseconds to wait, where 0 means that a start is taken, and 1 if a pause causes the wait. A start has
 * a time in the future until it has left: a replica that stands still may send it at any time until then.
 */
const RESERVE = `
local paused = redis.call('PTTL', KEYS[2])
if paused > 0 then return {paused, 1} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window, rate, lease = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
if redis.call('ZCARD', KEYS[1]) < rate then
  redis.call('ZADD', KEYS[1], now + lease, ARGV[4])
  redis.call('PEXPIRE', KEYS[1], window + lease)
  return {0, 0}
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {math.max(1, math.min(window, oldest[2] + window - now)), 0}
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

/**
 * Replicas reconnect to Redis at different times, since they try a connection every half second. For this time after
 * Redis is back, each uses only its share: others may still start calls without Redis, or may have just done so.
 */
export const SETTLE_MS = 3000;
/** A start that was reserved in Redis may leave this much later, over a connection that is made for it. */
const LEAVING_MS = 250;
/** The wait before Redis is asked again when it works but no answer was read, since this process stood still. */
const AGAIN_MS = 20;

export interface SharedStartWindowOptions {
  readonly redis: Pick<RedisConnection, 'ask' | 'state' | 'changedAt'>;
  /** Identifies the account and the operation. */
  readonly name: string;
  readonly ratePerSecond: number;
  /** This replica's share of the rate while Redis does not work. */
  readonly rateAlone: number;
  readonly local: LocalStartWindow;
  readonly unique: () => string;
  readonly windowMs?: number;
  /** The longest time from the reservation of a start until it leaves. */
  readonly leaseMs: number;
  /** The same clock as that of `redis`. */
  readonly monotonic: () => number;
}

export function createSharedStartWindow(options: SharedStartWindowOptions): StartWindow {
  const { redis, local, rateAlone } = options;
  const inRedis = createReservations(options);
  // The names of the starts in Redis; null: made without Redis.
  const unsent: (string | null)[] = [];
  const rate = () => currentRate(options);

  function takeAlone(): number {
    if (redis.state().kind === 'up') return AGAIN_MS;
    const waitMs = untilAloneMs(options) || local.take(rateAlone);
    if (waitMs === 0) unsent.push(null);
    return waitMs;
  }

  return {
    takeNow: () => false,
    async reserve() {
      // Whether or not Redis grants a start, this replica alone must not exceed the rate.
      const ownMs = local.take(rate());
      if (ownMs > 0) return ownMs;
      const reserved = await inRedis.reserve();
      if (reserved?.waitMs === 0) {
        unsent.push(reserved.start);
        return 0;
      }
      local.giveBack();
      if (reserved === undefined) return takeAlone();
      if (reserved.isPause) local.pause(reserved.waitMs);
      return reserved.waitMs;
    },
    giveBack() {
      local.giveBack();
      inRedis.giveBack(unsent.pop() ?? null);
    },
    sent() {
      local.sent();
      inRedis.sent(unsent.shift() ?? null);
    },
    sentAgain() {
      local.sentAgain();
      inRedis.sent(options.unique());
    },
    pause(ms) {
      local.pause(ms);
      inRedis.pause(ms);
    },
    pausedMs: local.pausedMs,
    left: () => local.left(rate()),
    leastWaitMs: (count) => local.leastWaitMs(count, rate()),
  };
}

/** The full rate, but only when Redis has worked long enough for all replicas to count in it. */
function currentRate({
  redis,
  ratePerSecond,
  rateAlone,
  monotonic,
}: SharedStartWindowOptions): number {
  const isSettled = redis.state().kind === 'up' && monotonic() - redis.changedAt() >= SETTLE_MS;
  return isSettled ? ratePerSecond : rateAlone;
}

/**
 * The starts that all replicas have made through Redis stay in PAI's window for a while after Redis fails, and one
 * replica may have made them all. A replica whose share is the full rate does not wait for the others.
 */
function untilAloneMs(options: SharedStartWindowOptions): number {
  const { redis, ratePerSecond, rateAlone, windowMs = WINDOW_MS, monotonic } = options;
  if (rateAlone === ratePerSecond) return 0;
  return Math.max(0, redis.changedAt() + windowMs + LEAVING_MS - monotonic());
}

interface Reserved {
  readonly start: string;
  readonly waitMs: number;
  readonly isPause: boolean;
}

/** The scripts, under the names of this window. */
function createReservations(options: SharedStartWindowOptions) {
  const { redis, name, ratePerSecond, leaseMs, unique, windowMs = WINDOW_MS } = options;
  const startsKey = `pai-model-graph:quota:${name}`;
  const pauseKey = `${startsKey}:pause`;
  const giveBack = (start: string | null) => {
    if (start === null) return;
    void redis.ask('remove', (client) => client.zrem(startsKey, start));
  };
  return {
    giveBack,
    /** undefined: Redis has not answered. */
    async reserve(): Promise<Reserved | undefined> {
      const start = unique();
      const numbers = [windowMs, ratePerSecond, leaseMs];
      return await redis.ask(
        'store',
        async (client) => {
          const reply = await client.eval(RESERVE, 2, startsKey, pauseKey, ...numbers, start);
          return { start, ...decodeReply(reply) };
        },
        // The answer is late, and no call waits for the start any more.
        ({ waitMs }) => giveBack(waitMs === 0 ? start : null),
      );
    },
    sent(start: string | null) {
      if (start === null) return;
      const keepMs = windowMs + leaseMs;
      void redis.ask('store', (client) => client.eval(SENT, 1, startsKey, keepMs, start));
    },
    pause(ms: number) {
      if (ms <= 0) return;
      void redis.ask('store', (client) => client.eval(PAUSE, 1, pauseKey, Math.ceil(ms)));
    },
  };
}

/** A reply of another form does not come from this script. */
function decodeReply(reply: unknown): Omit<Reserved, 'start'> {
  const [waitMs, isPause] = Array.isArray(reply) ? reply : [];
  if (typeof waitMs !== 'number') throw new Error('Redis has not run the script.');
  return { waitMs, isPause: isPause === 1 };
}
