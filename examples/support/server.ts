// Starts the built server as a process of its own, with the sandbox's sample models.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, '../../dist/main.js');

export interface Server extends AsyncDisposable {
  /** Without a path, e.g. `http://127.0.0.1:40001`. */
  readonly origin: string;
  /** The address of GraphQL. */
  readonly url: string;
}

export async function startServer(env: Record<string, string> = {}): Promise<Server> {
  const child = spawn(process.execPath, [PROGRAM], {
    env: { PATH: process.env.PATH, HOME: tmpdir(), PORT: '0', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let output = '';
  const origin = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      const [, found] = /^GraphQL at (http:\/\/[^/\s]+)/m.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}: ${output}`)));
  });
  return {
    origin,
    url: `${origin}/graphql`,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
