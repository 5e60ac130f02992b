// The npm package: what it contains, and that it runs where it is installed.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, REPO_ROOT, startMain } from '../support/programs.js';
import { DOCUMENTED_ID, postGraphql } from '../support/with-app.js';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'package-'));
const BIN = join('node_modules', '.bin', 'pai-model-graph');
const env = { PATH: process.env.PATH, HOME: process.env.HOME };

interface Packed {
  readonly filename: string;
  readonly version: string;
  readonly files: readonly { readonly path: string }[];
}
let packed: Packed;

beforeAll(async () => {
  // Without the script that builds: test/support/build.ts has done so, and other tests read the files.
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', args, { cwd: REPO_ROOT, env });
  [packed] = JSON.parse(stdout);
  await run('npm', ['init', '--yes'], { cwd: folder, env });
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await run('npm', ['install', ...options, packed.filename], { cwd: folder, env });
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

test('`npm pack` contains what runs, its licence and its description', () => {
  const tops = packed.files.map(({ path }) => path.replace(/\/.*/, '/'));
  expect([...new Set(tops)].sort()).toEqual([
    'LICENSE',
    'README.md',
    'README.zh-CN.md',
    'dist/',
    'package.json',
    'playground/',
    'schema/',
  ]);
  const paths = packed.files.map(({ path }) => path);
  expect(paths).toContain('dist/main.js');
  expect(paths.filter((path) => path.endsWith('.ts') || path.endsWith('tsconfig.json'))).toEqual(
    [],
  );
});

test('the package has the licences of the code in its bundle, and of nothing else', () => {
  const text = readFileSync(join(REPO_ROOT, 'dist/third-party-licenses.txt'), 'utf8');
  const rows = [...text.matchAll(/^== (\S+) \S+ \((\S+)\)$/gm)];
  const names = rows.map(([, name]) => name);
  for (const name of ['@apollo/server', 'graphql', 'got', 'zod']) expect(names).toContain(name);
  for (const name of ['ioredis', 'esbuild', 'vitest']) expect(names).not.toContain(name);
  expect(text).toContain('Permission is hereby granted, free of charge');
  // docs/deploy.md names these; a new one needs a look.
  const known = /^(MIT|ISC|BSD-[23]-Clause|Apache-2\.0|BlueOak-1\.0\.0)$/;
  const others = rows.filter(([, , license = '']) => !known.test(license));
  expect(others.map(([, name]) => name)).toEqual(['@apollo/federation-internals']);
});

test('`npx pai-model-graph` starts the sandbox and the playground', async () => {
  await using main = startMain({ PORT: '0' }, { cwd: folder, script: BIN });
  const url = await main.url;
  const query = `{ model(id: "${DOCUMENTED_ID}") { name } }`;
  expect((await postGraphql(url, { query })).data.model.name).toBe('情感分析');
  expect((await (await fetch(url)).text()).length).toBeGreaterThan(1_000_000);
  main.child.kill('SIGTERM');
  expect(await main.exitCode).toBe(0);
});

test('`npx pai-model-graph doctor` examines it, by the command that npm links', async () => {
  const { stdout } = await run(join(folder, BIN), ['doctor'], {
    cwd: folder,
    env: { ...env, PORT: '0' },
  });
  expect(stdout).toContain('all is well');
});

test('`npx pai-model-graph sandbox` is the sandbox alone', async () => {
  await using main = startMain(
    { SANDBOX_PORT: '0' },
    { cwd: folder, script: BIN, args: ['sandbox'] },
  );
  expect(await eventually(() => main.stdout() || undefined)).toContain('PAI sandbox at http://');
});
