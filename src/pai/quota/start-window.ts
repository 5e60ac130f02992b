// Limits the starts in any one second: the sliding window of one operation and account, in this process and, with
// Redis, for all replicas together. While Redis does not work, each replica uses only its share (decision 22).
import { randomUUID } from 'node:crypto';
import type { RedisConnection } from '../../redis/connection.js';

/**
 * Replicas reconnect to Redis at different times, since they try a connection every half second. For this time after
 * Redis is back, each uses only its share: others may still start calls without Redis, or may have just done so.
 */
export const SETTLE_MS = 3000;
/** A start that was reserved in Redis may leave this much later, over a connection that is made for it. */
const LEAVING_MS = 250;
/** The wait before Redis is asked again when it works but no answer was read, since this process stood still. */
const AGAIN_MS = 20;

export interface StartWindowOptions {
  readonly ratePerSecond: number;
  readonly windowMs: number;
  /** The same clock as that of Redis's connection. */
  readonly monotonic: () => number;
  /** null: this process counts alone. */
  readonly shared: SharedOptions | null;
}

interface SharedOptions {
  readonly redis: Pick<RedisConnection, 'ask' | 'state' | 'changedAt'>;
  /** Identifies the account and the operation. */
  readonly name: string;
  /** This replica's share of the rate while Redis does not work. */
  readonly rateAlone: number;
  /** The longest time from the reservation of a start until it leaves. */
  readonly leaseMs: number;
}

export class StartWindow {
  readonly #options;
  readonly #shared;
  /** The times of the starts that were sent, in order. */
  #sentAt: number[] = [];
  /**
   * The names of the starts that are taken and not sent. A process that stands still may send each of them at any time,
   * so they do not leave the window.
   */
  readonly #unsent = new Set<string>();
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(options: StartWindowOptions) {
    this.#options = options;
    this.#shared = options.shared && new SharedStarts({ ...options, ...options.shared });
  }

  /** Takes a start, if this process alone can decide that one is available; false: ask `reserve`. */
  takeNow(): boolean {
    return this.#shared === null && this.#take(randomUUID()) === 0;
  }

  /** Takes a start now and gives 0, or gives the milliseconds after which to ask again. */
  async reserve(): Promise<number> {
    // Whether or not Redis grants a start, this replica alone must not exceed the rate.
    const name = randomUUID();
    const ownMs = this.#take(name);
    if (ownMs > 0 || this.#shared === null) return ownMs;
    const reserved = await this.#shared.reserve(name);
    if (reserved?.waitMs === 0) return 0;
    this.#unsent.delete(name);
    if (reserved === undefined) return this.#shared.untilAloneMs() || this.#take(randomUUID());
    if (reserved.isPause) this.#pauseHere(reserved.waitMs);
    return reserved.waitMs;
  }

  /** Gives back the start that was taken last and is not made. */
  giveBack(): void {
    const name = [...this.#unsent].at(-1);
    if (name === undefined) return;
    this.#unsent.delete(name);
    this.#shared?.giveBack(name);
  }

  /** Records that a taken start was sent: PAI counts it from when it arrives, not from when its turn came. */
  sent(): void {
    const [name = randomUUID()] = this.#unsent;
    this.#unsent.delete(name);
    this.#sentAt.push(this.#options.monotonic());
    this.#shared?.sent(name);
  }

  /** Allows no start for `ms`: PAI throttles the whole account. */
  pause(ms: number): void {
    this.#pauseHere(ms);
    if (ms > 0) this.#shared?.pause(ms);
  }

  /** The milliseconds that a pause still lasts, as far as this process knows; so for the next two. */
  pausedMs(): number {
    return Math.max(0, this.#pausedUntil - this.#options.monotonic());
  }

  /** The number of starts that may be taken now. */
  left(): number {
    if (this.pausedMs() > 0) return 0;
    return Math.max(0, this.#rate() - this.#unsent.size - this.#leaveInMs().length);
  }

  /** The least milliseconds until `count` further starts can have been taken. */
  leastWaitMs(count: number): number {
    const { windowMs } = this.#options;
    const rate = this.#rate();
    const leaving = this.#leaveInMs();
    // Each group of `rate` starts takes one more window.
    const windows = Math.max(0, Math.ceil((count - rate) / rate));
    // This many starts must leave first. Unsent starts leave after a whole window at the earliest.
    const before = leaving.length + this.#unsent.size + count - windows * rate - rate;
    const waitMs = before <= 0 ? 0 : (leaving[before - 1] ?? windowMs);
    return Math.max(this.pausedMs(), windows * windowMs + waitMs);
  }

  #rate(): number {
    return this.#shared?.rate() ?? this.#options.ratePerSecond;
  }

  #take(name: string): number {
    const waitMs = this.leastWaitMs(1);
    if (waitMs === 0) this.#unsent.add(name);
    return waitMs;
  }

  #pauseHere(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#options.monotonic() + ms);
  }

  /** The milliseconds until each start that was sent leaves the window, in order. */
  #leaveInMs(): number[] {
    const beginsAt = this.#options.monotonic() - this.#options.windowMs;
    this.#sentAt = this.#sentAt.filter((at) => at > beginsAt);
    return this.#sentAt.map((at) => at - beginsAt);
  }
}

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

interface Reserved {
  readonly waitMs: number;
  readonly isPause: boolean;
}

/** The starts of all replicas in Redis, each under a unique name. */
class SharedStarts {
  readonly #options;
  readonly #startsKey;
  readonly #pauseKey;

  constructor(options: SharedOptions & Omit<StartWindowOptions, 'shared'>) {
    this.#options = options;
    this.#startsKey = `pai-model-graph:quota:${options.name}`;
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
  const [waitMs, isPause] = Array.isArray(reply) ? reply : [];
  if (typeof waitMs !== 'number') throw new Error('Redis has not run the script.');
  return { waitMs, isPause: isPause === 1 };
}
