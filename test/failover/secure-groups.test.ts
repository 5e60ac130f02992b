// Sentinels and a cluster that speak TLS alone and ask for passwords, through a failover; and settings that do not fit.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith, eventually, startMain } from '../support/programs.js';
import {
  createSecurity,
  type GroupSecurity,
  type RedisGroup,
  startCluster,
  startSentinels,
} from '../support/redis-groups.js';

type Open = (executable: string, security: GroupSecurity) => Promise<RedisGroup>;

const CASES: readonly (readonly [name: string, Open])[] = [
  ['Sentinels', startSentinels],
  ['a cluster', (executable, security) => startCluster(executable, 'any', security)],
];

const stateOf = async (url: string): Promise<string> => {
  const ready = await fetch(`${url}/readyz`);
  const { parts } = (await ready.json()) as { parts: { redis: string } };
  return parts.redis;
};

describeWith('redis-server', 'a group of Redis with TLS and passwords', (executable) => {
  let security: GroupSecurity;
  beforeAll(async () => {
    security = await createSecurity();
  });
  afterAll(() => security[Symbol.asyncDispose]());

  const settingsFor = ({ url }: RedisGroup) => ({
    ...{ PORT: '0', REDIS_URL: url, REDIS_PASSWORD: security.password },
    ...{ REDIS_SENTINEL_PASSWORD: security.sentinelPassword, REDIS_TLS_CA_FILE: security.cert },
    // A busy machine is slow, and that is not tested here.
    ...{ REDIS_CACHE_TIMEOUT_MS: '1000', REDIS_QUOTA_TIMEOUT_MS: '1000' },
  });

  test.each(CASES)('serves through %s, and again after the primary was killed', async (_, open) => {
    await using group = await open(executable, security);
    await using main = startMain(settingsFor(group));
    const url = await main.url;
    expect(await stateOf(url)).toBe('ok');
    const primary = await group.primary();
    await primary.kill();
    await group.untilReplaced(primary);
    await eventually(async () => ((await stateOf(url)) === 'ok' ? true : undefined));
    const failed = (await main.logAtEnd()).filter(({ level }) => level === 'error');
    expect(failed).toEqual([]);
  });

  test.each(CASES)('is down through %s with another authority', async (_, open) => {
    await using group = await open(executable, security);
    const { REDIS_TLS_CA_FILE: _ca, ...settings } = settingsFor(group);
    await using main = startMain(settings);
    expect(await stateOf(await main.url)).toMatch(/^down: /);
  });

  test('is not used with a wrong password of its Sentinels or of its nodes', async () => {
    await using group = await startSentinels(executable, security);
    const settings = settingsFor(group);
    await using wrongSentinel = startMain({ ...settings, REDIS_SENTINEL_PASSWORD: 'other' });
    expect(await stateOf(await wrongSentinel.url)).toMatch(/^(down|degraded): /);
    await using wrongNode = startMain({ ...settings, REDIS_PASSWORD: 'other' });
    expect(await stateOf(await wrongNode.url)).toBe('degraded: WRONGPASS');
  });
});
