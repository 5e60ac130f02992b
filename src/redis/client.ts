// Makes the client of ioredis for a target. It connects again by itself, and fails fast meanwhile.
import { Redis, type RedisCommander } from 'ioredis';
import type { RedisTarget } from '../lib/redis-url.js';

export type RedisClient = RedisCommander & Pick<Redis, 'on' | 'disconnect'>;

const CONNECT_TIMEOUT_MS = 1000;
const RECONNECT_MS = 500;
/** A connection that is closed is destroyed after this time: a peer that hangs never ends its side. */
const DISCONNECT_MS = 50;

/** `isReconnect` says of an error reply whether the client connects again because of it. */
export function createClient(
  { isTls, database, ...target }: RedisTarget,
  isReconnect: (message: string) => boolean,
): RedisClient {
  return new Redis({
    ...target,
    db: database,
    ...(isTls && { tls: {} }),
    enableOfflineQueue: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_MS,
    retryStrategy: () => RECONNECT_MS,
    maxRetriesPerRequest: 0,
    // The commands of one turn of the event loop are one write.
    enableAutoPipelining: true,
    // The check of the connection covers more. Without client info, a connection is ready once it is established.
    enableReadyCheck: false,
    disableClientInfo: true,
    reconnectOnError: ({ message }) => isReconnect(message),
  });
}
