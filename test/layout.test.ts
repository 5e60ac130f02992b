// The folders of the tests mirror those of the sources, so that a test is where one looks for it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { REPO_ROOT } from './support/programs.js';

const foldersIn = (folder: string) =>
  readdirSync(join(REPO_ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}`);

/** Their tests start the whole server: with the accelerator in front, or with a part of it that fails. */
const WHOLE = ['src/accelerator'];

const UNITS = [...foldersIn('src'), 'sandbox']
  .filter((sources) => !WHOLE.includes(sources))
  .map((sources) => ({ sources, tests: `test/${sources.replace(/^src\//, '')}` }))
  .filter(({ tests }) => existsSync(join(REPO_ROOT, tests)))
  .flatMap(({ sources, tests }) =>
    readdirSync(join(REPO_ROOT, tests), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => ({ file: join(tests, name), folder: join(sources, dirname(name)), sources })),
  );

/** The files that a test imports, also by way of the helpers beside it. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(REPO_ROOT, file), 'utf8');
  return [...text.matchAll(/from '(\.[^']+)\.js'/g)].flatMap(([, path = '']) => {
    const imported = `${relative('.', join(dirname(file), path))}.ts`;
    return imported.startsWith('test/') && !imported.startsWith('test/support/')
      ? [imported, ...importsOf(imported)]
      : [imported];
  });
}

test('each test of a part lies in the folder that mirrors its sources, and imports them', () => {
  expect(UNITS.length).toBeGreaterThan(80);
  const misplaced = UNITS.filter(
    ({ file, folder, sources }) =>
      !existsSync(join(REPO_ROOT, folder)) ||
      !importsOf(file).some((path) => path.startsWith(`${sources}/`)),
  );
  expect(misplaced.map(({ file }) => file)).toEqual([]);
});
