// All replicas are replaced under load, one after the other, behind a balancer that is late to learn of it.
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startSandbox } from '../../sandbox/sandbox.js';
import { modelId, numberedModels } from '../graphql/numbered-registry.js';
import { startBalancer } from '../support/balancer.js';
import { eventually, type MainProcess, startMain } from '../support/programs.js';
import { SANDBOX_ENV } from '../support/with-app.js';

const MODELS = 50;
const PER_SECOND = 200;
const LATE_MS = 1000;
/** Longer than the balancer takes to learn of the shutdown, also on a busy machine. */
const DELAY_MS = 3000;

const operation = (index: number) =>
  JSON.stringify({ query: `query Op${index} { model(id: "${modelId(index % MODELS)}") { id } }` });

interface Asked {
  readonly id: string;
  /** null: all is as it should be. */
  readonly problem: string | null;
}

/** Sends one operation; each has a request id of its own, and is never sent again. */
function ask(url: string, agent: Agent, index: number): Promise<Asked> {
  const id = `op-${index}`;
  const headers = {
    'content-type': 'application/json',
    'x-request-id': id,
    // Every fourth waits for PAI.
    ...(index % 4 === 0 && { 'cache-control': 'no-cache' }),
  };
  return new Promise((resolve) => {
    const end = (problem: string | null) => resolve({ id, problem });
    const sent = request(`${url}/graphql`, { method: 'POST', headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('error', (error) => end(error.message));
      response.on('end', () => {
        const isOwn = response.headers['x-request-id'] === id;
        const isRight = text.includes(`{"model":{"id":"${modelId(index % MODELS)}"}}`);
        end(response.statusCode === 200 && isOwn && isRight ? null : text);
      });
    });
    sent.on('error', (error) => end(error.message));
    sent.end(operation(index));
  });
}

/** At an even rate, whatever the answers do; `stop` waits for the last answer. */
function startLoad(url: string) {
  const agent = new Agent({ keepAlive: true });
  const asked: Promise<Asked>[] = [];
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) * PER_SECOND) / 1000;
    while (asked.length < due) asked.push(ask(url, agent, asked.length));
  }, 5);
  return async () => {
    clearInterval(timer);
    const all = await Promise.all(asked);
    agent.destroy();
    return { all, perSecond: (all.length * 1000) / (performance.now() - startedAt) };
  };
}

interface Replica {
  readonly url: string;
  readonly main: MainProcess;
}

async function endAll(replicas: readonly Replica[]): Promise<void> {
  await Promise.all(replicas.map(({ main }) => main[Symbol.asyncDispose]()));
}

/** The request ids of the operations that a replica has finished, at its end. */
async function finishedBy({ main }: Replica): Promise<unknown[]> {
  const lines = await main.logAtEnd();
  return lines.filter(({ outcome }) => outcome === 'OK').map(({ requestId }) => requestId);
}

test('a rolling update of three replicas loses no operation, and none is answered twice', async () => {
  const sandbox = await startSandbox({ models: numberedModels(MODELS) });
  sandbox.faults.add({ delayMs: 100 });
  await using balancer = await startBalancer(LATE_MS);
  const all: Replica[] = [];
  await using _ = { [Symbol.asyncDispose]: () => endAll(all) };
  const env = {
    ...{ PORT: '0', PAI_ENDPOINT: sandbox.url, ...SANDBOX_ENV },
    ...{ UPSTREAM_RATE_PER_SECOND: '1000', SHUTDOWN_DELAY_MS: String(DELAY_MS) },
  };
  const startReplica = async () => {
    const main = startMain(env);
    const url = await main.url;
    const replica = { url, main };
    all.push(replica);
    balancer.add(url);
    await eventually(() => balancer.isUsing(url) || undefined);
    return replica;
  };
  const old = await Promise.all([startReplica(), startReplica(), startReplica()]);
  const stopLoad = startLoad(balancer.url);
  await pause(1000);
  for (const { url, main } of old) {
    await startReplica();
    main.child.kill('SIGTERM');
    expect(await main.exitCode).toBe(0);
    expect(balancer.isUsing(url)).toBe(false);
  }
  await pause(1000);
  const { all: asked, perSecond } = await stopLoad();
  const finished = (await Promise.all(all.map(finishedBy))).flat();

  expect(balancer.failures).toEqual([]);
  expect(asked.filter(({ problem }) => problem !== null)).toEqual([]);
  expect(finished.sort()).toEqual(asked.map(({ id }) => id).sort());
  expect(perSecond).toBeGreaterThan(PER_SECOND * 0.9);
  expect(asked.length).toBeGreaterThan(PER_SECOND * 10);
  await sandbox.close();
});
