// The fault suite: callers of two keys over three apps, two of them replicas, all on one Redis, ask while
// PAI fails in every way, the registry changes, and Redis is killed and comes back. Each answer is judged.
//   CHAOS_SEED=… CHAOS_OPERATIONS=… npx vitest run test/chaos
import { Agent, request } from 'node:http';
import { expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.js';
import type { App } from '../../../src/app.js';
import type { Event } from '../../../src/domain/events.js';
import { describeWith, eventually } from '../../support/programs.js';
import { type RedisProcess, startRedis } from '../../support/redis-process.js';
import { startTestApp } from '../../support/with-app.js';
import {
  type Answered,
  ATTEMPT_TIMEOUT_MS,
  judge,
  QUERIES,
  variablesOf,
  WINDOWS,
} from './judge.js';
import { startKeyRouter } from './key-router.js';
import { type Operation, type Phase, seededRandom, writeScript } from './script.js';
import { createTruth, HIDDEN, idOf, MODEL_COUNT, type Truth } from './truth.js';

/** The seed of all random choices. */
const SEED = Number(process.env.CHAOS_SEED ?? 20_260_501);
/** The number of GraphQL requests. */
const OPERATIONS = Number(process.env.CHAOS_OPERATIONS ?? 20_000);
const PHASES = 24;
/** Callers at the same time. */
const CALLERS = 128;

interface Side {
  readonly key: string;
  readonly truth: Truth;
  readonly sandbox: Sandbox;
}

interface Caller {
  readonly side: Side;
  readonly app: App;
}

/** All connections in turn: a connection idle for ten seconds is closed, which may cross a request. */
const agent = new Agent({ keepAlive: true, maxSockets: CALLERS, scheduling: 'fifo' });

async function openSide(key: string, random: () => number): Promise<Side> {
  const truth = createTruth(key);
  const sees = (model: { Domain?: unknown }) => model.Domain !== HIDDEN;
  const sandbox = await startSandbox({
    keys: [{ id: key, secret: `secret-of-${key}`, sees }],
    models: truth.change(random, 1),
    random,
  });
  return { key, truth, sandbox };
}

async function openWorld(redis: RedisProcess, events: Event[], random: () => number) {
  const left = await openSide('alpha', random);
  const right = await openSide('beta', random);
  const sides = [left, right];
  const router = await startKeyRouter(new Map(sides.map(({ key, sandbox }) => [key, sandbox.url])));
  const open = async (side: Side): Promise<Caller> => {
    const env = {
      PAI_ENDPOINT: router.url,
      REDIS_URL: redis.url,
      ALIBABA_CLOUD_ACCESS_KEY_ID: side.key,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: `secret-of-${side.key}`,
      CACHE_TTL_SECONDS: String(WINDOWS.ttlMs / 1000),
      CACHE_REVALIDATE_SECONDS: String(WINDOWS.revalidateMs / 1000),
      CACHE_STALE_SECONDS: String(WINDOWS.staleMs / 1000),
      CACHE_MISSING_SECONDS: String(WINDOWS.missingMs / 1000),
      UPSTREAM_TIMEOUT_MS: String(ATTEMPT_TIMEOUT_MS),
      UPSTREAM_RATE_PER_SECOND: '300',
      REQUEST_TIMEOUT_MS: '2000',
      REDIS_QUOTA_TIMEOUT_MS: '200',
    };
    return { side, app: await startTestApp(env, events) };
  };
  const callers = [await open(left), await open(left), await open(right)];
  return {
    sides,
    callers,
    async close() {
      await Promise.all(callers.map(({ app }) => app.close()));
      await router.close();
      await Promise.all(sides.map(({ sandbox }) => sandbox.close()));
    },
  };
}

interface Reply {
  readonly status: number;
  readonly body: Answered['body'];
}

/** null: the caller has left. */
function post(
  { app }: Caller,
  { ask, cacheControl, leaveAfterMs }: Operation,
): Promise<Reply | null> {
  const body = JSON.stringify({ query: QUERIES[ask.kind], variables: variablesOf(ask) });
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(cacheControl && { 'cache-control': cacheControl }),
    };
    let isLeaving = false;
    const outgoing = request(
      `${app.url}/graphql`,
      { method: 'POST', agent, headers },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', (error) => (isLeaving ? resolve(null) : reject(error)));
        incoming.on('end', () => {
          clearTimeout(leaving);
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: incoming.statusCode ?? 0, body: JSON.parse(text) });
        });
      },
    );
    outgoing.on('error', (error) => (isLeaving ? resolve(null) : reject(error)));
    const leave = () => {
      isLeaving = true;
      outgoing.destroy();
      resolve(null);
    };
    const leaving = leaveAfterMs === undefined ? undefined : setTimeout(leave, leaveAfterMs);
    outgoing.end(body);
  });
}

