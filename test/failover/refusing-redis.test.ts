// A Redis that refuses, in each way that a real one does: two replicas say so in /readyz, in the log and in
// the metrics, answer all the same, and together start no more than the account may.
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../support/free-port.js';
import { describeWith, eventually, type MainProcess, startMain } from '../support/programs.js';
import { startRedis } from '../support/redis-process.js';
import {
  busiestSecond,
  type SandboxProcess,
  startSandboxProcess,
} from '../support/sandbox-process.js';
import { postGraphql, SANDBOX_ENV, sampleIds } from '../support/with-app.js';

const RATE = 10;
const LOAD_MS = 2500;
/** Two replicas, a Redis and a sandbox, each a process, on few cores. */
const JITTER_MS = 150;
const QUERY = 'query ($id: ID!) { model(id: $id) { id } }';

interface Refusing extends AsyncDisposable {
  /** As the replicas are told of it. */
  readonly url: string;
}

interface Refusal {
  readonly name: string;
  readonly expected: RegExp;
  readonly reason: string;
  open(executable: string): Promise<Refusing>;
}

async function plain(
  executable: string,
  { password, more = [] }: { password?: string; more?: readonly string[] } = {},
) {
  return startRedis(executable, password, more);
}

/** One node of a cluster in which the other one has all slots. */
async function clusterNode(executable: string, hasOther: boolean): Promise<Refusing> {
  const files: string[] = [];
  const node = async () => {
    const file = join(tmpdir(), `nodes-${randomUUID()}.conf`);
    files.push(file);
    const cluster = ['--cluster-enabled', 'yes', '--cluster-config-file', file];
    return plain(executable, { more: [...cluster, '--cluster-port', String(await freePort())] });
  };
  const asked = await node();
  const other = hasOther ? await node() : null;
  if (other) {
    const slots = [0, 16_383].map(String);
    await other.client.call('CLUSTER', 'ADDSLOTSRANGE', ...slots);
    const { port } = new URL(other.url);
    const bus = await other.client.config('GET', 'cluster-port');
    const busPort = Array.isArray(bus) ? String(bus[1]) : '';
    await asked.client.call('CLUSTER', 'MEET', '127.0.0.1', port, busPort);
    await eventually(async () =>
      String(await asked.client.call('CLUSTER', 'INFO')).includes('cluster_state:ok')
        ? true
        : undefined,
    );
  }
  return {
    url: asked.url,
    async [Symbol.asyncDispose]() {
      await asked[Symbol.asyncDispose]();
      await other?.[Symbol.asyncDispose]();
      await Promise.all(files.map((file) => rm(file, { force: true })));
    },
  };
}

