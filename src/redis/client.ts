// Makes the client of ioredis for a target: a single node, the primary that Sentinels name, or a cluster. It connects
// again by itself, and fails fast meanwhile.
import { Cluster, Redis, type RedisCommander } from 'ioredis';
import type { RedisTarget } from '../lib/redis-url.js';

export interface RedisClient extends RedisCommander {
  readonly isCluster: boolean;
  on(event: 'ready' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  disconnect(reconnect?: boolean): void;
}

/** The parts of the access that no URL has, or that its URL leaves out. */
export interface RedisAccess {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly sentinelPassword?: string | undefined;
  /** The authorities for TLS in PEM; those of Node when null or absent. */
  readonly ca?: string | null | undefined;
  /** Before every key. */
  readonly keyPrefix?: string | undefined;
}

const CONNECT_TIMEOUT_MS = 1000;
/** A frozen node of a cluster is passed over after this time. */
const SLOTS_TIMEOUT_MS = 500;
const RECONNECT_MS = 250;
/** A connection that is closed is destroyed after this time: a peer that hangs never ends its side. */
const DISCONNECT_MS = 50;

const FAIL_FAST = {
  enableOfflineQueue: false,
  // The commands of one turn of the event loop are one write.
  enableAutoPipelining: true,
  // The check of the connection covers more.
  enableReadyCheck: false,
} as const;

/** `isReconnect` says of an error reply whether the client connects again because of it. */
export function createClient(
  target: RedisTarget,
  access: RedisAccess,
  isReconnect: (message: string) => boolean,
): RedisClient {
  const { kind, nodes, database, primary } = target;
  const { keyPrefix = '' } = access;
  const connection = connectionOptions(target, access);
  if (kind === 'cluster') {
    return new Cluster([...nodes], {
      ...FAIL_FAST,
      keyPrefix,
      clusterRetryStrategy: () => RECONNECT_MS,
      slotsRefreshTimeout: SLOTS_TIMEOUT_MS,
      // A command that a node does not take is not repeated: its caller continues without Redis.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      // TLS checks the names of nodes, where the cluster announces names.
      dnsLookup: (address, callback) => callback(null, address),
      redisOptions: connection,
    });
  }
  const [node] = nodes;
  const place = kind === 'sentinel' ? sentinelOptions(target, access, primary) : node;
  return new Redis({
    ...FAIL_FAST,
    ...place,
    ...connection,
    keyPrefix,
    db: database,
    retryStrategy: () => RECONNECT_MS,
    maxRetriesPerRequest: 0,
    reconnectOnError: ({ message }) => isReconnect(message),
  });
}

function connectionOptions(target: RedisTarget, access: RedisAccess) {
  const { username = access.username, password = access.password, family } = target;
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(family !== undefined && { family }),
    ...(target.isTls && { tls: tlsOptions(access) }),
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_MS,
    // Without client info, a connection is ready once it is established.
    disableClientInfo: true,
  };
}

function sentinelOptions({ nodes, isTls }: RedisTarget, access: RedisAccess, name: string) {
  const { sentinelPassword } = access;
  return {
    sentinels: [...nodes],
    name,
    sentinelRetryStrategy: () => RECONNECT_MS,
    sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
    ...(sentinelPassword !== undefined && { sentinelPassword }),
    ...(isTls && { enableTLSForSentinelMode: true, sentinelTLS: tlsOptions(access) }),
  };
}

function tlsOptions({ ca }: RedisAccess) {
  return ca ? { ca } : {};
}
