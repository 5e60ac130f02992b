// Starts a program as a process of its own, and ends it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const EXAMPLES = join(import.meta.dirname, '..');

export interface Program extends AsyncDisposable {
  /** Its output until it was ready. */
  readonly output: string;
}

interface ProgramOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
}

/** A script of Node with its arguments; it is ready when its output matches. */
export async function startProgram(
  script: readonly string[],
  ready: RegExp,
  { env, cwd = EXAMPLES }: ProgramOptions = {},
): Promise<Program> {
  const child = spawn(process.execPath, script, {
    cwd,
    env: { PATH: process.env.PATH, HOME: tmpdir(), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const output = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (ready.test(text)) resolve(text);
    });
    child.once('exit', (code) => reject(new Error(`${script[0]} ended with ${code}: ${text}`)));
  });
  return {
    output,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
