// States in which answers go on, or are refused for a while: each shows in the log, in a metric and in /readyz.
// test/failover/incidents.test.ts has those of Redis, of a proxy and of keys.
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startSandbox } from '../../sandbox/sandbox.js';
import { modelId, numberedModels, range } from '../graphql/numbered-registry.js';
import { aFile } from '../support/a-file.js';
import { eventually, type MainProcess, startMain } from '../support/programs.js';
import { DOCUMENTED_ID, postGraphql, SANDBOX_ENV } from '../support/with-app.js';

const QUERY = 'query ($id: ID!) { model(id: $id) { id } }';
const ask = (url: string, id: string) => postGraphql(url, { query: QUERY, variables: { id } });

async function stateOf(url: string) {
  const [ready, metrics] = await Promise.all([fetch(`${url}/readyz`), fetch(`${url}/metrics`)]);
  const { parts } = JSON.parse(await ready.text());
  return { status: ready.status, parts, metrics: await metrics.text() };
}

const messages = async (main: MainProcess) =>
  (await main.logAtEnd()).map(({ level, msg }) => `${level}: ${msg}`);

describe.concurrent('a degraded state has its line, its metric and its part of /readyz:', () => {
  test('a breaker that is open', async () => {
    const sandbox = await startSandbox({ models: numberedModels(60, () => ({ versions: [] })) });
    sandbox.faults.add({ fault: { kind: 'reset' } });
    await using main = startMain({ PORT: '0', PAI_ENDPOINT: sandbox.url, ...SANDBOX_ENV });
    const url = await main.url;
    await Promise.all(range(0, 50).map((index) => ask(url, modelId(index))));
    const { status, parts, metrics } = await stateOf(url);
    expect([status, parts.breaker, parts.upstream]).toEqual([200, 'open: GetModel', 'failing']);
    expect(metrics).toMatch(/^pai_graph_breaker_state\{operation="GetModel"\} [12]$/m);
    expect(metrics).toMatch(/^pai_graph_attempts_lost_total\{service="pai",cause="RESET"\} [1-9]/m);
    sandbox.faults.clear();
    await eventually(async () => {
      await ask(url, modelId(1));
      return (await stateOf(url)).parts.breaker === 'ok' || undefined;
    }).catch(() => pause(2000).then(() => ask(url, modelId(2))));
    expect((await stateOf(url)).parts.breaker).toBe('ok');
    const lines = await messages(main);
    expect(lines).toContain('warn: The circuit breaker of GetModel is open');
    expect(lines).toContain('info: The circuit breaker of GetModel is closed');
    await sandbox.close();
  });

  test('a quota that PAI pauses for longer than callers wait', async () => {
    const sandbox = await startSandbox();
    sandbox.faults.add({ times: 1, fault: { kind: 'throttle', retryAfterMs: 8000 } });
    const env = { PAI_ENDPOINT: sandbox.url, REQUEST_TIMEOUT_MS: '3000', ...SANDBOX_ENV };
    await using main = startMain({ PORT: '0', ...env });
    const url = await main.url;
    await ask(url, DOCUMENTED_ID);
    const refused = await ask(url, 'model-none');
    expect(refused.errors[0]?.extensions.code).toBe('RATE_LIMITED');
    const { status, parts, metrics } = await stateOf(url);
    expect([status, parts.quota]).toEqual([200, 'exhausted: GetModel']);
    expect(metrics).toMatch(/^pai_graph_quota_exhausted\{operation="GetModel"\} 1$/m);
    await pause(5000);
    await eventually(async () => (await stateOf(url)).parts.quota === 'ok' || undefined);
    expect((await ask(url, DOCUMENTED_ID)).errors).toEqual([]);
    const lines = await messages(main);
    expect(lines).toContain('warn: The quota of GetModel is exhausted');
    expect(lines).toContain('info: The quota of GetModel is available');
    await sandbox.close();
  });

  test('a changed file that cannot be used: the manifest, the API keys and the URL of Redis', async () => {
    await using manifest = await aFile(JSON.stringify({ 'sha256:1': '{ __typename }' }));
    await using keys = await aFile(JSON.stringify([{ client: 'web', sha256: 'a'.repeat(64) }]));
    await using redisUrl = await aFile('redis://127.0.0.1:1');
    await using main = startMain({
      ...{ PORT: '0', METRICS_PORT: '0', AUTH: 'api-key', API_KEYS_FILE: keys.path },
      ...{ TRUSTED_DOCUMENTS: 'log', TRUSTED_DOCUMENTS_FILE: manifest.path },
      REDIS_URL_FILE: redisUrl.path,
    });
    const url = await main.url;
    const parts = async () => JSON.parse(await (await fetch(`${url}/readyz`)).text()).parts;
    const all = (status: string) => ({
      ...{ trustedDocuments: status, apiKeys: status, redisUrl: status },
    });
    expect(await parts()).toMatchObject(all('ok'));
    for (const file of [manifest, keys, redisUrl]) await file.write('broken');
    await eventually(async () => {
      const { trustedDocuments, apiKeys, redisUrl } = await parts();
      return [trustedDocuments, apiKeys, redisUrl].every((part) => part === 'failing') || undefined;
    });
    const lines = await messages(main);
    const kept = 'the last good content stays in force';
    expect(lines).toContain(
      `warn: The manifest of trusted documents changed and cannot be used; ${kept}`,
    );
    expect(lines).toContain(`warn: The file of REDIS_URL_FILE changed and cannot be used; ${kept}`);
  });

  test('a list that disagrees with GetModel', async () => {
    const models = numberedModels(60, () => ({ versions: [] }));
    const sandbox = await startSandbox({ models });
    await using main = startMain({ PORT: '0', PAI_ENDPOINT: sandbox.url, ...SANDBOX_ENV });
    const url = await main.url;
    await postGraphql(url, { query: '{ models(first: 1) { nodes { id } } }' });
    expect((await stateOf(url)).parts.listBatching).toBe('unknown');
    const listed = { ...models[15]?.model, ModelName: 'of the list' };
    const body = { Models: [listed], TotalCount: 60 };
    sandbox.faults.add({
      operation: 'ListModels',
      times: 1,
      fault: { kind: 'wrongShape', body },
    });
    const ids = range(14, 30).map(modelId);
    await postGraphql(url, {
      query: 'query ($ids: [ID!]!) { modelsByIds(ids: $ids) { id } }',
      variables: { ids },
    });
    const { status, parts, metrics } = await stateOf(url);
    expect([status, parts.listBatching]).toEqual([200, 'failing']);
    expect(metrics).toMatch(/^pai_graph_list_mismatches_total 1$/m);
    expect(await messages(main)).toContain('warn: A list and GetModel differ in 1 models');
    await sandbox.close();
  });
});

test('lines of an operation and of its calls have its caller and its request id, and no key', async () => {
  const sha256 = createHash('sha256').update('hunter2').digest('hex');
  await using file = await aFile(JSON.stringify([{ client: 'web', sha256 }]));
  const env = { AUTH: 'api-key', API_KEYS_FILE: file.path, LOG_LEVEL: 'debug' };
  await using main = startMain({ PORT: '0', ...env });
  const body = { query: QUERY, variables: { id: DOCUMENTED_ID } };
  const headers = { 'x-api-key': 'hunter2', 'x-request-id': 'request-1' };
  await postGraphql(await main.url, body, headers);
  const lines = await main.logAtEnd();
  const asked = lines.filter(({ requestId }) => requestId === 'request-1');
  expect(
    asked.flatMap(({ event = 'operation', caller }) => (caller ? [[event, caller]] : [])),
  ).toEqual(['quota_wait', 'upstream_attempt', 'operation'].map((event) => [event, 'api-key:web']));
  expect(JSON.stringify(lines)).not.toContain('hunter2');
});
