// One connection to Redis that is allowed to fail: whoever asks gets an answer in time or none, and
// goes on without. It knows no keys.
import { Redis } from 'ioredis';
import type { Report } from '../domain/events.js';

export interface RedisConnection {
  /** undefined: Redis did not answer in time; nothing is thrown. */
  ask<T>(command: (client: Redis) => Promise<T>): Promise<T | undefined>;
  isUp(): boolean;
  close(): void;
}

const COMMAND_TIMEOUT_MS = 50;
const CONNECT_TIMEOUT_MS = 1000;
const RECONNECT_MS = 500;
/** After a time-out nobody waits for it again for so long: a Redis that hangs costs one wait, not each. */
const REST_MS = 500;

export function connectRedis(url: string, report: Report, now: () => number): RedisConnection {
  const client = new Redis(url, {
    enableOfflineQueue: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: () => RECONNECT_MS,
    maxRetriesPerRequest: 0,
    enableAutoPipelining: true,
  });
  let restingUntil = 0;
  let wasUp = false;
  const isUp = () => client.status === 'ready' && now() >= restingUntil;
  const observe = () => {
    if (isUp() === wasUp) return;
    wasUp = isUp();
    report({ type: 'redis', state: wasUp ? 'up' : 'down' });
  };
  client.on('ready', observe);
  client.on('close', observe);
  // ioredis throws an error that nobody listens to; its text may hold the URL with a password.
  client.on('error', () => {});

  return {
    async ask(command) {
      if (!isUp()) return undefined;
      try {
        const answer = await command(client);
        observe();
        return answer;
      } catch {
        restingUntil = now() + REST_MS;
        observe();
        return undefined;
      }
    },
    isUp,
    close: () => client.disconnect(),
  };
}
