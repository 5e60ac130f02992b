// The time from the start to the first answer from the embedded sandbox, and the memory of the idle server.
//   npm run bench:start -- [--times 5] [--write]
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Launch, residentBytes, startChild } from '../child.js';
import { median } from '../figures.js';
import { ask, post } from '../http-request.js';
import { entry } from '../ours.js';
import { circumstances, publish } from '../report.js';
import { markdownTable } from '../table.js';

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '5' },
    write: { type: 'boolean', default: false },
  },
});

const IDLE_MS = 3000;
const QUESTION = post({ query: '{ models(first: 1) { nodes { name } } }' });

interface Start {
  readonly seconds: number;
  /** null: the started process is not the server's. */
  readonly idleMb: number | null;
}

async function startOnce(launch: Launch): Promise<Start> {
  const startedAt = performance.now();
  const server = await startChild({ ...launch, env: { PORT: '0' } });
  try {
    await ask(server.url, QUESTION);
    const seconds = (performance.now() - startedAt) / 1000;
    if (launch.isGroup) return { seconds, idleMb: null };
    await pause(IDLE_MS);
    return { seconds, idleMb: residentBytes(server.pid) / 1024 / 1024 };
  } finally {
    await server.stop();
  }
}

const COMMANDS: readonly [string, Launch][] = [
  ['npm start', { command: 'npm', args: ['start'], isGroup: true }],
  [`node ${entry.join(' ')}`, { args: entry }],
];

const rows: string[][] = [];
for (const [name, launch] of COMMANDS) {
  const starts: Start[] = [];
  for (let time = 0; time < Number(values.times); time += 1) starts.push(await startOnce(launch));
  const seconds = starts.map((start) => start.seconds);
  const idle = starts.flatMap(({ idleMb }) => (idleMb === null ? [] : [idleMb]));
  rows.push([
    `\`${name}\``,
    median(seconds).toFixed(2),
    Math.max(...seconds).toFixed(2),
    idle.length === 0 ? '–' : median(idle).toFixed(0),
  ]);
}

const head = ['command', 'first answer after s, median', 'longest', 'idle RSS MB'];
publish('bench:start', `${circumstances()}\n\n${markdownTable(head, rows)}`, values.write);
