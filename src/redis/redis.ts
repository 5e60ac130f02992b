// Redis for the service: a connection for values of the cache, which may be large, and one for counts, which must not
// wait behind them; the state of both is combined into one.
import type { RedisState, Report } from '../domain/events.js';
import { connectRedis, type RedisConnection } from './connection.js';

export interface Redis {
  readonly cache: RedisConnection;
  /** For starts of calls and for operations. */
  readonly quota: RedisConnection;
  /** The worse of the two. */
  state(): RedisState;
  /** Resolves when the state of both is known for the first time. */
  readonly known: Promise<void>;
  close(): void;
}

export interface RedisOptions {
  readonly url: string;
  readonly cacheTimeoutMs: number;
  readonly quotaTimeoutMs: number;
  readonly report: Report;
  readonly monotonic: () => number;
}

const SEVERITY: Readonly<Record<RedisState['kind'], number>> = { up: 0, degraded: 1, down: 2 };

export function openRedis(options: RedisOptions): Redis {
  const { url, report, monotonic } = options;
  let reported: RedisState | null = null;
  const observe = () => {
    const state = worse(quota.state(), cache.state());
    if (isConnecting(state) || (reported !== null && isSame(state, reported))) return;
    reported = state;
    report({ type: 'redis', state });
  };
  const connect = (answerMs: number) =>
    connectRedis({
      url,
      answerMs,
      onState: observe,
      onError: (reason) => report({ type: 'redis_error', reason }),
      monotonic,
    });
  const quota = connect(options.quotaTimeoutMs);
  const cache = connect(options.cacheTimeoutMs);
  return {
    cache,
    quota,
    state: () => worse(quota.state(), cache.state()),
    known: Promise.all([quota.known, cache.known]).then(() => {}),
    close() {
      quota.close();
      cache.close();
    },
  };
}

function worse(one: RedisState, other: RedisState): RedisState {
  return SEVERITY[other.kind] > SEVERITY[one.kind] ? other : one;
}

function isConnecting(state: RedisState): boolean {
  return state.kind === 'down' && state.cause === 'CONNECTING';
}

/** An outage has several causes in turn: first closed, then refused. It is reported once. */
function isSame(one: RedisState, other: RedisState): boolean {
  if (one.kind === 'degraded' && other.kind === 'degraded') return one.reason === other.reason;
  return one.kind === other.kind;
}
