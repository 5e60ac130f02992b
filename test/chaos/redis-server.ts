// A real redis-server of one's own, which can be killed and come back on the same port.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { Redis } from 'ioredis';
import { eventually } from '../support/programs.js';

export interface RedisServer extends AsyncDisposable {
  readonly url: string;
  /** SIGKILL: no goodbye to anybody. Its data is gone. */
  kill(): Promise<void>;
  /** Stops it without a word, as an overloaded machine does; `thaw` lets it go on with all it holds. */
  freeze(): void;
  thaw(): void;
  /** On the same port; resolves once it answers. */
  start(): Promise<void>;
  /** A client of the test's own, for looking in. */
  look<T>(ask: (client: Redis) => Promise<T>): Promise<T>;
}

export async function startRedisServer(executable: string): Promise<RedisServer> {
  const port = await freePort();
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', ''];
    child = spawn(executable, settings, { stdio: 'ignore', cwd: '/' });
    await eventually(async () => ((await answersAt(port)) ? true : undefined));
  }

  async function kill(): Promise<void> {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    freeze: () => child?.kill('SIGSTOP'),
    thaw: () => child?.kill('SIGCONT'),
    async look(ask) {
      const client = new Redis(port, '127.0.0.1');
      try {
        return await ask(client);
      } finally {
        client.disconnect();
      }
    },
    [Symbol.asyncDispose]: kill,
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return address.port;
}

function answersAt(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const end = (answers: boolean) => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('data', (data) => end(data.toString().startsWith('+PONG')));
    socket.once('error', () => end(false));
  });
}