interface Tally {
  readonly counts: Map<string, number>;
  readonly problems: string[];
}

async function perform(caller: Caller, operation: Operation, tally: Tally): Promise<void> {
  const startedAt = Date.now();
  const reply = await post(caller, operation);
  const count = (part: string) => tally.counts.set(part, (tally.counts.get(part) ?? 0) + 1);
  if (reply === null) {
    count('LEFT');
    return;
  }
  const { key, truth } = caller.side;
  const { problems, parts } = judge({
    ...{ key, truth, operation, startedAt, endedAt: Date.now() },
    ...reply,
  });
  for (const part of new Set(parts)) count(part);
  for (const problem of problems) {
    tally.problems.push(`${problem} — ${key}: ${JSON.stringify(operation)}`);
  }
}

function begin({ rules, change }: Phase, { sandbox, truth }: Side, random: () => number): void {
  sandbox.faults.clear();
  sandbox.faults.add(...rules);
  if (change > 0) sandbox.setModels(truth.change(random, change));
}

/** Killed twice, back after two phases each; frozen for a phase in between. */
async function disturbRedis(redis: RedisProcess, phase: number): Promise<void> {
  if (phase === 7 || phase === 17) await redis.kill();
  if (phase === 9 || phase === 19) await redis.restart();
  if (phase === 13) redis.hang();
  if (phase === 14) redis.goOn();
}

describeWith('redis-server', `under faults (CHAOS_SEED=${SEED})`, (executable) => {
  test(`each of ${OPERATIONS} answers is right or a typed error`, async () => {
    await run(executable, SEED);
  }, 180_000);
});

async function run(executable: string, seed: number): Promise<void> {
  const random = seededRandom(seed);

  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  // Half of all answers are errors; to map the stack of each costs more than to answer.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const events: Event[] = [];
  await using redis = await startRedis(executable);
  const world = await openWorld(redis, events, random);
  const script = writeScript(seed, PHASES, OPERATIONS);
  const tally: Tally = { counts: new Map(), problems: [] };
  const begunAt = Date.now();

  const size = Math.ceil(OPERATIONS / PHASES);
  const queue = script.operations.entries();
  const work = async () => {
    for (const [number, operation] of queue) {
      const phase = script.phases[number / size];
      // The others go on meanwhile.
      if (phase) for (const side of world.sides) begin(phase, side, random);
      if (phase) await disturbRedis(redis, number / size);
      const caller = world.callers[operation.app];
      if (caller) await perform(caller, operation, tally);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, work));
  const seconds = (Date.now() - begunAt) / 1000;

  await outage(world, tally);
  await recover(world, tally);
  await world.close();
  agent.destroy();
  process.off('unhandledRejection', onUnhandled);
  Error.stackTraceLimit = stackTraceLimit;
  const counts = Object.fromEntries([...tally.counts].sort());
  process.stderr.write(
    `chaos: seed ${seed}, ${OPERATIONS} operations in ${seconds} s: ${JSON.stringify(counts)}\n`,
  );

  const hint = `CHAOS_SEED=${seed}`;
  expect(tally.problems.slice(0, 10), hint).toEqual([]);
  expect(unhandled, hint).toEqual([]);
  expect(unexpectedIn(events), hint).toEqual([]);
  for (const { sandbox } of world.sides) expect(sandbox.inFlight(), hint).toBe(0);
  expectVariety(tally, events);
}

