// A real redis-server of a test's own, on a free port, that keeps nothing on disk.
import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { describeRedis, type RedisReason, type RedisState } from '../../src/domain/events.js';
import { parseRedisUrl, type RedisTarget } from '../../src/lib/redis-url.js';
import { SYSTEM_CLOCK } from '../../src/lib/time.js';
import { RedisConnection } from '../../src/redis/connection.js';
import { freePort } from './free-port.js';

export interface RedisProcess extends AsyncDisposable {
  readonly url: string;
  /** A plain client, to look at the stored data itself. */
  readonly client: Redis;
  /** It takes connections and commands and answers none. */
  hang(): void;
  goOn(): void;
  kill(): Promise<void>;
  /** After a kill: empty, on the same port. */
  restart(): Promise<void>;
}

export async function startRedis(
  executable: string,
  password?: string,
  more: readonly string[] = [],
): Promise<RedisProcess> {
  const port = await freePort();
  const userinfo = password === undefined ? '' : `:${password}@`;
  const url = `redis://${userinfo}127.0.0.1:${port}`;
  const start = () => launch(executable, port, password, more);
  let child = await start();
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => {});
  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
  return {
    url,
    client,
    hang: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    kill,
    async restart() {
      child = await start();
    },
    async [Symbol.asyncDispose]() {
      client.disconnect();
      await kill();
    },
  };
}

async function launch(
  executable: string,
  port: number,
  password = '',
  more: readonly string[] = [],
): Promise<ChildProcess> {
  const options = {
    ...{ port: String(port), bind: '127.0.0.1', save: '', appendonly: 'no' },
    // A replica loads its primary's data without a file, and at once. A file of another test would be loaded.
    ...{ dbfilename: `redis-${port}.rdb`, 'repl-diskless-load': 'swapdb' },
    'repl-diskless-sync-delay': '0',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const auth = password === '' ? [] : ['--requirepass', password];
  const child = spawn(executable, [...flags, ...auth, ...more], {
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}.`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.includes('Ready to accept connections')) resolve();
    });
  });
  return child;
}

export function targetOf(url: string): RedisTarget {
  const target = parseRedisUrl(url);
  if (target === null) throw new Error('It is not the URL of a Redis.');
  return target;
}

interface TestConnection extends Disposable {
  readonly redis: RedisConnection;
  readonly states: RedisState[];
  readonly errors: RedisReason[];
}

/** A connection of the program; it waits for answers as long as a busy machine may take. */
export function connectTo(url: string, answerMs = 10_000): TestConnection {
  const states: RedisState[] = [];
  const errors: RedisReason[] = [];
  const redis = new RedisConnection({
    target: targetOf(url),
    answerMs,
    onState: (state) => {
      if (describeRedis(state) !== describeRedis(states.at(-1) ?? state) || states.length === 0)
        states.push(state);
    },
    onError: (reason) => errors.push(reason),
    monotonic: SYSTEM_CLOCK.monotonic,
  });
  return { redis, states, errors, [Symbol.dispose]: () => redis.close() };
}

/** As above, and it is up. */
export async function connectedTo(url: string, answerMs?: number): Promise<TestConnection> {
  const connection = connectTo(url, answerMs);
  await untilTrue(() => connection.redis.state().kind === 'up');
  return connection;
}

/** As the windows of the quota use it. */
export type AskedRedis = Pick<RedisConnection, 'ask' | 'state' | 'changedAt'>;

/** A connection that is always up, and waits for Redis as long as that takes. */
export function patientConnection(client: Redis): AskedRedis {
  return {
    ask: (command) => command(client),
    state: () => ({ kind: 'up' }),
    changedAt: () => Number.NEGATIVE_INFINITY,
  };
}

/** Throws when it is not so within ten seconds. */
export async function untilTrue(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endsAt = Date.now() + 10_000;
  while (!(await isSo())) {
    if (Date.now() > endsAt) throw new Error('It did not come about within ten seconds.');
    await pause(2);
  }
}
