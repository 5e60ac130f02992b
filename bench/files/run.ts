// How many source files one request runs through, cold and from memory, by V8's precise coverage of the sources.
//   npm run bench:files -- [--write]
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { type Child, startChild } from '../child.js';
import { ask, post } from '../http-request.js';
import { launchOurs } from '../ours.js';
import { circumstances, publish } from '../report.js';
import { markdownTable } from '../table.js';

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });

const SOURCES = ['--import', 'tsx'];
const GOALS = { cold: 60, 'from memory': 20 };
/** After so many, everything that is kept of a request is kept. */
const TIMES = 10;
const KNOWN = 'model-rbvg5wzljzks92';
const REQUEST = post({ query: `{ model(id: "${KNOWN}") { name } }` });
/** The first request of all loads code; it has nothing else in common with the measured one. */
const FIRST = post({ query: '{ __typename }' });

interface Ran {
  readonly path: string;
  /** Empty for the code of a module itself. */
  readonly functions: readonly string[];
}

async function ranIn(server: Child, request: typeof REQUEST): Promise<Ran[]> {
  await server.question('forget');
  await ask(server.url, request);
  const all = (await server.question('take')) as Ran[];
  return all
    .map((ran) => ({ ...ran, path: relative('src', ran.path) }))
    .filter(({ path }) => !path.startsWith('..') && !path.includes('__generated__'))
    .sort((one, other) => one.path.localeCompare(other.path));
}

const namesOf = ({ functions }: Ran) =>
  functions.map((name) => name || '(unnamed)').filter((name) => name !== '__name');

function show(title: string, files: readonly Ran[]): void {
  process.stdout.write(`\n${title}: ${files.length} files\n`);
  for (const ran of files) process.stdout.write(`  ${ran.path}: ${namesOf(ran).join(', ')}\n`);
}

const sandbox = await startChild({
  args: [...SOURCES, 'src/main.ts', 'sandbox'],
  env: { SANDBOX_PORT: '0' },
});
const keys = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'sandbox',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'sandbox-secret',
};
const { env = {} } = launchOurs('default', sandbox.url, keys);
const args = [...SOURCES, '--import', './bench/files/coverage.mjs', 'src/main.ts'];
const server = await startChild({ args, env });
await ask(server.url, FIRST);
const cold = await ranIn(server, REQUEST);
for (let time = 0; time < TIMES; time += 1) await ask(server.url, REQUEST);
const measured = { cold, 'from memory': await ranIn(server, REQUEST) };
await server.stop();
await sandbox.stop();

const rows = Object.entries(measured).map(([name, files]) => {
  show(name, files);
  const functions = files.reduce((sum, ran) => sum + ran.functions.length, 0);
  const goal = GOALS[name as keyof typeof GOALS];
  return [name, `${files.length}`, `${goal}`, `${functions}`];
});
const table = markdownTable(['request', 'files', 'goal', 'functions'], rows);
publish('bench:files', `${circumstances()}\n\n${table}`, values.write);
