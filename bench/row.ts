// One row: all its servers side by side, first checked to give equal answers, then warmed up, then measured in turns.
import assert from 'node:assert/strict';
import { type Child, startChild } from './child.js';
import { isKept } from './figures.js';
import { ask, type HttpRequest, toBytes, withToken } from './http-request.js';
import { type Identity, startIdentity } from './identity.js';
import { measureRound, type Round } from './measure.js';
import type { Mode } from './ours.js';
import { isLimit, OURS, serversOf } from './servers.js';
import { MODELS, type Workload } from './workloads.js';

export interface RowOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmSeconds: number;
  readonly onProgress: (line: string) => void;
}

export interface Measured {
  readonly name: string;
  /** In chronological order; the rounds of one index are next to each other in time. */
  readonly rounds: readonly Round[];
}

export interface Row {
  readonly workload: Workload;
  readonly mode: Mode;
  readonly servers: readonly Measured[];
}

export const SERVER_CORE = 0;
const LOAD_CORE = 1;
/** How many of the requests are compared whole before anything is measured. */
const COMPARED = 3;
/** At default ages the one model is read again now and then. */
const REVALIDATED = 0.001;
/** Dropped rounds are repeated, up to this many times the wanted number in all. */
const MAX_REPEATS = 2;
export const UPSTREAM_ITSELF = 'the upstream itself';

interface Running {
  readonly name: string;
  readonly child: Child;
  readonly requests: readonly Buffer[];
}

export function startUpstream(env: Readonly<Record<string, string>> = {}): Promise<Child> {
  const args = ['--import', 'tsx', 'bench/upstream.ts'];
  return startChild({ args, env: { UPSTREAM_MODELS: String(MODELS), ...env }, core: LOAD_CORE });
}

export async function measureRow(
  workload: Workload,
  mode: Mode,
  options: RowOptions,
): Promise<Row> {
  const { upstreamMs = 0 } = workload.latency ?? {};
  const upstream = await startUpstream({ UPSTREAM_LATENCY_MS: String(upstreamMs) });
  const identity = await startIdentity();
  const running: Running[] = [];
  try {
    await startAll(workload, mode, { upstream, identity }, running);
    if (workload.latency) running.push(asServer(upstream, workload));
    for (const server of running) await warm(server, upstream, workload, options);
    const rounds = await measureInTurns(running, upstream, workload, options);
    const servers = running.map(({ name }) => ({ name, rounds: rounds.get(name) ?? [] }));
    checkCalls(workload, mode, servers);
    return { workload, mode, servers };
  } finally {
    for (const { child } of running) if (child !== upstream) await child.stop();
    await upstream.stop();
    await identity.stop();
  }
}

async function startAll(
  { name: workload, requests, registration, isFederation = false }: Workload,
  mode: Mode,
  { upstream, identity }: { readonly upstream: Child; readonly identity: Identity },
  running: Running[],
): Promise<void> {
  let expected: string[] = [];
  for (const server of serversOf(workload, mode)) {
    const { name, hasTokens = false } = server;
    const sent = hasTokens ? requests.map((each) => withToken(each, identity.token)) : requests;
    const launch = server.launch(mode, upstream.url, isFederation, identity);
    const child = await startChild({ ...launch, core: SERVER_CORE });
    running.push({ name, child, requests: sent.map(toBytes) });
    if (isLimit(name)) {
      await fetch(child.url, { method: 'PUT', body: expected[0] ?? '' });
      continue;
    }
    if (registration) await ask(child.url, registration);
    const answers = await askAll(child.url, sent.slice(0, COMPARED));
    if (name === OURS) expected = answers;
    answers.forEach((answer, index) => {
      assert.deepEqual(dataOf(answer), dataOf(expected[index] ?? ''), `${name} answers otherwise`);
    });
  }
}

async function askAll(url: string, requests: readonly HttpRequest[]): Promise<string[]> {
  const answers: string[] = [];
  for (const request of requests) answers.push(await ask(url, request));
  return answers;
}

function dataOf(answer: string): unknown {
  const { data, errors } = JSON.parse(answer) as { data?: unknown; errors?: unknown };
  assert.ok(data && errors === undefined, `Not an answer to measure: ${answer.slice(0, 1000)}`);
  return data;
}

/** The wait of a client without a server in between: the same reads, asked of the upstream. */
function asServer(upstream: Child, { requests }: Workload): Running {
  const reads = requests.map(({ body }) => {
    const { id } = (JSON.parse(body) as { variables: { id: string } }).variables;
    return toBytes({ method: 'GET', path: `/api/v1/models/${id}`, headers: {}, body: '' });
  });
  return { name: UPSTREAM_ITSELF, child: upstream, requests: reads };
}

/** Sends every request at least once, so that a hot server holds all models that it will be asked for. */
async function warm(
  { child, requests }: Running,
  upstream: Child,
  { connections }: Workload,
  { warmSeconds }: RowOptions,
): Promise<void> {
  const minRequests = requests.length;
  await measureRound(child, upstream, { requests, connections, seconds: warmSeconds, minRequests });
}

async function measureInTurns(
  running: readonly Running[],
  upstream: Child,
  { name: workload, connections, latency, callsPerRequest, registration }: Workload,
  { rounds, seconds, onProgress }: RowOptions,
): Promise<Map<string, Round[]>> {
  // Where the upstream is asked, it shares the core of the load.
  const isAwake = callsPerRequest === 0;
  const perSecond = latency && { perSecond: latency.perSecond };
  const load = { connections, seconds, isAwake, ...perSecond };
  const measured = new Map<string, Round[]>(running.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds * MAX_REPEATS; round += 1) {
    if (round >= rounds && latency) break;
    if (round >= rounds && [...measured.values()].every((all) => hasEnough(all, rounds))) break;
    // Each round begins with another server, so that the same one does not always follow the slowest.
    for (let turn = 0; turn < running.length; turn += 1) {
      const server = running[(turn + round) % running.length];
      if (server === undefined) continue;
      const { child, requests, name } = server;
      // Some servers forget a hash after half a minute.
      if (registration) await ask(child.url, registration);
      const result = await measureRound(child, upstream, { requests, ...load });
      measured.get(name)?.push(result);
      onProgress(
        `${workload} ${round + 1} ${name}: ${result.cpuMicros.toFixed(1)} µs, ` +
          `${result.perSecond.toFixed(0)}/s, busy ${result.saturation.toFixed(2)}`,
      );
    }
  }
  return measured;
}

function hasEnough(all: readonly Round[], rounds: number): boolean {
  return all.filter(isKept).length >= rounds;
}

/** A cold row that is answered from memory, or a hot one that is not, measures something else. */
function checkCalls(
  { name, callsPerRequest }: Workload,
  mode: Mode,
  servers: readonly Measured[],
): void {
  const tolerance = mode === 'default' ? REVALIDATED : callsPerRequest * 0.02;
  for (const server of servers) {
    if (server.name === UPSTREAM_ITSELF) continue;
    const isMemory = callsPerRequest === 0 || isLimit(server.name);
    const expected = isMemory ? 0 : callsPerRequest;
    for (const round of server.rounds) {
      const isRight = Math.abs(round.callsPerRequest - expected) <= tolerance;
      const told = `${name}, ${server.name}: ${round.callsPerRequest} calls a request`;
      assert.ok(isRight, `${told} instead of ${expected}`);
    }
  }
}
