// The steps of `npm start` before the server runs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { checkoutOf, filesIn } from '../support/checkout.js';
import { eventually, REPO_ROOT, startMain } from '../support/programs.js';
import { DOCUMENTED_ID, postGraphql } from '../support/with-app.js';

const NAME = `query Name { model(id: "${DOCUMENTED_ID}") { name } }`;

describe.concurrent('`npm start`', () => {
  const SOURCES = ['src', 'sandbox', 'schema', 'scripts', 'package.json', 'tsconfig.json'];
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
    }
    try {
      await using main = startMain({ PORT: '0' }, { cwd: checkout, script });
      const url = await main.url;
      expect(main.stdout()).toMatch(/^GraphQL at .*\n$/);
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

  test('writes nothing where the build is there already', async () => {
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

  test('ends with the exit code of the server', async () => {
    await using wrong = startMain({ LOG_LEVEL: 'loud' }, { script });
    expect(await wrong.exitCode).toBe(78);
    await using right = startMain({ PORT: '0' }, { script });
    await right.url;
    right.child.kill('SIGTERM');
    expect(await right.exitCode).toBe(0);
  });

  test('is ended well by a signal at any moment of the build and of the start', async () => {
    for (const afterMs of [100, 200, 300, 450, 600, 800]) {
      await using main = startMain({ PORT: '0' }, { script });
      await pause(afterMs);
      main.child.kill('SIGTERM');
      // Node itself has no handler at first.
      expect([afterMs, (await main.endSignal) ?? (await main.exitCode)]).toEqual([
        afterMs,
        expect.toBeOneOf([0, 'SIGTERM']),
      ]);
      expect(main.stderr()).toBe('');
    }
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
    const checkout = checkoutOf('dist', ...SOURCES);
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
