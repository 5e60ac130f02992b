// One request of at most 1 MB never stops the server: it keeps answering others, its memory returns, and what it
// refuses it refuses in a few words.
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.js';
import { numberedModels, numberedVersions, range } from '../../graphql/numbered-registry.js';
import { createRandom } from '../../security/fuzz/random.js';
import { longestStretch, WITH_LOOP_PROBE } from '../../support/loop-time.js';
import { type MainProcess, startMain } from '../../support/programs.js';
import { SANDBOX_ENV } from '../../support/with-app.js';
import { ANSWERED, type Attack, KNOWN_MODELS, REFUSED } from './bounds-inputs.js';
import { changed, randomShape, requestOf } from './bounds-search.js';

const MAX_REFUSAL_BYTES = 16 * 1024;
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024 + MAX_REFUSAL_BYTES;
const MAX_BLOCKED_MS = 500;
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
  const env = {
    ...SANDBOX_ENV,
    PAI_ENDPOINT: sandbox.url,
    PORT: '0',
    LOG_LEVEL: 'silent',
    UPSTREAM_RATE_PER_SECOND: '10000',
    UPSTREAM_CALLS_PER_OPERATION: '200',
    RESPONSE_CACHE: 'off',
  };
  main = startMain(env, WITH_LOOP_PROBE);
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
  /** CPU time of the longest stretch in which the server could not take another request. */
  readonly blockedMs: number;
}

async function send(attack: Attack): Promise<Outcome> {
  const body = JSON.stringify(attack);
  expect(body.length).toBeLessThanOrEqual(1024 * 1024);
  const { result, blockedMs } = await longestStretch(main, () => post(body));
  return { ...result, bytes: Buffer.byteLength(result.text), blockedMs };
}

/** Meanwhile others are answered. */
async function post(body: string): Promise<Pick<Outcome, 'status' | 'text'>> {
  let isOver = false;
  async function probe(): Promise<void> {
    while (!isOver) {
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      await pause(20);
    }
  }
  const probing = probe();
  const accept = 'application/graphql-response+json';
  const headers = { 'content-type': 'application/json', accept };
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body });
  const text = await response.text();
  isOver = true;
  await probing;
  return { status: response.status, text };
}

/** An operation is compiled after it came back five times. */
const TIMES = 7;

describe('a request of up to 1 MB is refused in a few words', () => {
  test.each(Object.entries(REFUSED))('%s', async (_, [attack, code]) => {
    for (let time = 0; time < TIMES; time += 1) {
      const { status, bytes, text, blockedMs } = await send(attack);
      expect(JSON.parse(text).errors[0].extensions.code).toBe(code);
      expect(status).toBe(400);
      expect(bytes).toBeLessThan(MAX_REFUSAL_BYTES);
      expect(blockedMs).toBeLessThan(MAX_BLOCKED_MS);
    }
  });
});

describe('a request of up to 1 MB is answered within the bounds', () => {
  test.each(Object.entries(ANSWERED))('%s', async (_, attack) => {
    for (let time = 0; time < TIMES; time += 1) {
      const { status, bytes, blockedMs } = await send(attack);
      expect(status).not.toBe(500);
      expect(bytes).toBeLessThan(MAX_RESPONSE_BYTES);
      expect(blockedMs).toBeLessThan(MAX_BLOCKED_MS);
    }
  });
});

/** BOUNDS_SEED and BOUNDS_INPUTS choose other shapes and more of them. */
const SEED = Number(process.env.BOUNDS_SEED ?? 1);
const INPUTS = Number(process.env.BOUNDS_INPUTS ?? 60);

test(`the most expensive of ${INPUTS} requests of up to 1 MB, searched from seed ${SEED}, leaves the server responsive`, async () => {
  const random = createRandom(SEED).next;
  let most = { shape: randomShape(random), blockedMs: 0 };
  for (let input = 0; input < INPUTS; input += 1) {
    const shape = input % 3 === 0 ? randomShape(random) : changed(most.shape, random);
    const { status, bytes, blockedMs, text } = await send(requestOf(shape));
    expect(status, JSON.stringify(shape)).not.toBe(500);
    expect(text).not.toContain('INTERNAL_SERVER_ERROR');
    expect(bytes).toBeLessThan(MAX_RESPONSE_BYTES);
    if (blockedMs > most.blockedMs) most = { shape, blockedMs };
    expect(blockedMs, JSON.stringify(shape)).toBeLessThan(MAX_BLOCKED_MS);
  }
});

test('after all of them the memory of the process has returned', async () => {
  const { text } = await send({ query: '{ __typename }' });
  expect(JSON.parse(text).data).toEqual({ __typename: 'Query' });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const rss = Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]);
  expect(rss).toBeLessThan(MAX_MEMORY_BYTES);
});
