// Follows the recipes of CONTRIBUTING.md in copies of the project: they work as written, and not without any one step.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.js';
import { modelId, numberedModels } from './graphql/numbered-registry.js';
import { checkoutOf } from './support/checkout.js';
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
const COPIED = [
  ...['package.json', 'codegen.yml', 'sandbox', 'schema', 'scripts', 'src', 'tsconfig.json'],
];
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
  const copy = checkoutOf(...COPIED);
  copies.push(copy);
  for (const step of steps) {
    const file = join(copy, step.file);
    writeFileSync(file, followed(step, readFileSync(file, 'utf8')));
  }
  return copy;
}

function followed({ file, after, snippet }: Step, source: string): string {
  const lines = source.split('\n');
  const at = lines.findIndex((line) => line.trimStart().startsWith(after));
  expect(at, `${file} has a line that begins with ${after}`).toBeGreaterThanOrEqual(0);
  return lines.toSpliced(at + 1, 0, snippet.trimEnd()).join('\n');
}

const QUERIES = {
  field: `{ model(id: "${modelId(0)}") { flavor } }`,
  list: '{ newestModels(first: 2) { nodes { id } totalCount } }',
};
const EXPECTED = {
  field: { model: { flavor: 'vanilla' } },
  list: { newestModels: { nodes: [{ id: modelId(2) }, { id: modelId(1) }], totalCount: 3 } },
};

function settings(): Record<string, string> {
  return { ...SANDBOX_ENV, PAI_ENDPOINT: sandbox.url, PORT: '0', LOG_LEVEL: 'silent' };
}

/** The paths of elements that the doctor of a copy that has been built does not know. */
async function unrecordedIn(copy: string): Promise<string[]> {
  await using doctor = startMain(settings(), { cwd: copy, args: ['doctor'] });
  await doctor.exitCode;
  const found = doctor.stdout().matchAll(/GetModel: (\S+) is not recorded/g);
  return [...found].map(([, path = '']) => path);
}

/** The answers of the copy's own build, and the calls that explaining them announces and that they cost. */
async function answersOf(copy: string, names: readonly (keyof typeof QUERIES)[]) {
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: copy, stdio: 'pipe' });
  await using main = startMain(settings(), { cwd: copy });
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
  expect([FIELD.length, LIST.length]).toEqual([4, 3]);
  const copy = copyWith([...FIELD, ...LIST]);
  const { answers, calls } = await answersOf(copy, BOTH);
  expect(answers).toEqual(EXPECTED);
  expect(calls).toEqual({ field: [1, 1], list: [1, 1] });
  expect(await unrecordedIn(copy)).toEqual([]);
});

test('without their schema neither is answered', async () => {
  const { answers } = await answersOf(copyWith([...FIELD.slice(1), ...LIST.slice(1)]), BOTH);
  expect(answers).toEqual({ field: null, list: null });
});

test('without its decoder line the field is empty, without its resolver the list is, and without its contract the doctor warns', async () => {
  const copy = copyWith([...FIELD.slice(0, 2), ...LIST.slice(0, 1)]);
  const { answers } = await answersOf(copy, BOTH);
  expect(answers).toEqual({ field: { model: { flavor: null } }, list: { newestModels: null } });
  expect(await unrecordedIn(copy)).toEqual(['ModelFlavor']);
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

test('the compiler accepts the resolver of the list with the types that are generated for it', () => {
  const copy = copyWith(LIST);
  const generator = join(copy, 'node_modules/.bin/graphql-codegen');
  execFileSync(generator, { cwd: copy, stdio: 'pipe' });
  const resolver = join(copy, 'src/graphql/resolvers/query.ts');
  const program = ts.createProgram([resolver], optionsOf(copy));
  const problems = program.getSemanticDiagnostics(program.getSourceFile(resolver));
  expect(problems.map(({ messageText }) => messageText)).toEqual([]);
});

function optionsOf(folder: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(folder, 'tsconfig.json'), ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, ts.sys, folder).options;
}

/** The codes of the compiler's errors in the decoder, where these steps are followed. Files are parsed once. */
function createCompiler() {
  const options = optionsOf(REPO_ROOT);
  const decoder = join(REPO_ROOT, 'src/pai/decode/model.ts');
  const host = ts.createCompilerHost(options);
  const parsed = new Map<string, ts.SourceFile | undefined>();
  return (steps: readonly Step[]): number[] => {
    const changed = new Map(steps.map((step) => [join(REPO_ROOT, step.file), step]));
    const getSourceFile: typeof host.getSourceFile = (name, target) => {
      const step = changed.get(name);
      if (step !== undefined) {
        return ts.createSourceFile(name, followed(step, readFileSync(name, 'utf8')), target);
      }
      if (!parsed.has(name)) parsed.set(name, host.getSourceFile(name, target));
      return parsed.get(name);
    };
    const program = ts.createProgram([decoder], options, { ...host, getSourceFile });
    const problems = program.getSemanticDiagnostics(program.getSourceFile(decoder));
    return problems.map(({ code }) => code);
  };
}

test('the compiler notices a field that lacks its domain type or its decoder line', () => {
  const problemsWith = createCompiler();
  const without = (folder: string) => FIELD.filter(({ file }) => !file.includes(folder));
  expect(problemsWith(FIELD)).toEqual([]);
  expect(problemsWith(without('domain'))).toEqual([2353]);
  expect(problemsWith(without('decode'))).toEqual([2741]);
});
