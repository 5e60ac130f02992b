// A server or an upstream as its own process; it is ready when it has printed its address.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

export interface Launch {
  /** Node itself, unless given. */
  readonly command?: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Not given: any core. */
  readonly core?: number;
  /** The process starts others, which end with it. */
  readonly isGroup?: boolean;
}

export interface Child {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** The core that the process runs on, with nothing else; undefined: any core. */
  readonly core: number | undefined;
  /** Sends a message over the process's channel, and gives the next one that comes back. */
  question(message: string): Promise<unknown>;
  stop(): Promise<void>;
}

/** The line may hold other addresses, such as that of the upstream. */
const ADDRESS = / at http:\/\/127\.0\.0\.1:(\d+)/;
const LAST_WORDS = 4000;

export async function startChild(launch: Launch): Promise<Child> {
  const { command = process.execPath, args, env, core, isGroup = false } = launch;
  const line = [command, ...args];
  // taskset becomes the program it starts, so that the process id is the server's.
  const [first = '', ...rest] = core === undefined ? line : ['taskset', '-c', `${core}`, ...line];
  const child = spawn(first, rest, {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: isGroup,
  });
  const ended = once(child, 'exit');
  const port = await addressOf(child, line.join(' '));
  const { pid } = child;
  if (pid === undefined) throw new Error('A process without an id.');
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pid,
    core,
    async question(message) {
      const answered = once(child, 'message');
      child.send(message);
      return (await answered)[0];
    },
    async stop() {
      process.kill(isGroup ? -pid : pid, 'SIGTERM');
      await ended;
    },
  };
}

/** The address in the line that reports that the process is ready. */
function addressOf(child: ChildProcess, line: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-LAST_WORDS);
    };
    child.stderr?.on('data', hear);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`${line} ended before it was ready:\n${said}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      hear(chunk);
      const found = ADDRESS.exec(said)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
  });
}

const TICKS_PER_SECOND = 100;

/** User and system time of the process, all its threads, in seconds; the kernel counts in hundredths. */
export function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name, which may contain anything but the last parenthesis.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The idle time of a core, in seconds, since the machine started. */
export function idleSeconds(core: number): number {
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'))?.[1];
  const [, , , idle, ioWait] = (line ?? '').split(' ').map(Number);
  return ((idle ?? 0) + (ioWait ?? 0)) / TICKS_PER_SECOND;
}

export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
