// One connection to Redis that is allowed to fail: whoever asks gets an answer in time or none, and
// goes on without. It knows no keys.
import { Redis, ReplyError } from 'ioredis';
import type { Report } from '../domain/events.js';

export interface RedisConnection {
  /** undefined: Redis did not answer in time, or refused; nothing is thrown. */
  ask<T>(command: (client: Redis) => Promise<T>): Promise<T | undefined>;
  isUp(): boolean;
  close(): void;
}

const COMMAND_TIMEOUT_MS = 50;
const CONNECT_TIMEOUT_MS = 1000;
const RECONNECT_MS = 500;
/** A connection that is silent for so long is given up for a new one: its other end may have vanished. */
const SILENCE_MS = 500;
/** After a time-out nobody waits for it again for so long: a Redis that hangs costs one wait, not each. */
const REST_MS = 500;

export function connectRedis(url: string, report: Report, now: () => number): RedisConnection {
  const client = new Redis(url, {
    enableOfflineQueue: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_MS,
    retryStrategy: () => RECONNECT_MS,
    maxRetriesPerRequest: 0,
    enableAutoPipelining: true,
  });
  let restingUntil = 0;
  let told: boolean | null = null;
  const isUp = () => client.status === 'ready' && now() >= restingUntil;
  const observe = () => {
    if (isUp() === told) return;
    told = isUp();
    report({ type: 'redis', state: told ? 'up' : 'down' });
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
      } catch (error) {
        // One that refuses a command has answered it.
        if (!(error instanceof ReplyError)) restingUntil = now() + REST_MS;
        observe();
        return undefined;
      }
    },
    isUp,
    close() {
      // That it is left is not that it is down.
      client.off('close', observe);
      client.disconnect();
    },
  };
}
