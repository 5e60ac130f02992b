// The soak: mixed load with faults for ten minutes against the real server, and its memory over time.
//   node --import tsx bench/soak/run.ts [seconds]
// Prints one line for each sample and a summary in Markdown; exits 1 when memory grew or an answer was wrong.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { sampleModels } from '../../sandbox/sandbox.js';
import { seededRandom } from '../random.js';
import { nextRequest } from './load.js';

const SECONDS = Number(process.argv[2] ?? 600);
const CONCURRENCY = 16;
const SAMPLE_MS = 10_000;
/** The first part fills caches and compiles code: it is not judged. */
const WARM_UP_SHARE = 0.3;
const MAX_GROWTH_PERCENT = 10;

interface Sample {
  readonly seconds: number;
  readonly rssMb: number;
  readonly heapMb: number;
}

const children: ChildProcess[] = [];

/** V8 lets a heap grow as far as it may before it cleans up: growth is meaningful only under a limit. */
const HEAP_LIMIT_MB = 256;

async function start(args: readonly string[], env: Record<string, string>): Promise<string> {
  const node = [`--max-old-space-size=${HEAP_LIMIT_MB}`, '--import', 'tsx', 'src/main.ts'];
  const child = spawn(process.execPath, [...node, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const chunk of child.stdout) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(String(chunk))?.[0];
    child.stdout.resume();
    if (url) return url;
  }
  throw new Error('It did not start.');
}

const sandboxUrl = await start(['sandbox'], { SANDBOX_PORT: '0' });
const url = await start([], {
  PORT: '0',
  LOG_LEVEL: 'silent',
  PAI_ENDPOINT: sandboxUrl,
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'sandbox',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'sandbox-secret',
  UPSTREAM_RATE_PER_SECOND: '2000',
  CACHE_TTL_SECONDS: '2',
  CACHE_REVALIDATE_SECONDS: '2',
  CACHE_STALE_SECONDS: '20',
  CACHE_MAX_MB: '32',
});
await fetch(`${sandboxUrl}/_sandbox/faults`, {
  method: 'PUT',
  body: JSON.stringify([
    { probability: 0.01, fault: { kind: 'error', status: 503, code: 'ServiceUnavailable' } },
    { probability: 0.005, fault: { kind: 'reset' } },
    { probability: 0.005, fault: { kind: 'cut' } },
    { probability: 0.002, fault: { kind: 'html' } },
    { probability: 0.05, delayMs: 100 },
  ]),
});

const outcomes = new Map<string, number>();
const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
const samples: Sample[] = [];
const random = seededRandom(20_261_124);
const ids = sampleModels().map(({ model }) => String(model.ModelId));
const endsAt = Date.now() + SECONDS * 1000;

async function client(): Promise<void> {
  while (Date.now() < endsAt) {
    const { body, headers, leavesAfterMs } = nextRequest(ids, random);
    const signal = leavesAfterMs === null ? null : AbortSignal.timeout(leavesAfterMs);
    try {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        signal,
      });
      const answer = (await response.json()) as { errors?: { extensions: { code: string } }[] };
      count(answer.errors?.[0]?.extensions.code ?? 'OK');
    } catch (error) {
      count(signal?.aborted ? 'left' : `broken: ${error}`);
    }
  }
}

async function sample(): Promise<void> {
  const startedAt = Date.now();
  while (Date.now() < endsAt - SAMPLE_MS) {
    await pause(SAMPLE_MS);
    const text = await (await fetch(`${url}/metrics`)).text();
    const megabytes = (name: string) =>
      Math.round(Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]) / 1024 / 1024);
    const now = {
      seconds: Math.round((Date.now() - startedAt) / 1000),
      rssMb: megabytes('process_resident_memory_bytes'),
      heapMb: megabytes('nodejs_heap_size_used_bytes'),
    };
    samples.push(now);
    process.stdout.write(`${now.seconds} s: rss ${now.rssMb} MB, heap ${now.heapMb} MB\n`);
  }
}

/** Means of the first and the last third after the warm-up, since a heap rises and falls with each collection. */
function growthPercent(of: (sample: Sample) => number): number {
  const judged = samples.slice(Math.floor(samples.length * WARM_UP_SHARE)).map(of);
  const third = Math.max(1, Math.floor(judged.length / 3));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return (mean(judged.slice(-third)) / mean(judged.slice(0, third)) - 1) * 100;
}

await Promise.all([sample(), ...Array.from({ length: CONCURRENCY }, client)]);
for (const child of children.reverse()) {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

const total = [...outcomes.values()].reduce((sum, value) => sum + value, 0);
const rssGrowth = growthPercent(({ rssMb }) => rssMb);
const heapGrowth = growthPercent(({ heapMb }) => heapMb);
const isBroken = [...outcomes.keys()].some((outcome) => outcome.startsWith('broken'));
process.stdout.write(
  `\n| figure | value |\n| --- | --- |\n| seconds | ${SECONDS} |\n| operations | ${total} |\n` +
    [...outcomes].map(([outcome, times]) => `| … ${outcome} | ${times} |\n`).join('') +
    `| heap limit | ${HEAP_LIMIT_MB} MB |\n` +
    `| RSS, largest | ${Math.max(...samples.map(({ rssMb }) => rssMb))} MB |\n` +
    `| RSS, last third against first | ${rssGrowth.toFixed(1)} % |\n` +
    `| heap, last third against first | ${heapGrowth.toFixed(1)} % |\n`,
);
process.exitCode = isBroken || rssGrowth > MAX_GROWTH_PERCENT ? 1 : 0;
