// Up to fifty thousand random requests to one app over raw sockets: nothing is answered with 5xx, nothing
// crashes, nothing is kept. FUZZ_SEED and FUZZ_INPUTS choose others; .ci/run sends all.
import { expect, test } from 'vitest';
import { heapAfterCollection } from '../../support/heap.js';
import { inputs } from '../../support/inputs.js';
import { DOCUMENTED_ID, withApp } from '../../support/with-app.js';
import { type HttpInput, randomInput } from './http-inputs.js';
import { createRandom } from './random.js';
import { sendAll } from './send.js';

const SEED = Number(process.env.FUZZ_SEED ?? 20_261_124);
const INPUTS = Number(process.env.FUZZ_INPUTS ?? inputs(2000, 50_000));
const BATCH = 100;
const CONNECTIONS = 8;

const shown = ({ bytes }: HttpInput) => bytes.toString('latin1').slice(0, 2000);

test(`${INPUTS} random requests of seed ${SEED} are answered below 500, and leave nothing behind`, async () => {
  const rejections: unknown[] = [];
  const see = (reason: unknown) => rejections.push(reason);
  process.on('unhandledRejection', see);
  const env = {
    // A page of nine megabytes a time would be most of the work.
    PLAYGROUND: 'false',
    // The upstream is not what is tested: it must not run out.
    ...{
      UPSTREAM_RATE_PER_SECOND: '10000',
      CACHE_TTL_SECONDS: '3600',
      CACHE_MISSING_SECONDS: '3600',
    },
    ...{ CACHE_MAX_MB: '8', REQUEST_TIMEOUT_MS: '60000' },
  };
  await using app = await withApp({ env });
  // Stacks of refusals cost more than the refusals.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const random = createRandom(SEED);
  const counts = new Map<string, number>();
  const bad: unknown[] = [];
  let left = INPUTS;

  async function work(): Promise<void> {
    while (left > 0) {
      const inputs = Array.from({ length: Math.min(BATCH, left) }, () => randomInput(random));
      left -= inputs.length;
      const outcomes = await sendAll(app.url, inputs);
      for (const [index, outcome] of outcomes.entries()) {
        counts.set(String(outcome), (counts.get(String(outcome)) ?? 0) + 1);
        const input = inputs[index];
        if (outcome !== null && outcome >= 500 && input) bad.push([outcome, shown(input)]);
      }
      app.events.splice(0).forEach((event) => {
        if (event.type === 'unexpected') bad.push(event.error);
        if (event.type === 'operation') bad.push(...event.unexpected);
      });
    }
  }

  // Code is compiled and caches are filled by the first of them.
  const warmUp = Array.from({ length: 2000 }, () => randomInput(random));
  await sendAll(app.url, warmUp);
  const before = heapAfterCollection();
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  const grownMb = (heapAfterCollection() - before) / 1024 / 1024;
  process.off('unhandledRejection', see);
  Error.stackTraceLimit = stackTraceLimit;

  expect(bad.slice(0, 5)).toEqual([]);
  expect(rejections).toEqual([]);
  expect([...counts.values()].reduce((total, count) => total + count, 0)).toBe(INPUTS);
  // The inputs reach operations that run, and refusals of each kind.
  for (const status of ['200', '400', '404', '405', '415']) {
    expect([status, (counts.get(status) ?? 0) > INPUTS / 500]).toEqual([status, true]);
  }
  expect(grownMb).toBeLessThan(64);
  const { data } = await app.query(`{ model(id: "${DOCUMENTED_ID}") { name } }`);
  expect(data).toEqual({ model: { name: '情感分析' } });
}, 180_000);
