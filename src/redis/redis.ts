// Redis for the service: a connection for values of the cache, which may be large, and one for counts, which must not
// wait behind them; the state of both is combined into one.
import { describeRedis, type RedisState, type Report } from '../domain/events.js';
import type { RedisTarget } from '../lib/redis-url.js';
import type { RedisAccess } from './client.js';
import { RedisConnection } from './connection.js';

interface RedisOptions {
  readonly target: RedisTarget;
  readonly access?: RedisAccess;
  readonly cacheTimeoutMs: number;
  readonly quotaTimeoutMs: number;
  readonly report: Report;
  readonly monotonic: () => number;
}

export type Redis = ReturnType<typeof openRedis>;

const SEVERITY: Readonly<Record<RedisState['kind'], number>> = { up: 0, degraded: 1, down: 2 };

export function openRedis({ target, access = {}, report, monotonic, ...options }: RedisOptions) {
  let reported: string | boolean | null = null;

  /** The worse of the two. */
  function state(): RedisState {
    const [ofQuota, ofCache] = [quota.state(), cache.state()];
    return SEVERITY[ofCache.kind] > SEVERITY[ofQuota.kind] ? ofCache : ofQuota;
  }

  /** An outage has several causes in turn, first closed, then refused: it is reported once. */
  function onState(): void {
    const current = state();
    const isRefusal = current.kind === 'degraded' && current.reason !== 'TIMEOUT';
    // A Redis that hangs leaves commands unanswered, and is then found to be down.
    const news = isRefusal ? describeRedis(current) : current.kind === 'up';
    if (news === reported || (current.kind === 'down' && current.cause === 'CONNECTING')) return;
    reported = news;
    report({ type: 'redis', state: current });
  }

  const connect = (answerMs: number) =>
    new RedisConnection({
      target,
      access,
      answerMs,
      onState,
      onError: (reason) => report({ type: 'redis_error', reason }),
      monotonic,
    });
  /** For starts of calls and for operations. */
  const quota = connect(options.quotaTimeoutMs);
  const cache = connect(options.cacheTimeoutMs);
  return {
    cache,
    quota,
    state,
    /** Resolves when the state of both is known for the first time. */
    known: Promise.all([quota.known, cache.known]),
    /** To the same Redis with another password, or to another one. */
    moveTo(next: RedisTarget) {
      quota.moveTo(next);
      cache.moveTo(next);
    },
    close() {
      quota.close();
      cache.close();
    },
  };
}
