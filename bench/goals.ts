// The goals of the project and the results of a run, each by the median of its rounds.
import { added, cpuRatios, find, median, spread } from './figures.js';
import type { Mode } from './ours.js';
import { type Row, UPSTREAM_ITSELF } from './row.js';
import {
  COMPILED_PEER,
  LIMIT,
  NAIVE,
  OURS,
  WITH_BOTH,
  WITH_CHAIN,
  WITH_TOKENS,
} from './servers.js';

export interface Judgement {
  readonly goal: string;
  readonly wanted: string;
  /** null: the row has not been measured, or all its rounds were dropped. */
  readonly reached: string | null;
  readonly isMet: boolean;
}

interface CpuGoal {
  readonly workload: string;
  readonly mode: Mode;
  /** This server, unless another is given. */
  readonly server?: string;
  readonly against: string;
  /** Our CPU per request divided by the other's. */
  readonly atMost: number;
}

const CPU_GOALS: readonly CpuGoal[] = [
  { workload: 'S', mode: 'memoised', against: LIMIT, atMost: 1 / 0.9 },
  { workload: 'N', mode: 'memoised', against: LIMIT, atMost: 1 / 0.9 },
  { workload: 'S', mode: 'executed', against: NAIVE, atMost: 0.6 },
  { workload: 'N', mode: 'executed', against: NAIVE, atMost: 0.5 },
  { workload: 'V', mode: 'executed', against: NAIVE, atMost: 0.5 },
  { workload: 'E', mode: 'executed', against: COMPILED_PEER, atMost: 1 },
  { workload: 'M', mode: 'cold', against: NAIVE, atMost: 0.8 },
  { workload: 'A', mode: 'cold', against: NAIVE, atMost: 0.8 },
  ...['S', 'N'].flatMap((workload) =>
    [WITH_TOKENS, WITH_CHAIN, WITH_BOTH].map(
      (server): CpuGoal => ({ workload, mode: 'default', server, against: OURS, atMost: 1.3 }),
    ),
  ),
];

const MAX_ADDED_MS = 1;

export function judge(rows: readonly Row[]): Judgement[] {
  return [...CPU_GOALS.map((goal) => judgeCpu(goal, rows)), ...judgeLatency(rows)];
}

function judgeCpu(goal: CpuGoal, rows: readonly Row[]): Judgement {
  const { workload, mode, server = OURS, against, atMost } = goal;
  const row = rows.find(
    (candidate) => candidate.workload.name === workload && candidate.mode === mode,
  );
  const ours = row && find(row, server);
  const other = row && find(row, against);
  const ratios = ours && other ? cpuRatios(ours, other) : [];
  const ratio = median(ratios);
  return {
    goal: `${workload} ${mode}${server === OURS ? '' : `, ${server}`}, CPU by that of ${nameOf(against)}`,
    wanted: `≤ ${atMost.toFixed(2)}`,
    reached: ratios.length === 0 ? null : `${ratio.toFixed(2)} (spread ${percent(spread(ratios))})`,
    isMet: ratio <= atMost,
  };
}

function nameOf(against: string): string {
  return against === OURS ? 'fixed keys' : against;
}

function judgeLatency(rows: readonly Row[]): Judgement[] {
  const row = rows.find(({ workload }) => workload.latency !== undefined);
  const ours = row && find(row, OURS);
  const naive = row && find(row, NAIVE);
  const upstream = row && find(row, UPSTREAM_ITSELF);
  if (!ours || !naive || !upstream) return [];
  const addedMs = added(ours, upstream, 'p50Ms');
  const p99 = median(ours.rounds.map(({ p99Ms }) => p99Ms));
  const naiveP99 = median(naive.rounds.map(({ p99Ms }) => p99Ms));
  return [
    {
      goal: 'C, added at p50',
      wanted: `≤ ${MAX_ADDED_MS} ms`,
      reached: `${median(addedMs).toFixed(2)} ms (${range(addedMs)})`,
      isMet: median(addedMs) <= MAX_ADDED_MS,
    },
    {
      goal: `C, p99 by that of ${NAIVE}`,
      wanted: `≤ ${naiveP99.toFixed(2)} ms`,
      reached: `${p99.toFixed(2)} ms (${range(ours.rounds.map(({ p99Ms }) => p99Ms))})`,
      isMet: p99 <= naiveP99,
    },
  ];
}

function range(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
