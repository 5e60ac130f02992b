// Whether Redis answers and refuses nothing; the service also runs without it.
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config/config.js';
import type { Inputs } from '../inputs.js';
import { SYSTEM_CLOCK } from '../lib/time.js';
import { type Finding, ok, warn } from './finding.js';

const TRIES = 40;
const PAUSE_MS = 50;

/** No line without Redis. */
export async function checkRedis(
  { redis: config }: Config,
  { redisTarget, redisCa: ca }: Inputs,
): Promise<readonly Finding[]> {
  const target = redisTarget?.current() ?? config?.target ?? null;
  if (config === null || target === null) return [];
  // Loaded on demand, as app.ts does.
  const { openRedis } = await import('../redis/redis.js');
  const { monotonic } = SYSTEM_CLOCK;
  const access = { ...config.access, ca };
  const redis = openRedis({ ...config, access, target, report: () => {}, monotonic });
  try {
    await redis.known;
    // A Redis that has just started refuses commands for a moment.
    for (let left = TRIES; left > 0 && redis.state().kind !== 'up'; left -= 1) {
      await pause(PAUSE_MS);
    }
    const state = redis.state();
    if (state.kind === 'up') return [ok('redis', 'answers')];
    const problem =
      state.kind === 'down'
        ? `does not answer (${state.cause}). Check REDIS_URL, its password and the network`
        : `refuses commands (${state.reason}). Check its role, the rights of its user and its memory`;
    return [warn('redis', `${problem}; until then replicas share neither cache nor quota.`)];
  } finally {
    redis.close();
  }
}