const freshRead = (index: number): Operation => ({
  ...{ app: 0, ask: { kind: 'model', index }, cacheControl: 'no-cache', leaveAfterMs: undefined },
});

/** PAI is down for all callers: each gets an error, and in the end PAI is not asked any more. */
async function outage(
  { sides, callers }: Awaited<ReturnType<typeof openWorld>>,
  tally: Tally,
): Promise<void> {
  for (const { sandbox } of sides) {
    sandbox.faults.clear();
  }
  // The breaker weighs the failures against all that went well in the ten seconds before.
  const endsAt = Date.now() + 15_000;
  for (let calls = 1; calls > 0; ) {
    if (Date.now() > endsAt) tally.problems.push('an outage did not open the breakers');
    if (Date.now() > endsAt) return;
    for (const { sandbox } of sides) sandbox.reset();
    for (const { sandbox } of sides) sandbox.faults.add({ fault: { kind: 'reset' } });
    const indexes = Array.from({ length: MODEL_COUNT }, (_, index) => index);
    await Promise.all(
      callers.flatMap((caller) => indexes.map((index) => perform(caller, freshRead(index), tally))),
    );
    calls = sides.reduce((sum, { sandbox }) => sum + sandbox.requests.length, 0);
  }
}

/** Faults end, and within the breaker's time every model is right again for all callers, without other help. */
async function recover(
  { sides, callers }: Awaited<ReturnType<typeof openWorld>>,
  tally: Tally,
): Promise<void> {
  for (const { sandbox } of sides) sandbox.faults.clear();
  const endsAt = Date.now() + 15_000;
  for (const caller of callers) {
    for (let index = 0; index < MODEL_COUNT; index += 1) {
      for (;;) {
        const round: Tally = { counts: new Map(), problems: [] };
        await perform(caller, freshRead(index), round);
        tally.problems.push(...round.problems);
        const [part = ''] = round.counts.keys();
        if (['LIVE', 'ABSENT', 'FORBIDDEN'].includes(part)) break;
        if (Date.now() > endsAt) {
          tally.problems.push(`${idOf(index)} is still ${part} for ${caller.side.key}`);
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
  for (const { sandbox } of sides) {
    await eventually(() => (sandbox.inFlight() === 0 ? true : undefined));
  }
}

function unexpectedIn(events: readonly Event[]): unknown[] {
  return events.flatMap((event): readonly unknown[] => {
    if (event.type === 'unexpected') return [event.error];
    return event.type === 'operation' ? event.unexpected : [];
  });
}

/** Without these checks the suite could pass without having tested anything. */
function expectVariety({ counts }: Tally, events: readonly Event[]): void {
  const parts = ['LIVE', 'CACHE', 'STALE', 'ABSENT', 'LEFT', 'FORBIDDEN', 'UPSTREAM_UNAVAILABLE'];
  for (const part of parts) expect(counts.get(part) ?? 0, part).toBeGreaterThan(0);
  const seen = new Set(
    events.flatMap((event): string[] => {
      if (event.type === 'upstream_attempt') return [event.outcome];
      if (event.type === 'redis') return [event.state.kind];
      return event.type === 'breaker' ? [event.state] : [];
    }),
  );
  for (const one of ['OK', 'NOT_FOUND', 'up', 'down']) expect([...seen], one).toContain(one);
  // On a busy machine an open breaker keeps most of the rest away, and that is as it should be.
  expect(seen.size, [...seen].join(' ')).toBeGreaterThanOrEqual(8);
}
