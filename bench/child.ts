// A server or an upstream as a process of its own, on one core; it is ready when it has said its address.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

export interface Launch {
  /** What comes after `node`. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly core: number;
}

export interface Child {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const ADDRESS = /http:\/\/127\.0\.0\.1:(\d+)/;
const LAST_WORDS = 4000;

export async function startChild({ args, env, core }: Launch): Promise<Child> {
  // exec, in effect: taskset becomes node, so that the process id is the server's.
  const child = spawn('taskset', ['-c', String(core), process.execPath, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  let said = '';
  const hear = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-LAST_WORDS);
  };
  child.stderr.on('data', hear);
  const port = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`${args.join(' ')} did not start:\n${said}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      hear(chunk);
      const found = ADDRESS.exec(said)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('A process without an id.');
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pid,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

const TICKS_PER_SECOND = 100;

/** User and system time of the process, all its threads, in seconds; the kernel counts in hundredths. */
export function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name and may hold anything but this.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
