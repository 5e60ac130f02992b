// Runs of the doctor, as a process or in this one, against a sandbox of their own.

import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.js';
import { parseConfig } from '../../src/config/parse.js';
import { examine } from '../../src/doctor/doctor.js';
import { startMain } from '../support/programs.js';
import { SANDBOX_ENV } from '../support/with-app.js';

export interface Run {
  readonly code: number | null;
  readonly output: string;
  /** Of a process. */
  readonly stderr: string;
  /** The lines with this name, or with this level, in their order. */
  lines(word: string): string[];
}

type Env = Record<string, string>;

/** The default may belong to another program of the machine. */
const FREE_PORT = { PORT: '0' };

/** `npm run doctor`, without npm. */
export async function runProcess(env: Env = {}): Promise<Run> {
  await using main = startMain({ ...FREE_PORT, ...env }, { args: ['doctor'] });
  const code = await main.exitCode;
  return asRun(code, main.stdout(), main.stderr());
}

export async function runHere(env: Env): Promise<Run> {
  const { exitCode, text } = await examine(parseConfig({ ...FREE_PORT, ...env }), Date.now);
  return asRun(exitCode, text, '');
}

function asRun(code: number | null, output: string, stderr: string): Run {
  const lines = output.split('\n');
  const has = (line: string, word: string) => line.split(/\s+/, 2).includes(word);
  return { code, output, stderr, lines: (word) => lines.filter((line) => has(line, word)) };
}

export interface Scene extends AsyncDisposable {
  readonly sandbox: Sandbox;
  runProcess(env?: Env): Promise<Run>;
  runHere(env?: Env): Promise<Run>;
}

export async function sceneWith(options: SandboxOptions = {}): Promise<Scene> {
  const sandbox = await startSandbox(options);
  const settings = (env?: Env) => ({ PAI_ENDPOINT: sandbox.url, ...SANDBOX_ENV, ...env });
  return {
    sandbox,
    runProcess: (env) => runProcess(settings(env)),
    runHere: (env) => runHere(settings(env)),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}
