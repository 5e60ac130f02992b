// Follows the recipes of CONTRIBUTING.md in copies of the project: they work as written, and not without any one step.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.js';
import { modelId, numberedModels } from './graphql/numbered-registry.js';
import { REPO_ROOT, startMain } from './support/programs.js';
import { postGraphql, SANDBOX_ENV } from './support/with-app.js';

interface Step {
  readonly file: string;
  /** The line behind which the snippet goes begins with this text. */
  readonly after: string;
  readonly snippet: string;
}

const text = readFileSync(join(REPO_ROOT, 'CONTRIBUTING.md'), 'utf8');
const STEP = /^\d\. `([^`]+)`, after `([^`]+)`.*?```\w+\n(.*?)^ {3}```/gms;

function stepsOf(title: string): Step[] {
  const [, section = ''] = text.split(`## ${title}\n`);
  const [recipe = ''] = section.split('\n## ');
  return [...recipe.matchAll(STEP)].map(([, file = '', after = '', snippet = '']) => ({
    ...{ file, after, snippet: snippet.replaceAll(/^ {3}/gm, '') },
  }));
}

const FIELD = stepsOf('Add a field');
const LIST = stepsOf('Add a list');
const COPIED = ['package.json', 'sandbox', 'schema', 'scripts', 'src', 'tsconfig.json'];
const copies: string[] = [];
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({
    models: numberedModels(3, () => ({ model: { ModelFlavor: 'vanilla' } })),
  });
});

afterAll(async () => {
  await sandbox.close();
  for (const copy of copies) rmSync(copy, { recursive: true });
});

function copyWith(steps: readonly Step[]): string {
  const copy = mkdtempSync(join(tmpdir(), 'recipe-'));
  copies.push(copy);
  for (const name of COPIED) cpSync(join(REPO_ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(REPO_ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const { file, after, snippet } of steps) {
    const lines = readFileSync(join(copy, file), 'utf8').split('\n');
    const at = lines.findIndex((line) => line.trimStart().startsWith(after));
    expect(at, `${file} has a line that begins with ${after}`).toBeGreaterThanOrEqual(0);
    lines.splice(at + 1, 0, snippet.trimEnd());
    writeFileSync(join(copy, file), lines.join('\n'));
  }
  return copy;
}

const QUERIES = {
  field: `{ model(id: "${modelId(0)}") { flavor } }`,
  list: '{ newestModels(first: 2) { nodes { id } totalCount } }',
};
const EXPECTED = {
  field: { model: { flavor: 'vanilla' } },
  list: { newestModels: { nodes: [{ id: modelId(2) }, { id: modelId(1) }], totalCount: 3 } },
};

/** The answers of the copy's own build, and the calls that explaining them announces and that they cost. */
async function answersOf(copy: string, names: readonly (keyof typeof QUERIES)[]) {
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: copy, stdio: 'pipe' });
  const env = { ...SANDBOX_ENV, PAI_ENDPOINT: sandbox.url, PORT: '0', LOG_LEVEL: 'silent' };
  await using main = startMain(env, { cwd: copy });
  const url = await main.url;
  const answers: Record<string, unknown> = {};
  const calls: Record<string, unknown> = {};
  for (const name of names) {
    const query = QUERIES[name];
    const explained = await postGraphql(url, { query }, { 'x-upstream-explain': 'true' });
    const { data, extensions } = await postGraphql(url, { query });
    answers[name] = data ?? null;
    calls[name] = [explained.extensions?.explain?.expected, extensions?.upstream?.calls];
  }
  return { answers, calls };
}

const BOTH = ['field', 'list'] as const;

test('a field and a list that are added as CONTRIBUTING.md says are answered, and cost what explaining them says', async () => {
  expect([FIELD.length, LIST.length]).toEqual([3, 2]);
  const { answers, calls } = await answersOf(copyWith([...FIELD, ...LIST]), BOTH);
  expect(answers).toEqual(EXPECTED);
  expect(calls).toEqual({ field: [1, 1], list: [1, 1] });
});

test('without their schema neither is answered', async () => {
  const { answers } = await answersOf(copyWith([...FIELD.slice(1), ...LIST.slice(1)]), BOTH);
  expect(answers).toEqual({ field: null, list: null });
});

test('without its decoder line the field is empty, and without its resolver the list is', async () => {
  const { answers } = await answersOf(copyWith([...FIELD.slice(0, 2), ...LIST.slice(0, 1)]), BOTH);
  expect(answers).toEqual({ field: { model: { flavor: null } }, list: { newestModels: null } });
});

test('without the mark of its upstream call the price of the list is wrong', async () => {
  const unmarked = LIST.map((step) => ({
    ...step,
    snippet: step.snippet.replace(/@upstream\(.*?\n {4}\)\n/s, ''),
  }));
  expect(unmarked).not.toEqual(LIST);
  const { calls } = await answersOf(copyWith(unmarked), ['list']);
  expect(calls).toEqual({ list: [0, 1] });
});

test.each([
  ['with both', FIELD, []],
  ['without the domain type', FIELD.filter(({ file }) => !file.includes('domain')), [2353]],
  ['without the decoder line', FIELD.filter(({ file }) => !file.includes('decode')), [2741]],
])(
  'the compiler checks that a field has a domain type and a decoder line: %s',
  (_, steps, codes) => {
    const copy = copyWith(steps);
    const { config } = ts.readConfigFile(join(copy, 'tsconfig.json'), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, copy);
    const file = join(copy, 'src/pai/decode/model.ts');
    const program = ts.createProgram([file], options);
    const problems = program.getSemanticDiagnostics(program.getSourceFile(file));
    expect(problems.map(({ code }) => code)).toEqual(codes);
  },
);
