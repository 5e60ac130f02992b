// One thing after the other fails under load: no operation fails, but where it is said, and each incident has its line in
// the log, its part of /readyz, its metric and its alert.
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startSandbox } from '../../sandbox/sandbox.js';
import { aFile } from '../support/a-file.js';
import { judgeAlerts } from '../support/alerts.js';
import { describeWith, eventually, startMain } from '../support/programs.js';
import { startProxy } from '../support/proxy.js';
import { startSentinels } from '../support/redis-groups.js';
import { startRedis } from '../support/redis-process.js';
import { startTlsUpstream } from '../support/tls-upstream.js';
import { postGraphql, SANDBOX_ENV, sampleIds } from '../support/with-app.js';

const QUERY = 'query ($id: ID!) { model(id: $id) { id } }';
const PAI = 'aiworkspace.cn-hangzhou.aliyuncs.com';
const CALM_MS = 1500;
const INCIDENT_MS = 2500;

interface Scene extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  strike(): Promise<void>;
}

interface Incident {
  readonly name: string;
  /** The codes of operations that may fail meanwhile. */
  readonly codes?: readonly string[];
  /** In /readyz, while it lasts. */
  readonly part: readonly [name: string, state: RegExp];
  /** While it lasts. */
  readonly metric: RegExp;
  /** The log has one such message. */
  readonly line: RegExp;
  /** Of attempts at PAI. */
  readonly cause?: string;
  /** It ends by itself: its line is followed by that of its end. */
  readonly isBrief?: boolean;
  /** Those that fire; none: no other fires either. */
  readonly alerts: readonly string[];
  open(executable: string): Promise<Scene>;
}

/** A scene on a sandbox that trusts these keys. */
async function onSandbox(
  parts: readonly AsyncDisposable[],
  env: Readonly<Record<string, string>>,
  strike: () => unknown,
  keys?: readonly { id: string; secret: string }[],
): Promise<Scene> {
  const sandbox = await startSandbox(keys && { keys });
  return {
    env: { ...(keys === undefined && SANDBOX_ENV), PAI_ENDPOINT: sandbox.url, ...env },
    strike: async () => void (await strike()),
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      for (const part of parts) await part[Symbol.asyncDispose]();
    },
  };
}

const REDIS_UP_0 = /^pai_graph_redis_up 0$/m;
const OLD = { id: 'old-key', secret: 'old-secret' };
const NEW = { id: 'new-key', secret: 'new-secret' };

const INCIDENTS: readonly Incident[] = [
  {
    name: 'Redis is killed',
    part: ['redis', /^down: /],
    metric: REDIS_UP_0,
    line: /^Redis is down: [A-Z_]+/,
    alerts: ['PaiModelGraphRedisDown'],
    async open(executable) {
      const redis = await startRedis(executable);
      return onSandbox([redis], { REDIS_URL: redis.url }, () => redis.kill());
    },
  },
  {
    name: 'Redis is frozen',
    part: ['redis', /^(down|degraded): TIMEOUT$/],
    metric: /^pai_graph_redis_errors_total\{reason="TIMEOUT"\} [1-9]/m,
    line: /^Redis is (down|degraded): TIMEOUT/,
    alerts: ['PaiModelGraphRedisDown'],
    async open(executable) {
      const redis = await startRedis(executable);
      return onSandbox([redis], { REDIS_URL: redis.url }, () => redis.hang());
    },
  },
  {
    name: 'Redis is full',
    part: ['redis', /^degraded: OOM$/],
    metric: /^pai_graph_redis_errors_total\{reason="OOM"\} [1-9]/m,
    line: /^Redis is degraded: OOM/,
    alerts: ['PaiModelGraphRedisDown'],
    async open(executable) {
      const redis = await startRedis(executable);
      return onSandbox([redis], { REDIS_URL: redis.url }, () =>
        redis.client.config('SET', 'maxmemory', '1'),
      );
    },
  },
  {
    name: 'Redis fails over',
    part: ['redis', /^(down|degraded): /],
    metric: REDIS_UP_0,
    line: /^Redis is (down|degraded): /,
    isBrief: true,
    alerts: [],
    async open(executable) {
      const group = await startSentinels(executable);
      const strike = async () => (await group.primary()).kill();
      return onSandbox([group], { REDIS_URL: group.url }, strike);
    },
  },
  {
    name: 'the proxy to PAI goes away',
    // Of models that no cache has.
    codes: ['UPSTREAM_UNAVAILABLE'],
    part: ['upstream', /^failing$/],
    metric:
      /^pai_graph_upstream_attempt_seconds_count\{operation="GetModel",outcome="UPSTREAM_UNAVAILABLE"\} [1-9]/m,
    line: /^The circuit breaker of GetModel is open$/,
    cause: 'PROXY',
    alerts: ['PaiModelGraphFailsFast'],
    async open() {
      const upstream = await startTlsUpstream({ names: [PAI] });
      const proxy = await startProxy({ route: () => upstream });
      return {
        env: {
          ...{
            ...SANDBOX_ENV,
            PAI_REGION: 'cn-hangzhou',
            NODE_EXTRA_CA_CERTS: upstream.certificate,
          },
          HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
        },
        strike: () => Promise.resolve(proxy[Symbol.asyncDispose]()),
        async [Symbol.asyncDispose]() {
          await proxy[Symbol.asyncDispose]();
          await upstream[Symbol.asyncDispose]();
        },
      };
    },
  },
  {
    name: 'the access key is rotated',
    part: ['credentials', /^ok$/],
    metric: /^pai_graph_file_reloads_total\{file="access_key",outcome="OK"\} 1$/m,
    line: /^The access key in files changed and was read again$/,
    alerts: [],
    async open() {
      const [id, secret] = [await aFile(OLD.id), await aFile(OLD.secret)];
      const env = {
        ALIBABA_CLOUD_ACCESS_KEY_ID_FILE: id.path,
        ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE: secret.path,
      };
      const strike = async () => {
        await id.replace(NEW.id);
        await secret.replace(NEW.secret);
      };
      return onSandbox([id, secret], env, strike, [OLD, NEW]);
    },
  },
];

