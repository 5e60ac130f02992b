// The bench: this server and its peers, row by row, on one core each with load and upstream on the other.
//   npm run bench -- [--rounds 5] [--seconds 2] [--warm 5] [--only S,N] [--mode default] [--write]
import { parseArgs } from 'node:util';
import { SATURATED } from './figures.js';
import { judge } from './goals.js';
import { isBuilt } from './ours.js';
import { circumstances, publish } from './report.js';
import { measureRow, type Row } from './row.js';
import { goalSection, rowSection } from './table.js';
import { WORKLOADS } from './workloads.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    warm: { type: 'string', default: '5' },
    only: { type: 'string' },
    mode: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const only = values.only?.split(',');
const options = {
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  warmSeconds: Number(values.warm),
  onProgress: (line: string) => process.stderr.write(`${line}\n`),
};

const rows: Row[] = [];
for (const workload of WORKLOADS.filter(({ name }) => only?.includes(name) ?? true)) {
  const modes = workload.modes.filter((mode) => mode === (values.mode ?? mode));
  for (const mode of modes) rows.push(await measureRow(workload, mode, options));
}

const how = [
  `${options.rounds} rounds of ${options.seconds} s in turns after ${options.warmSeconds} s of warming up.`,
  `Rounds in which the core of a server was busy for less than ${SATURATED} of the time are dropped.`,
  `This server runs from ${isBuilt ? 'its build' : 'its sources through tsx'},`,
  'access control on.',
].join(' ');
const sections = [`${circumstances()} ${how}\n`, goalSection(judge(rows)), ...rows.map(rowSection)];
publish('bench', sections.join('\n'), values.write);
