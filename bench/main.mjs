// Starts one of the benches: first fetches the packages that they need, and keeps its processes on the load's core.
//   node bench/main.mjs run|calls|files|growth|quota|start [options]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

const SCRIPTS = {
  run: 'bench/run.ts',
  calls: 'bench/calls/run.ts',
  files: 'bench/files/run.ts',
  growth: 'bench/growth/run.ts',
  quota: 'bench/quota/run.ts',
  start: 'bench/start/run.ts',
};

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

function must(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const [name, ...options] = process.argv.slice(2);
const script = SCRIPTS[name];
if (script === undefined) throw new Error(`One of: ${Object.keys(SCRIPTS).join(', ')}.`);
if (cpus().length < 2)
  throw new Error('One core for the server and one for the load: two, please.');
if (name !== 'files' && !existsSync('bench/node_modules')) must('npm', ['ci', '--prefix', 'bench']);
const line = [process.execPath, '--import', 'tsx', script, ...options];
// A start is measured as a user would see it: on any core.
if (name === 'start') must(line[0], line.slice(1));
else must('taskset', ['-c', '1', ...line]);
