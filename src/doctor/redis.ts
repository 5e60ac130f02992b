// Whether Redis answers; the service runs without it too.
import { setTimeout as pause } from 'node:timers/promises';
import { type Finding, ok, warn } from './finding.js';

const TRIES = 40;
const PAUSE_MS = 50;

export async function checkRedis(url: string, now: () => number): Promise<Finding> {
  // As late as app.ts loads it.
  const { connectRedis } = await import('../redis/connection.js');
  const redis = connectRedis(url, () => {}, now);
  try {
    // It answers nothing before it is connected.
    for (let left = TRIES; left > 0; left -= 1) {
      if ((await redis.ask((client) => client.ping())) === 'PONG') return ok('redis', 'answers');
      await pause(PAUSE_MS);
    }
  } finally {
    redis.close();
  }
  return warn(
    'redis',
    'does not answer. Check REDIS_URL, its password and the network; until then replicas share neither cache nor quota.',
  );
}