const REFUSALS: readonly Refusal[] = [
  {
    name: 'a replica',
    expected: /^degraded: READONLY$/,
    reason: 'READONLY',
    async open(executable) {
      const redis = await plain(executable);
      await redis.client.replicaof('127.0.0.1', await freePort());
      return redis;
    },
  },
  {
    name: 'a replica that lost its primary and says so',
    expected: /^degraded: MASTERDOWN$/,
    reason: 'MASTERDOWN',
    async open(executable) {
      const redis = await plain(executable, { more: ['--replica-serve-stale-data', 'no'] });
      await redis.client.replicaof('127.0.0.1', await freePort());
      return redis;
    },
  },
  {
    name: 'a user without rights',
    expected: /^degraded: NOPERM$/,
    reason: 'NOPERM',
    async open(executable) {
      const redis = await plain(executable);
      await redis.client.call('ACL', 'SETUSER', 'reader', 'on', '>secret', '~*', '+@read');
      const { port } = new URL(redis.url);
      return {
        url: `redis://reader:secret@127.0.0.1:${port}`,
        [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
      };
    },
  },
  {
    name: 'a missing password',
    expected: /^degraded: NOAUTH$/,
    reason: 'NOAUTH',
    async open(executable) {
      const redis = await plain(executable, { password: 'secret' });
      return {
        url: redis.url.replace(':secret@', ''),
        [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
      };
    },
  },
  {
    name: 'full memory',
    expected: /^degraded: OOM$/,
    reason: 'OOM',
    open: (executable) =>
      plain(executable, { more: ['--maxmemory', '1', '--maxmemory-policy', 'noeviction'] }),
  },
  {
    name: 'a cluster without slots',
    expected: /^degraded: CLUSTERDOWN$/,
    reason: 'CLUSTERDOWN',
    open: (executable) => clusterNode(executable, false),
  },
  {
    name: 'a node of a cluster',
    expected: /^degraded: (MOVED|CROSSSLOT)$/,
    reason: 'MOVED',
    open: (executable) => clusterNode(executable, true),
  },
  {
    name: 'a Redis that hangs',
    expected: /^(degraded|down): TIMEOUT$/,
    reason: 'TIMEOUT',
    async open(executable) {
      const redis = await plain(executable);
      redis.hang();
      return redis;
    },
  },
];

const readiness = async (url: string) => {
  const response = await fetch(`${url}/readyz`);
  const { parts } = (await response.json()) as { parts: Record<string, string> };
  return { status: response.status, redis: parts.redis ?? '' };
};

/** Cold reads, four at a time, until the time is over. Gives the errors. */
async function load(url: string, ids: readonly string[]): Promise<unknown[]> {
  const endsAt = performance.now() + LOAD_MS;
  const errors: unknown[] = [];
  let next = 0;
  const client = async () => {
    while (performance.now() < endsAt) {
      const id = ids[next % ids.length];
      next += 1;
      const body = { query: QUERY, variables: { id } };
      const answer = await postGraphql(url, body, { 'cache-control': 'no-cache' });
      errors.push(...answer.errors);
    }
  };
  await Promise.all(Array.from({ length: 4 }, client));
  return errors;
}

describeWith('redis-server', 'a Redis that refuses', (executable) => {
  let sandbox: SandboxProcess;
  beforeAll(async () => {
    sandbox = await startSandboxProcess();
    // Its first answers are slow, and would arrive with the next ones.
    await Promise.all(Array.from({ length: 20 }, () => fetch(sandbox.url)));
  });
  afterAll(() => sandbox[Symbol.asyncDispose]());

  test.each(REFUSALS)(
    '$name is told, counted, logged once, and costs no answer',
    async (refusal) => {
      await using redis = await refusal.open(executable);
      const env = {
        ...SANDBOX_ENV,
        PORT: '0',
        PAI_ENDPOINT: sandbox.url,
        REDIS_URL: redis.url,
        UPSTREAM_RATE_PER_SECOND: String(RATE),
        UPSTREAM_RATE_WITHOUT_REDIS: String(RATE / 2),
        CACHE_TTL_SECONDS: '1',
        // Each operation of PAI has a quota of its own; here there is one.
        UPSTREAM_LIST_BATCHING: 'off',
      };
      await using first = startMain(env);
      await using second = startMain(env);
      const replicas: MainProcess[] = [first, second];
      const urls = await Promise.all(replicas.map(({ url }) => url));
      // Before any operation has come.
      for (const url of urls)
        expect(await readiness(url)).toMatchObject({
          status: 200,
          redis: expect.stringMatching(refusal.expected),
        });

      const begunAt = Date.now();
      const ids = sampleIds(80);
      const errors = await Promise.all(
        urls.map((url, index) => load(url, ids.slice(index * 40, index * 40 + 40))),
      );
      expect(errors).toEqual([[], []]);
      const starts = (await sandbox.requests()).filter(({ startedAt }) => startedAt >= begunAt);
      expect(starts.length).toBeGreaterThan(RATE);
      expect(busiestSecond(starts, JITTER_MS)).toBeLessThanOrEqual(RATE);

      for (const url of urls) {
        expect(await readiness(url)).toMatchObject({
          status: 200,
          redis: expect.stringMatching(refusal.expected),
        });
        const metrics = await (await fetch(`${url}/metrics`)).text();
        expect(metrics).toMatch(
          new RegExp(`^pai_graph_redis_errors_total\\{reason="${refusal.reason}"\\} [1-9]`, 'm'),
        );
        expect(metrics).toContain('pai_graph_redis_up 0');
      }
      for (const replica of replicas) {
        const lines = (await replica.logAtEnd()).map(({ msg }) => String(msg));
        const told = lines.filter((line) => line.startsWith('Redis is '));
        expect(told).toHaveLength(1);
        expect(told[0]?.replace('Redis is ', '')).toMatch(refusal.expected);
      }
    },
  );
});
