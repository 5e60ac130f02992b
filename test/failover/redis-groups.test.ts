// Two replicas on Sentinels and on a cluster, while the primary that counts the quota is killed or frozen under load:
// no operation fails, the rate is kept but for the starts that the failover forgets, and it is shared again soon.
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { SandboxRequest } from '../../sandbox/sandbox.js';
import type { App } from '../../src/app.js';
import { quotaAccount } from '../../src/pai/identity.js';
import { describeWith, untilEach } from '../support/programs.js';
import { type RedisGroup, startCluster, startSentinels } from '../support/redis-groups.js';
import type { RedisProcess } from '../support/redis-process.js';
import { busiestSecond, startSandboxProcess } from '../support/sandbox-process.js';
import { postGraphql, sampleIds, startTestApp } from '../support/with-app.js';

const QUERY = 'query ($id: ID!) { model(id: $id) { id } }';
const RATE = 20;
/** Each of two replicas. */
const SHARE = RATE / 2;
/** The delay of requests on a busy machine. */
const JITTER_MS = 150;
const SHARED_AGAIN_MS = 5000;
const ACCOUNT = quotaAccount({ accessKeyId: 'sandbox', accessKeySecret: 'sandbox-secret' });

/** The time of the first start with clearly more than a replica's share in the second before it. */
function sharedAgainAt(requests: readonly SandboxRequest[], after: number): number {
  const starts = requests.map(({ startedAt }) => startedAt).filter((at) => at > after);
  starts.sort((a, b) => a - b);
  const more = Math.ceil(1.5 * SHARE);
  const at = starts.find(
    (start, index) => start - (starts[index - more] ?? Number.NEGATIVE_INFINITY) < 1000,
  );
  return at ?? Number.POSITIVE_INFINITY;
}

type Open = (executable: string, quotaKey: string) => Promise<RedisGroup>;
type End = (primary: RedisProcess) => unknown;

const CASES: readonly (readonly [group: string, end: string, Open, End])[] = [
  ['Sentinels', 'killed', (executable) => startSentinels(executable), (primary) => primary.kill()],
  ['Sentinels', 'frozen', (executable) => startSentinels(executable), (primary) => primary.hang()],
  ['a cluster', 'killed', startCluster, (primary) => primary.kill()],
  ['a cluster', 'frozen', startCluster, (primary) => primary.hang()],
];

describeWith('redis-server', 'replicas and a group of Redis', (executable) => {
  test.each(CASES)('the quota on %s is kept while the primary is %s', async (...of) => {
    const [, , open, end] = of;
    await using sandbox = await startSandboxProcess();
    await using group = await open(executable, `${sandbox.url}:${ACCOUNT}:GetModel`);
    const settings = {
      PAI_ENDPOINT: sandbox.url,
      REDIS_URL: group.url,
      UPSTREAM_RATE_PER_SECOND: String(RATE),
      UPSTREAM_RATE_WITHOUT_REDIS: String(SHARE),
      UPSTREAM_LIST_BATCHING: 'off',
      // A busy machine is slow, and that is not tested here.
      REDIS_CACHE_TIMEOUT_MS: '300',
    };
    const apps = await Promise.all([startTestApp(settings), startTestApp(settings)]);
    await untilEach(apps, '"redis":"ok"');
    const stop = new AbortController();
    const stopSecond = new AbortController();
    const failures: unknown[] = [];
    const ids = sampleIds(80);
    const client = async ({ url }: App, offset: number, { signal }: AbortController) => {
      for (let index = offset; !signal.aborted; index += 1) {
        const body = { query: QUERY, variables: { id: ids[index % ids.length] } };
        failures.push(...(await postGraphql(url, body, { 'cache-control': 'no-cache' })).errors);
      }
    };
    const load = apps.flatMap((app, index) =>
      [0, 20, 40, 60].map((offset) => client(app, offset, index === 0 ? stop : stopSecond)),
    );
    await pause(2000);
    const primary = await group.primary();
    await end(primary);
    await group.untilReplaced(primary);
    const replacedAt = Date.now();
    await untilEach(apps, '"redis":"ok"');
    const upAt = Date.now();
    // The first replica alone can make more starts than its share only where both count together.
    stopSecond.abort();
    await pause(SHARED_AGAIN_MS);
    stop.abort();
    await Promise.all(load);
    await Promise.all(apps.map((app) => app.close()));
    expect(failures).toEqual([]);
    const requests = await sandbox.requests();
    expect(requests.length).toBeGreaterThan(3 * RATE);
    expect(sharedAgainAt(requests, upAt) - replacedAt).toBeLessThan(SHARED_AGAIN_MS);
    // Each replica takes its share without Redis, beside starts that the old primary alone knew.
    expect(busiestSecond(requests, JITTER_MS)).toBeLessThanOrEqual(2 * RATE);
  });

  test('the keys of a quota are in one slot, those of the cache in many, and all have the prefix', async () => {
    await using sandbox = await startSandboxProcess();
    await using group = await startCluster(executable, 'any');
    const settings = {
      PAI_ENDPOINT: sandbox.url,
      REDIS_URL: group.url,
      REDIS_KEY_PREFIX: 'team-a:',
    };
    const app = await startTestApp(settings);
    const other = await startTestApp(settings);
    await untilEach([app, other], '"redis":"ok"');
    const ids = sampleIds(30);
    const query = 'query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id meta { source } } }';
    const first = await postGraphql(app.url, { query, variables: { ids } });
    expect(first.errors).toEqual([]);
    await pause(500);
    const { data, errors } = await postGraphql(other.url, { query, variables: { ids } });
    expect(errors).toEqual([]);
    for (const { meta } of data.modelsByIds) expect(meta.source).toBe('CACHE');
    const keys = await group.keys();
    expect(keys.filter((key) => key.includes(':cache:')).length).toBeGreaterThanOrEqual(30);
    for (const key of keys) expect(key).toMatch(/^team-a:pai-model-graph:/);
    await app.close();
    await other.close();
  });
});
