// The memory of the built server under everyday work, in short: tokens that change all the time, temporary keys
// from the credential chain, a shared cache and quota in Redis, and more documents and models than its caches hold.
// The published run: SOAK_MINUTES=10 npm run test:soak -- test/soak/steady-memory.test.ts
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AUDIENCE, createKey, ISSUER, type SigningKey, startKeyServer } from '../auth/issuer.js';
import { CHAIN_ENV, startCredentialsUri, temporaryKeys } from '../support/credentials-uri.js';
import { modelIdOf, startLargeRegistry } from '../support/large-registry.js';
import { describeWith, type MainProcess, startMain } from '../support/programs.js';
import { startRedis } from '../support/redis-process.js';
import { postGraphql } from '../support/with-app.js';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 0.5);
/** Of the manifests; in a short run a smaller one, whose caches are full after its first third, too. */
const HEAP_MB = MINUTES >= 10 ? 832 : 96;
const ROLE = 'acs:ram::1000000000000001:role/reader';
const SAMPLES_PER_THIRD = 20;
const CLIENTS = 16;
/** Between two operations of a client. */
const PAUSE_MS = 20;
/** The chain fetches keys again from fifteen minutes before their end: here each half minute. */
const KEYS_LAST_MS = 930_000;
const MODELS = 100_000;
/** The most of the last third to the one before it, by medians. A short run still fills caches. */
const HEAP_GROWTH = MINUTES >= 10 ? 1.05 : 1.3;
/** V8 lets the young generation grow and shrink with the load: in ten minutes by some 40 MB. */
const RESIDENT_GROWTH = 1.3;

/** Spreads consecutive numbers over `count`, the same in each run. */
const spread = (index: number, count: number) => (index * 7919) % count;

/** Long enough that the cache of documents is full after some hundreds. */
const FIELDS = Array.from(
  { length: 20 },
  (_, index) => `f${index}: name g${index}: labels { key value }`,
).join(' ');

/** Responses that come again, models and lists of models that no cache holds, and new documents. */
function operation(index: number): { query: string; variables?: Record<string, unknown> } {
  const id = modelIdOf(spread(index, MODELS));
  const some = Array.from({ length: 10 }, (_, of) => modelIdOf(spread(index * 10 + of, MODELS)));
  const kinds = [
    { query: `{ model(id: "${modelIdOf(index % 40)}") { id name labels { key value } } }` },
    {
      query: 'query One($id: ID!) { model(id: $id) { id name latestVersion { versionName } } }',
      variables: { id },
    },
    {
      query: 'query Some($ids: [ID!]!) { modelsByIds(ids: $ids) { id name raw } }',
      variables: { ids: some },
    },
    { query: `query Q${spread(index, 20_000)} { model(id: "${id}") { id ${FIELDS} } }` },
  ];
  return kinds[index % kinds.length] ?? { query: '{ __typename }' };
}

const tokenOf = (key: SigningKey, index: number) =>
  key.sign({
    ...{ iss: ISSUER, aud: AUDIENCE, sub: `user-${index % 1000}`, jti: String(index) },
    exp: Math.floor(Date.now() / 1000) + 120,
  });

interface Sample {
  readonly heapUsed: number;
  readonly rss: number;
}

async function memoryOf({ child }: MainProcess): Promise<Sample> {
  const answered = once(child, 'message');
  child.send('memory');
  return (await answered)[0];
}

const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const growthOf = ([, middle = 0, last = 0]: readonly number[]) => last / middle;

describeWith('redis-server', 'the memory of a server with tokens, chain and Redis', (redisPath) => {
  test(
    `is flat after the first third of ${MINUTES} minutes`,
    async () => {
      await using redis = await startRedis(redisPath, undefined, [
        '--maxmemory',
        '64mb',
        '--maxmemory-policy',
        'allkeys-lru',
      ]);
      await using registry = await startLargeRegistry(MODELS);
      const key = await createKey();
      await using keyServer = await startKeyServer(key);
      await using uri = await startCredentialsUri(temporaryKeys(1000), KEYS_LAST_MS);
      await using server = startMain(
        {
          ...CHAIN_ENV,
          ...uri.env,
          ALIBABA_CLOUD_ROLE_ARN: ROLE,
          ...{ PORT: '0', LOG_LEVEL: 'warn', PAI_ENDPOINT: registry.url, REDIS_URL: redis.url },
          ...{ AUTH: 'jwt', JWT_JWKS: keyServer.url, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE },
          ...{ CACHE_MAX_MB: '16', CACHE_TTL_SECONDS: '10', UPSTREAM_RATE_PER_SECOND: '1000' },
        },
        {
          nodeFlags: [
            `--max-old-space-size=${HEAP_MB}`,
            ...['--expose-gc', '--import', './test/support/heap-probe.mjs'],
          ],
          hasChannel: true,
        },
      );
      const url = await server.url;
      const stop = new AbortController();
      const failures: unknown[] = [];
      let asked = 0;
      const client = async () => {
        while (!stop.signal.aborted) {
          const index = asked;
          asked += 1;
          const headers = { authorization: `Bearer ${await tokenOf(key, index)}` };
          failures.push(...(await postGraphql(url, operation(index), headers)).errors);
          await pause(PAUSE_MS);
        }
      };
      const load = Array.from({ length: CLIENTS }, client);
      const thirds: Sample[][] = [];
      for (let third = 0; third < 3; third += 1) {
        const samples: Sample[] = [];
        for (let index = 0; index < SAMPLES_PER_THIRD; index += 1) {
          await pause((MINUTES * 20_000) / SAMPLES_PER_THIRD);
          samples.push(await memoryOf(server));
        }
        thirds.push(samples);
      }
      stop.abort();
      await Promise.all(load);
      const of = (name: keyof Sample) =>
        thirds.map((samples) => median(samples.map((one) => one[name])));
      const [heap, resident] = [of('heapUsed'), of('rss')];
      process.stdout.write(
        `${asked} operations, ${uri.fetches()} sets of keys, ${keyServer.asked()} key sets; ` +
          `heap ${heap.map(megabytes).join(', ')} MB, resident ${resident.map(megabytes).join(', ')} MB\n`,
      );
      expect(failures).toEqual([]);
      expect(growthOf(heap)).toBeLessThan(HEAP_GROWTH);
      expect(growthOf(resident)).toBeLessThan(RESIDENT_GROWTH);
    },
    MINUTES * 60_000 + 120_000,
  );
});