/** Four clients, half of whose reads are of models that no cache has. Gives the codes of errors. */
function keepAsking(url: string) {
  const stop = new AbortController();
  const ids = sampleIds(80);
  const codes: unknown[] = [];
  let asked = 0;
  const client = async () => {
    while (!stop.signal.aborted) {
      asked += 1;
      const isNew = asked % 2 === 0;
      const id = isNew ? ids[asked % ids.length] : ids[asked % 7];
      const headers: Record<string, string> = isNew ? { 'cache-control': 'no-cache' } : {};
      const { errors } = await postGraphql(url, { query: QUERY, variables: { id } }, headers);
      codes.push(...errors.map(({ extensions }) => extensions.code));
    }
  };
  const ended = Promise.all([1, 2, 3, 4].map(client));
  return {
    async stop(): Promise<unknown[]> {
      stop.abort();
      await ended;
      return codes;
    },
  };
}

describeWith('redis-server', 'under load', (executable) => {
  describeWith('promtool', 'with alerts', (promtool) => {
    test.each(INCIDENTS)(
      '$name',
      async ({ codes = [], part, metric, line, cause, isBrief = false, alerts, open }) => {
        await using scene = await open(executable);
        await using main = startMain({
          ...{ PORT: '0', UPSTREAM_RATE_PER_SECOND: '40', CACHE_TTL_SECONDS: '1' },
          ...scene.env,
        });
        const url = await main.url;
        const get = async (path: string) => (await fetch(`${url}${path}`)).text();
        const partOf = async () => String(JSON.parse(await get('/readyz')).parts[part[0]]);
        const load = keepAsking(url);
        await pause(CALM_MS);
        const before = await get('/metrics');
        const calmPart = await partOf();
        await scene.strike();
        await eventually(async () => metric.test(await get('/metrics')) || undefined);
        await eventually(async () => part[1].test(await partOf()) || undefined);
        await pause(INCIDENT_MS);
        if (isBrief) await eventually(async () => (await partOf()) === calmPart || undefined);
        const after = await get('/metrics');
        const failed = await load.stop();
        const log = await main.logAtEnd();
        expect(failed.filter((code) => !codes.includes(String(code)))).toEqual([]);
        const told = log.filter(({ msg }) => line.test(String(msg)));
        expect(told).toHaveLength(1);
        if (cause !== undefined) expect(log.some((one) => one.cause === cause)).toBe(true);
        expect(judgeAlerts(promtool, before, after, alerts)).toContain('SUCCESS');
      },
    );
  });
});
