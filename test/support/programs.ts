// Programs the tests run beside themselves: those a machine may lack, and this project's own main.ts.
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';

const PROGRAMS = {
  chromium: {
    names: ['chromium', 'chromium-browser', 'google-chrome'],
    install: 'apt-get install -y chromium',
  },
  curl: { names: ['curl'], install: 'apt-get install -y curl' },
  kustomize: {
    names: ['kustomize', 'kubectl'],
    install: 'kustomize from 4.5.4 on, or kubectl from 1.27 on; .ci/run has a way',
  },
  promtool: { names: ['promtool'], install: 'apt-get install -y prometheus' },
  'redis-server': {
    names: ['redis-server', 'valkey-server'],
    install: 'apt-get install -y redis-server',
  },
  script: { names: ['script'], install: 'apt-get install -y bsdutils' },
  unshare: { names: ['unshare'], install: 'apt-get install -y util-linux' },
} as const;

type Program = keyof typeof PROGRAMS;

/** The paths of its names that PATH knows, by the order of the names. */
export function findPrograms(program: Program, path = process.env.PATH ?? ''): string[] {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  return PROGRAMS[program].names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .filter(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The suite where the program is there; else it is skipped by name, and fails where CI asks for it. */
export function describeWith(
  program: Program,
  name: string,
  body: (executable: string) => void,
): void {
  const [executable] = findPrograms(program);
  if (executable !== undefined) {
    describe(name, () => body(executable));
    return;
  }
  const remedy = `needs ${program} (${PROGRAMS[program].install})`;
  if (process.env.REQUIRE_PROGRAMS === '1') {
    test(`${name} — ${remedy}`, () => {
      throw new Error(`This suite ${remedy}, and REQUIRE_PROGRAMS=1 forbids to skip it.`);
    });
    return;
  }
  skipSuite(name, remedy, () => body(PROGRAMS[program].names[0]));
}

/** Even where CI asks for all programs: for a suite that this machine does not allow, whatever is installed. */
export function skipSuite(name: string, reason: string, body: () => void): void {
  // vitest's summary leaves out the names of skipped suites; this line makes the skip visible.
  process.stderr.write(`SKIPPED: ${name} ${reason}\n`);
  describe.skip(`${name} — SKIPPED: ${reason}`, body);
}

export const REPO_ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface MainProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** The address in the ready line; rejects, with what the process wrote, when it ends before. */
  readonly url: Promise<string>;
  readonly exitCode: Promise<number | null>;
  /** The signal that ended it, if it does not handle that signal. */
  readonly endSignal: Promise<NodeJS.Signals | null>;
  stdout(): string;
  stderr(): string;
  /** The text of the ready line; empty before it is ready. */
  readyText(): string;
  /** Ends it, and gives its log line by line, without those of its start and its end. */
  logAtEnd(): Promise<Record<string, unknown>[]>;
}

export interface MainOptions {
  readonly args?: readonly string[];
  /** The checkout it is started in. */
  readonly cwd?: string;
  /** It can exchange messages with this process. */
  readonly hasChannel?: boolean;
  /** For node itself. */
  readonly nodeFlags?: readonly string[];
  /** Else the build that test/support/build.ts has made of src/main.ts. */
  readonly script?: string;
  /** The program that runs node, with its arguments: `child` is then that program. */
  readonly launcher?: readonly string[];
}

/** The server as `npm start` runs it, with these settings and nothing of the caller's environment. */
export function startMain(env: Record<string, string>, options: MainOptions = {}): MainProcess {
  const { args = [], cwd = REPO_ROOT, nodeFlags = [], script = 'dist/main.js' } = options;
  const node = [process.execPath, ...nodeFlags, script, ...args];
  const [program = '', ...programArgs] = [...(options.launcher ?? []), ...node];
  const child = spawn(program, programArgs, {
    cwd,
    env: { PATH: process.env.PATH, HOME: tmpdir(), TMPDIR: tmpdir(), ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(options.hasChannel ? (['ipc'] as const) : [])],
  });
  let stdout = '';
  let stderr = '';
  const end = new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('close', (...ended) => resolve(ended)),
  );
  const exitCode = end.then(([code]) => code);
  const url = new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      const found = /"msg":"(?:GraphQL|PAI sandbox) at (http:\/\/[^/\s]+).*\n/.exec(stdout)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    void exitCode.then((code) => reject(new Error(`It ended with ${code}: ${stdout}${stderr}`)));
  });
  // A test that waits only for the end does not wait for the address.
  url.catch(() => {});
  return {
    child,
    url,
    exitCode,
    endSignal: end.then(([, signal]) => signal),
    stdout: () => stdout,
    stderr: () => stderr,
    readyText: () => String(linesOf(stdout).find(({ event }) => event === 'ready')?.msg ?? ''),
    async logAtEnd() {
      child.kill('SIGTERM');
      await exitCode;
      return linesOf(stdout).filter(({ event }) => !LIFECYCLE.includes(String(event)));
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exitCode;
    },
  };
}

const LIFECYCLE = ['ready', 'shutdown_began', 'shutdown_ended'];

/** The whole lines of a log, all of which are JSON. */
export function linesOf(log: string): Record<string, unknown>[] {
  const lines = log.split('\n').slice(0, -1);
  return lines.map((line): Record<string, unknown> => JSON.parse(line));
}

/** Asks until the answer is not undefined, at most for five seconds. */
export async function eventually<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const endsAt = Date.now() + 5000;
  while (Date.now() < endsAt) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('It did not happen within five seconds.');
}

/** Resolves when `/readyz` of each holds the text. */
export async function untilEach(
  apps: readonly { readonly url: string }[],
  text: string,
): Promise<void> {
  await eventually(async () => {
    const answers = await Promise.all(apps.map(({ url }) => fetch(`${url}/readyz`)));
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    return bodies.every((body) => body.includes(text)) || undefined;
  });
}
