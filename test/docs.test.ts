// The documents are true: their tables equal the code's, and their queries are run.
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { includeFiles } from '../scripts/included-files.js';
import { settingsDocument } from '../scripts/settings-document.js';
import { ERRORS, type ErrorRow } from '../src/domain/errors.js';
import { withApp } from './support/with-app.js';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

function block(text: string, name: string): string {
  const [, inside = ''] =
    new RegExp(`<!-- ${name}:[^>]*-->\\n([^]*)<!-- /${name} -->`).exec(text) ?? [];
  return inside;
}

function fenced(text: string, language: string): string {
  const [, inside = ''] = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(text) ?? [];
  return inside;
}

test('docs/settings.md lists every setting with its default and meaning (`npm run docs` writes it)', () => {
  expect(read('docs/settings.md')).toBe(settingsDocument());
});

test.each(['docs/clients.md', 'docs/gateways.md'])(
  'each code block of %s is a file of examples/ (`npm run docs` writes it)',
  (path) => {
    const document = read(path);
    expect(document).toBe(includeFiles(document, read));
    const fences = document.match(/^```\w+$/gm) ?? [];
    const files = document.match(/^<!-- file: \S+ -->\n```\w+$/gm) ?? [];
    expect(files.length).toBeGreaterThanOrEqual(9);
    expect(fences).toHaveLength(files.length);
  },
);

test.each([
  { path: 'docs/clients.md', column: /^\| .*`.* \|$/gm, least: 11 },
  { path: 'docs/gateways.md', column: /^\| `@.*composition`/gm, least: 3 },
])('$path names packages that examples/ runs', ({ path, column, least }) => {
  const { devDependencies } = JSON.parse(read('examples/package.json'));
  const rows = read(path).match(column) ?? [];
  const names = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  expect(names.length).toBeGreaterThanOrEqual(least);
  expect(names.filter((name = '') => !Object.hasOwn(devDependencies, name))).toEqual([]);
});

test('README’s query gives README’s answer', async () => {
  await using app = await withApp();
  const readme = read('README.md');
  const { data, extensions } = await app.query(fenced(readme, 'graphql'));
  // The one figure that is measured: the rest is the same everywhere.
  extensions.upstream.waitMs = 0;
  expect({ data, extensions }).toEqual(JSON.parse(fenced(readme, 'json')));
});

test('docs/pricing.md explains its query as a server does', async () => {
  await using app = await withApp();
  const pricing = read('docs/pricing.md');
  await app.query('{ model(id: "model-rbvg5wzljzks92") { name } }');
  const query = fenced(pricing, 'graphql');
  const explained = await app.query(query, {}, { 'x-upstream-explain': 'true' });
  const { explain } = explained.extensions;
  const shown = JSON.parse(fenced(block(pricing, 'explain'), 'json'));
  // It depends on the second.
  expect({ ...explain, quotaLeft: shown.quotaLeft }).toEqual(shown);
  expect(app.sandbox.requests).toHaveLength(1);
  expect((await app.query(query)).extensions.upstream.calls).toBe(shown.expected);
});

test('the headline figures of both READMEs are those that `npm run bench:quota` has written', () => {
  const table = block(read('bench/README.md'), 'bench:quota');
  const figures = ['this server', 'with DataLoader', 'naive Apollo'].map(
    (server) => new RegExp(`^\\| ${server} \\| (\\d+) \\|`, 'm').exec(table)?.[1],
  );
  for (const path of ['README.md', 'README.zh-CN.md']) {
    const [, headline = ''] = read(path).split('(bench/README.md#quota)');
    const [sentence = ''] = headline.split('\n\n');
    expect(sentence.match(/\d+/g)?.filter((figure) => figure !== '50')).toEqual(figures);
  }
});

test('README is short', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(120);
});

test('docs/errors.md is the table of src/domain/errors.ts', () => {
  const rows = Object.entries<ErrorRow>(ERRORS).map(([code, row]) => {
    const retried = [row.retryable ? 'yes' : 'no', row.except].filter(Boolean).join('; ');
    return `| ${code} | ${row.httpStatus} | ${retried} | ${row.when} |\n`;
  });
  expect(block(read('docs/errors.md'), 'errors')).toBe(
    `| code | HTTP, without \`data\` | retried | when |\n| --- | --: | --- | --- |\n${rows.join('')}`,
  );
});

test('docs/glossary.md has 25 words in order, and each names code that exists', () => {
  const rows = [...read('docs/glossary.md').matchAll(/^\| ([^|]+) \| [^|]+ \| `(src[^`]+)` \|$/gm)];
  const words = rows.map(([, word]) => word);
  expect(words).toHaveLength(25);
  expect(words).toEqual([...words].sort());
  for (const [, , path] of rows) {
    expect([path, existsSync(new URL(`../${path}`, import.meta.url))]).toEqual([path, true]);
  }
});

test('docs/architecture.md is one page, and each file that it names exists', () => {
  const page = read('docs/architecture.md');
  expect(page.split('\n').length).toBeLessThanOrEqual(110);
  const named = [...page.matchAll(/`([a-z]+\/[a-z/-]+)`/g)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(20);
  for (const path of named) {
    const places = [`../src/${path}.ts`, `../src/${path}`, `../${path}`];
    const isThere = places.some((place) => existsSync(new URL(place, import.meta.url)));
    expect([path, isThere]).toEqual([path, true]);
  }
});
