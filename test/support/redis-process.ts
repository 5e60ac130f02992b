// A real redis-server of a test's own, on a free port, that keeps nothing on disk.
import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { connectRedis, type RedisConnection } from '../../src/redis/connection.js';
import { freePort } from './free-port.js';

export interface RedisProcess extends AsyncDisposable {
  readonly url: string;
  /** A plain client, to look at what is really stored. */
  readonly client: Redis;
  /** It takes connections and commands and answers none. */
  hang(): void;
  goOn(): void;
  kill(): Promise<void>;
  /** After a kill: empty, on the same port. */
  restart(): Promise<void>;
}

export async function startRedis(executable: string, password?: string): Promise<RedisProcess> {
  const port = await freePort();
  const userinfo = password === undefined ? '' : `:${password}@`;
  const url = `redis://${userinfo}127.0.0.1:${port}`;
  let child = await launch(executable, port, password);
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
      child = await launch(executable, port, password);
    },
    async [Symbol.asyncDispose]() {
      client.disconnect();
      await kill();
    },
  };
}

async function launch(executable: string, port: number, password = ''): Promise<ChildProcess> {
  const options = { port: String(port), bind: '127.0.0.1', save: '', appendonly: 'no' };
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const auth = password === '' ? [] : ['--requirepass', password];
  const child = spawn(executable, [...flags, ...auth], {
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

/** A connection of the program that is up. */
export async function connectedTo(url: string): Promise<RedisConnection & Disposable> {
  const connection = connectRedis(url, () => {}, Date.now);
  await untilTrue(connection.isUp);
  return { ...connection, [Symbol.dispose]: connection.close };
}

/** Throws when it is not so within ten seconds. */
export async function untilTrue(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endsAt = Date.now() + 10_000;
  while (!(await isSo())) {
    if (Date.now() > endsAt) throw new Error('It did not come about within ten seconds.');
    await pause(2);
  }
}
