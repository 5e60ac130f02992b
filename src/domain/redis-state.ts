// The state of Redis, in the words that log, metrics and readiness share.

/** The first word of an error reply; TIMEOUT: no reply in time; OTHER: any other error reply. */
export const REDIS_REASONS = [
  'READONLY',
  'MOVED',
  'ASK',
  'CROSSSLOT',
  'CLUSTERDOWN',
  'NOPERM',
  'NOAUTH',
  'WRONGPASS',
  'OOM',
  'MISCONF',
  'NOREPLICAS',
  'LOADING',
  'MASTERDOWN',
  'BUSY',
  'TIMEOUT',
  'OTHER',
] as const;

export type RedisReason = (typeof REDIS_REASONS)[number];

export type RedisState =
  | { readonly kind: 'up' }
  /** `cause`: the code of a system error, TIMEOUT, CLOSED, or CONNECTING before the first outcome. */
  | { readonly kind: 'down'; readonly cause: string }
  /** Redis answers, or did a moment ago, but it refuses commands or does not reply. */
  | { readonly kind: 'degraded'; readonly reason: RedisReason };

export function describeRedis(state: RedisState): string {
  if (state.kind === 'up') return 'up';
  return `${state.kind}: ${state.kind === 'down' ? state.cause : state.reason}`;
}
