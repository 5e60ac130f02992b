// The same window for all replicas of an account, in Redis; without Redis each keeps its own.
import type { RedisConnection } from '../../redis/connection.js';
import { type StartWindow, WINDOW_MS } from './start-window.js';

/**
 * By Redis's clock, which all replicas share. KEYS: starts, pause. ARGV: window and rate, unique member.
 * Gives 0 and takes a start, or the milliseconds to wait.
 */
const RESERVE = `
local paused = redis.call('PTTL', KEYS[2])
if paused > 0 then return paused end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
if redis.call('ZCARD', KEYS[1]) < rate then
  redis.call('ZADD', KEYS[1], now, ARGV[3])
  redis.call('PEXPIRE', KEYS[1], window)
  return 0
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return math.max(1, oldest[2] + window - now)
`;

/** KEYS: starts. ARGV: window, member. */
const SENT = `
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
`;

/** The longer of two pauses holds. KEYS: pause. ARGV: milliseconds, at least 1. */
const PAUSE = `
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
end
`;

export interface SharedStartWindowOptions {
  readonly redis: RedisConnection;
  /** Tells the account and the operation. */
  readonly name: string;
  readonly ratePerSecond: number;
  readonly local: StartWindow;
  readonly unique: () => string;
  readonly windowMs?: number;
}

export function createSharedStartWindow(options: SharedStartWindowOptions): StartWindow {
  const { redis, name, ratePerSecond, local, unique, windowMs = WINDOW_MS } = options;
  const startsKey = `pai-model-graph:quota:${name}`;
  const pauseKey = `${startsKey}:pause`;
  const unsent: string[] = [];
  return {
    takeNow: () => false,
    async reserve() {
      const waitMs = await local.reserve();
      if (waitMs > 0) return waitMs;
      const start = unique();
      const shared = await redis.ask((client) =>
        client.eval(RESERVE, 2, startsKey, pauseKey, windowMs, ratePerSecond, start),
      );
      if (typeof shared === 'number' && shared > 0) {
        local.giveBack();
        return shared;
      }
      unsent.push(start);
      return 0;
    },
    giveBack() {
      local.giveBack();
      const start = unsent.pop();
      if (start !== undefined) void redis.ask((client) => client.zrem(startsKey, start));
    },
    sent() {
      local.sent();
      const start = unsent.shift();
      if (start === undefined) return;
      void redis.ask((client) => client.eval(SENT, 1, startsKey, windowMs, start));
    },
    pause(ms) {
      local.pause(ms);
      if (ms > 0) void redis.ask((client) => client.eval(PAUSE, 1, pauseKey, Math.ceil(ms)));
    },
    pausedMs: local.pausedMs,
    left: local.left,
  };
}
