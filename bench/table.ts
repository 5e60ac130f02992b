// Results as Markdown. It measures nothing and judges nothing.
import { added, cpuRatios, find, isKept, median, spread } from './figures.js';
import { type Judgement, percent } from './goals.js';
import { type Measured, type Row, UPSTREAM_ITSELF } from './row.js';
import { LIMIT, NAIVE, OURS } from './servers.js';

type Cells = readonly string[];

export function markdownTable(head: Cells, rows: readonly Cells[]): string {
  const line = (cells: Cells) => `| ${cells.join(' | ')} |\n`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return line(head) + line(rule) + rows.map(line).join('');
}

const NONE = '–';

export function rowSection(row: Row): string {
  const { workload, mode } = row;
  const title = `### ${workload.name}, ${mode}: ${workload.meaning}\n\n`;
  return title + (workload.latency ? latencyTable(row) : cpuTable(row));
}

function cpuTable(row: Row): string {
  const naive = find(row, NAIVE);
  const limit = find(row, LIMIT);
  const fixed = row.mode === 'default' ? find(row, OURS) : undefined;
  const head = ['server', 'CPU µs min', 'CPU µs median', 'req/s best', 'req/s median'];
  const ratios = [
    ...(naive ? ['CPU / naive'] : []),
    ...(limit ? ['of the limit'] : []),
    ...(fixed ? ['CPU / fixed keys'] : []),
  ];
  const body = row.servers.map((server) => [
    ...cpuCells(server),
    ...(naive ? [ratioCell(cpuRatios(server, naive))] : []),
    ...(limit ? [ratioCell(cpuRatios(limit, server))] : []),
    ...(fixed ? [ratioCell(cpuRatios(server, fixed))] : []),
    ...spreadCells(server),
  ]);
  return markdownTable([...head, ...ratios, 'spread', 'rounds'], body);
}

function cpuCells({ name, rounds }: Measured): string[] {
  const kept = rounds.filter(isKept);
  if (kept.length === 0) return [name, NONE, NONE, NONE, NONE];
  const cpu = kept.map(({ cpuMicros }) => cpuMicros);
  const rates = kept.map(({ perSecond }) => perSecond);
  return [
    name,
    Math.min(...cpu).toFixed(1),
    median(cpu).toFixed(1),
    Math.max(...rates).toFixed(0),
    median(rates).toFixed(0),
  ];
}

function spreadCells({ rounds }: Measured): string[] {
  const kept = rounds.filter(isKept);
  const told = kept.length === 0 ? NONE : percent(spread(kept.map(({ cpuMicros }) => cpuMicros)));
  return [told, `${kept.length} of ${rounds.length}`];
}

function ratioCell(ratios: readonly number[]): string {
  return ratios.length === 0 ? NONE : median(ratios).toFixed(2);
}

function latencyTable(row: Row): string {
  const upstream = find(row, UPSTREAM_ITSELF);
  const head = ['server', 'p50 ms', 'p99 ms', 'added at p50', 'added at p99', 'CPU µs median'];
  const body = row.servers.map((server) => {
    const of = (figure: 'p50Ms' | 'p99Ms' | 'cpuMicros') =>
      median(server.rounds.map((round) => round[figure]));
    const isUpstream = server === upstream;
    const more = (figure: 'p50Ms' | 'p99Ms') =>
      upstream && !isUpstream ? median(added(server, upstream, figure)).toFixed(2) : NONE;
    const cpu = isUpstream ? NONE : of('cpuMicros').toFixed(0);
    const times = [of('p50Ms').toFixed(2), of('p99Ms').toFixed(2)];
    return [server.name, ...times, more('p50Ms'), more('p99Ms'), cpu];
  });
  return markdownTable(head, body);
}

export function goalSection(judgements: readonly Judgement[]): string {
  const body = judgements.map(({ goal, wanted, reached, isMet }) => [
    goal,
    wanted,
    reached ?? NONE,
    reached === null ? 'not measured' : isMet ? 'met' : 'missed',
  ]);
  return `### Goals\n\n${markdownTable(['goal', 'wanted', 'reached', ''], body)}`;
}
