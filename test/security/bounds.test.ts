// One request of at most 1 MB never stops the server: it keeps answering others, its memory returns, and what it
// refuses it refuses in a few words.
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.js';
import { numberedModels, numberedVersions, range } from '../graphql/numbered-registry.js';
import { type MainProcess, startMain } from '../support/programs.js';
import { SANDBOX_ENV } from '../support/with-app.js';
import { ANSWERED, type Attack, KNOWN_MODELS, REFUSED } from './bounds-inputs.js';
import { changed, randomShape, requestOf } from './bounds-search.js';
import { createRandom } from './fuzz/random.js';

const MAX_REFUSAL_BYTES = 16 * 1024;
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024 + MAX_REFUSAL_BYTES;
const MAX_PAUSE_MS = 1000;
const MAX_MEMORY_BYTES = 1_000_000_000;

let sandbox: Sandbox;
let main: MainProcess;
let url: string;

/** About 10 KB each. */
const models = () =>
  numberedModels(KNOWN_MODELS, () => ({
    model: {
      ModelDescription: 'x'.repeat(4000),
      Labels: range(0, 100).map((index) => ({ Key: `k${index}`, Value: `v${index}` })),
    },
    versions: numberedVersions(3, () => ({ VersionDescription: 'y'.repeat(1200) })),
  }));

beforeAll(async () => {
  sandbox = await startSandbox({ models: models() });
  main = startMain({
    ...SANDBOX_ENV,
    PAI_ENDPOINT: sandbox.url,
    PORT: '0',
    LOG_LEVEL: 'silent',
    UPSTREAM_RATE_PER_SECOND: '10000',
    UPSTREAM_CALLS_PER_OPERATION: '200',
    ANSWER_MEMO: 'off',
  });
  url = await main.url;
});

afterAll(async () => {
  await main[Symbol.asyncDispose]();
  await sandbox.close();
});

interface Outcome {
  readonly status: number;
  readonly bytes: number;
  readonly text: string;
  /** The longest that a probe had to wait meanwhile. */
  readonly pauseMs: number;
}

async function send(attack: Attack): Promise<Outcome> {
  const body = JSON.stringify(attack);
  expect(body.length).toBeLessThanOrEqual(1024 * 1024);
  const probes = watchProbes();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const text = await response.text();
  const pauseMs = await probes.stop();
  return { status: response.status, bytes: Buffer.byteLength(text), text, pauseMs };
}

function watchProbes() {
  let isOver = false;
  let longest = 0;
  async function watch(): Promise<void> {
    while (!isOver) {
      const startedAt = performance.now();
      const { status } = await fetch(`${url}/healthz`);
      expect(status).toBe(200);
      longest = Math.max(longest, performance.now() - startedAt);
      await pause(20);
    }
  }
  const watching = watch();
  return {
    async stop(): Promise<number> {
      isOver = true;
      await watching;
      return longest;
    },
  };
}

/** An operation is compiled after it came back five times. */
const TIMES = 7;

describe('a request of up to 1 MB is refused in a few words', () => {
  test.each(Object.entries(REFUSED))('%s', async (_, [attack, code]) => {
    for (let time = 0; time < TIMES; time += 1) {
      const { status, bytes, text, pauseMs } = await send(attack);
      expect(JSON.parse(text).errors[0].extensions.code).toBe(code);
      expect(status).toBe(400);
      expect(bytes).toBeLessThan(MAX_REFUSAL_BYTES);
      expect(pauseMs).toBeLessThan(MAX_PAUSE_MS);
    }
  });
});

describe('a request of up to 1 MB is answered within the bounds', () => {
  test.each(Object.entries(ANSWERED))('%s', async (_, attack) => {
    for (let time = 0; time < TIMES; time += 1) {
      const { status, bytes, pauseMs } = await send(attack);
      expect(status).not.toBe(500);
      expect(bytes).toBeLessThan(MAX_RESPONSE_BYTES);
      expect(pauseMs).toBeLessThan(MAX_PAUSE_MS);
    }
  });
});

/** BOUNDS_SEED and BOUNDS_INPUTS choose other shapes and more of them. */
const SEED = Number(process.env.BOUNDS_SEED ?? 1);
const INPUTS = Number(process.env.BOUNDS_INPUTS ?? 60);

test(`the most expensive of ${INPUTS} requests of up to 1 MB, searched from seed ${SEED}, leaves the server responsive`, async () => {
  const random = createRandom(SEED).next;
  let most = { shape: randomShape(random), pauseMs: 0 };
  for (let input = 0; input < INPUTS; input += 1) {
    const shape = input % 3 === 0 ? randomShape(random) : changed(most.shape, random);
    const { status, bytes, pauseMs, text } = await send(requestOf(shape));
    expect(status, JSON.stringify(shape)).not.toBe(500);
    expect(text).not.toContain('INTERNAL_SERVER_ERROR');
    expect(bytes).toBeLessThan(MAX_RESPONSE_BYTES);
    if (pauseMs > most.pauseMs) most = { shape, pauseMs };
    expect(pauseMs, JSON.stringify(shape)).toBeLessThan(MAX_PAUSE_MS);
  }
});

test('after all of them the memory of the process has returned', async () => {
  const { text } = await send({ query: '{ __typename }' });
  expect(JSON.parse(text).data).toEqual({ __typename: 'Query' });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const rss = Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]);
  const heap = Number(/^nodejs_heap_size_used_bytes (\S+)/m.exec(metrics)?.[1]);
  process.stderr.write(`RSS ${rss} ${heap}\n`);
  expect(rss).toBeLessThan(MAX_MEMORY_BYTES);
});
