// The steps of `npm start` before the server runs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { checkoutOf, filesIn } from '../support/checkout.js';
import { eventually, REPO_ROOT, startMain } from '../support/programs.js';
import { DOCUMENTED_ID, postGraphql } from '../support/with-app.js';

const NAME = `query Name { model(id: "${DOCUMENTED_ID}") { name } }`;

describe.concurrent('`npm start`', () => {
  const SOURCES = ['src', 'sandbox', 'schema', 'scripts', 'package.json', 'tsconfig.json'];
  const LONG_AGO = new Date('2020-01-01');
  const script = 'scripts/start.mjs';

  test('is the command that these tests run', () => {
    const { scripts } = JSON.parse(readFileSync(join(REPO_ROOT, 'package.json'), 'utf8'));
    expect(scripts).toMatchObject({
      start: `node ${script}`,
      sandbox: `node ${script} sandbox`,
      doctor: `node ${script} doctor`,
    });
  });

  test('runs the current sources, after any earlier build', async () => {
    const checkout = checkoutOf(...SOURCES);
    mkdirSync(join(checkout, 'dist', 'http'), { recursive: true });
    for (const name of ['main.js', 'app.js', 'http/server.js']) {
      writeFileSync(join(checkout, 'dist', name), 'throw new Error("stale");');
      utimesSync(join(checkout, 'dist', name), LONG_AGO, LONG_AGO);
    }
    try {
      await using main = startMain({ PORT: '0' }, { cwd: checkout, script });
      const url = await main.url;
      expect(main.readyText()).toMatch(/^GraphQL at /);
      expect(main.stderr()).toBe('');
      expect((await postGraphql(url, { query: NAME })).data.model.name).toBe('情感分析');
      const names = readdirSync(join(checkout, 'dist'));
      expect(names).toContain('main.js');
      expect(names).not.toContain('app.js');
      expect(names).not.toContain('http');
    } finally {
      rmSync(checkout, { recursive: true });
    }
  });

  test('builds and writes nothing where the build is newer than its sources', async () => {
    const checkout = checkoutOf(...SOURCES);
    try {
      await startMain({ LOG_LEVEL: 'loud' }, { cwd: checkout, script }).exitCode;
      const built = filesIn(checkout);
      await using main = startMain({ PORT: '0' }, { cwd: checkout, script });
      await main.url;
      expect(filesIn(checkout)).toEqual(built);
    } finally {
      rmSync(checkout, { recursive: true });
    }
  });

  test.each<[string, (checkout: string) => void]>([
    ['changed', (checkout) => writeFileSync(join(checkout, 'src/main.ts'), 'process.exit(7);')],
    [
      'replaced by a file with an older time',
      (checkout) => {
        writeFileSync(join(checkout, 'src/new.ts'), 'process.exit(7);');
        utimesSync(join(checkout, 'src/new.ts'), LONG_AGO, LONG_AGO);
        renameSync(join(checkout, 'src/new.ts'), join(checkout, 'src/main.ts'));
      },
    ],
  ])('builds again after a source has been %s', async (_, change) => {
    const checkout = checkoutOf(...SOURCES);
    try {
      await startMain({ LOG_LEVEL: 'loud' }, { cwd: checkout, script }).exitCode;
      change(checkout);
      expect(await startMain({ PORT: '0' }, { cwd: checkout, script }).exitCode).toBe(7);
    } finally {
      rmSync(checkout, { recursive: true });
    }
  });

  test('starts twice at once, and leaves nothing but the build', async () => {
    const checkout = checkoutOf(...SOURCES);
    const before = filesIn(checkout);
    try {
      await using one = startMain({ PORT: '0' }, { cwd: checkout, script });
      await using other = startMain({ PORT: '0' }, { cwd: checkout, script });
      for (const url of [await one.url, await other.url]) {
        expect((await postGraphql(url, { query: NAME })).data.model.name).toBe('情感分析');
      }
      const added = filesIn(checkout).filter((file) => !before.includes(file));
      expect(added.filter((file) => !/^dist($| |\/[\w-]+\.(js|txt) )/.test(file))).toEqual([]);
    } finally {
      rmSync(checkout, { recursive: true });
    }
  });

  test('needs esbuild only to build, and says so where it is missing', async () => {
    const checkout = checkoutOf(...SOURCES);
    try {
      await startMain({ LOG_LEVEL: 'loud' }, { cwd: checkout, script }).exitCode;
      const installed = join(checkout, 'node_modules');
      rmSync(installed);
      mkdirSync(installed);
      const realModules = join(REPO_ROOT, 'node_modules');
      for (const name of readdirSync(realModules)) {
        if (name !== 'esbuild') {
          symlinkSync(join(realModules, name), join(installed, name));
        }
      }
      await using main = startMain({ PORT: '0' }, { cwd: checkout, script });
      expect((await postGraphql(await main.url, { query: NAME })).status).toBe(200);
      utimesSync(join(checkout, 'dist/main.js'), LONG_AGO, LONG_AGO);
      await using stale = startMain({ PORT: '0' }, { cwd: checkout, script });
      expect(await stale.exitCode).toBe(1);
      expect(stale.stderr()).toContain('needs esbuild, a development dependency');
    } finally {
      rmSync(checkout, { recursive: true });
    }
  });

  test('ends with the exit code of the server', async () => {
    await using wrong = startMain({ LOG_LEVEL: 'loud' }, { script });
    expect(await wrong.exitCode).toBe(78);
    await using right = startMain({ PORT: '0' }, { script });
    await right.url;
    right.child.kill('SIGTERM');
    expect(await right.exitCode).toBe(0);
  });

  test('is ended well by a signal at any moment of the build and of the start', async () => {
    const checkout = checkoutOf(...SOURCES);
    for (const afterMs of [100, 200, 300, 450, 600, 800]) {
      rmSync(join(checkout, 'dist'), { recursive: true, force: true });
      await using main = startMain({ PORT: '0' }, { cwd: checkout, script });
      await pause(afterMs);
      main.child.kill('SIGTERM');
      // Node itself has no handler at first.
      expect([afterMs, (await main.endSignal) ?? (await main.exitCode)]).toEqual([
        afterMs,
        expect.toBeOneOf([0, 'SIGTERM']),
      ]);
      expect(main.stderr()).toBe('');
    }
    rmSync(checkout, { recursive: true });
  });

  // npm hands SIGTERM to its shell, and dash ends without handing it on: the server ran on, without a parent.
  test.skipIf(process.platform === 'win32')('ends with the shell of npm', async () => {
    const shell = spawn('sh', ['-c', `"${process.execPath}" ${script}; exit $?`], {
      cwd: REPO_ROOT,
      env: { PATH: process.env.PATH, PORT: '0', npm_lifecycle_event: 'start' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(shell.stdout.setEncoding('utf8'), 'data');
    const [url = ''] = /http:\/\/[^/]+/.exec(String(line)) ?? [];
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    shell.kill('SIGTERM');
    expect(
      await eventually(() =>
        fetch(`${url}/healthz`).then(
          () => undefined,
          () => 'gone',
        ),
      ),
    ).toBe('gone');
  });

  test('runs nothing when it cannot build', async () => {
    const checkout = checkoutOf(...SOURCES);
    writeFileSync(join(checkout, 'src/main.ts'), 'import "./missing.js";');
    try {
      await using main = startMain({ PORT: '0' }, { cwd: checkout, script });
      expect(await main.exitCode).toBe(1);
      expect(main.stdout()).toBe('');
      expect(main.stderr()).toContain('Could not resolve "./missing.js"');
    } finally {
      rmSync(checkout, { recursive: true });
    }
  });
});
