// The sandbox as a server: its log, its quota, its end; and Alibaba's own client talking to it.
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../sandbox/sandbox.js';
import { callSandbox, listModels, wireDate } from './signed-call.js';

// CommonJS that marks itself as an ES module: required, it is the same under every loader.
const require = createRequire(import.meta.url);
const openapi: typeof import('@alicloud/openapi-client') = require('@alicloud/openapi-client');
const requireAsClient = createRequire(require.resolve('@alicloud/openapi-client'));
const { RuntimeOptions } = requireAsClient('@alicloud/tea-util');

describe('the sandbox', () => {
  it('logs each request with its time, its caller and its answer', async () => {
    const sandbox = await startSandbox();
    await listModels(sandbox, { Label: "a b+c&d!h'i(j)k*" });
    await callSandbox(sandbox, { path: '/api/v1/models/model-none', keyId: 'nobody' });
    const [list, get] = sandbox.requests;
    expect(list).toMatchObject({
      operation: 'ListModels',
      path: '/api/v1/models',
      query: { Label: "a b+c&d!h'i(j)k*" },
      keyId: 'sandbox',
      status: 200,
    });
    expect(list?.endedAt).toBeGreaterThanOrEqual(list?.startedAt ?? Number.NaN);
    expect(get).toMatchObject({ operation: 'GetModel', keyId: 'nobody', status: 404 });
    expect([sandbox.inFlight(), sandbox.maxInFlight()]).toEqual([0, 1]);
    sandbox.reset();
    expect([sandbox.requests.length, sandbox.maxInFlight()]).toEqual([0, 0]);
    await sandbox.close();
  });

  it('counts how many requests were open at once', async () => {
    const sandbox = await startSandbox();
    sandbox.faults.add({ delayMs: 50 });
    await Promise.all([1, 2, 3].map(() => callSandbox(sandbox)));
    expect(sandbox.maxInFlight()).toBe(3);
    await sandbox.close();
  });

  it('throttles beyond the quota of an operation and account, and says for how long', async () => {
    const sandbox = await startSandbox({
      quotaPerSecond: 2,
      keys: [
        { id: 'sandbox', secret: 'sandbox-secret', account: '1' },
        { id: 'second', secret: 's', account: '1' },
        { id: 'other', secret: 's' },
      ],
    });
    const second = { keyId: 'second', secret: 's' };
    expect((await callSandbox(sandbox)).status).toBe(200);
    expect((await callSandbox(sandbox, second)).status).toBe(200);
    const refused = await callSandbox(sandbox);
    expect([refused.status, refused.json.Code]).toEqual([400, 'Throttling.User']);
    const retryAfter = Number(refused.headers['x-acs-retry-after']);
    expect(retryAfter).toBeGreaterThan(500);
    expect(retryAfter).toBeLessThanOrEqual(1000);
    expect((await listModels(sandbox)).status).toBe(200);
    expect((await callSandbox(sandbox, { keyId: 'other', secret: 's' })).status).toBe(200);
    await sandbox.close();
  });

  it('judges dates by the clock it was given', async () => {
    const now = Date.parse('2026-01-02T03:04:05Z');
    const sandbox = await startSandbox({ now: () => now });
    expect((await callSandbox(sandbox, { date: wireDate(now) })).status).toBe(200);
    await sandbox.close();
  });

  it('closes under a request that hangs and one that trickles, and closes twice', async () => {
    const sandbox = await startSandbox();
    sandbox.faults.add(
      { times: 1, fault: { kind: 'hang' } },
      { times: 1, delayMs: 60_000 },
      { fault: { kind: 'trickle', everyMs: 60_000 } },
    );
    const calls = [1, 2, 3].map(() => callSandbox(sandbox).catch(() => 'gone'));
    while (sandbox.inFlight() < 3) await new Promise(setImmediate);
    await sandbox.close();
    expect(await Promise.all(calls)).toEqual(['gone', 'gone', 'gone']);
    await sandbox.close();
  });

  it('answers 500 when a function that it was given fails, and 413 to a body that is too large', async () => {
    const sees = () => {
      throw new Error('odd rule');
    };
    const sandbox = await startSandbox({
      keys: [{ id: 'sandbox', secret: 'sandbox-secret', sees }],
    });
    const failed = await callSandbox(sandbox);
    expect([failed.status, failed.json.Code]).toEqual([500, 'InternalError']);
    expect(failed.json.Message).toContain('odd rule');
    const large = await callSandbox(sandbox, { body: 'x'.repeat(1_100_000) });
    expect(large.status).toBe(413);
    await sandbox.close();
  });

  it('says so when its port is taken', async () => {
    const sandbox = await startSandbox();
    const port = Number(new URL(sandbox.url).port);
    await expect(startSandbox({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await sandbox.close();
  });
});

describe("Alibaba's own client", () => {
  const call = async (
    url: string,
    action: string,
    pathname: string,
    query: Record<string, string> = {},
    token?: string,
  ) => {
    const client = new openapi.default(
      new openapi.Config({
        accessKeyId: 'sandbox',
        accessKeySecret: 'sandbox-secret',
        ...(token && { securityToken: token }),
        endpoint: new URL(url).host,
        protocol: 'http',
      }),
    );
    const params = new openapi.Params({
      action,
      version: '2021-02-04',
      protocol: 'HTTP',
      method: 'GET',
      pathname,
      authType: 'AK',
      style: 'ROA',
      reqBodyType: 'json',
      bodyType: 'json',
    });
    const request = new openapi.OpenApiRequest({ query });
    return await client.callApi(params, request, new RuntimeOptions({}));
  };

  it('gets a model, lists models and versions', async () => {
    const sandbox = await startSandbox();
    const model = await call(sandbox.url, 'GetModel', '/api/v1/models/model-rbvg5wzljzks92');
    expect(model.body).toMatchObject({ ModelName: '情感分析', ParameterSize: 3000 });
    const list = await call(sandbox.url, 'ListModels', '/api/v1/models', {
      ModelName: '"情感分析"',
      Tag: '[{"Key":"team","Value":"nlp"}]',
      PageSize: '5',
    });
    expect(list.body).toMatchObject({ TotalCount: 1 });
    const odd = await call(sandbox.url, 'ListModels', '/api/v1/models', {
      Label: "a b+c&d=e/f~g!h'i(j)k*",
    });
    expect(odd.body).toMatchObject({ TotalCount: 0 });
    await sandbox.close();
  });

  it('uses a temporary key, and reads the refusals as its own errors', async () => {
    const sandbox = await startSandbox({
      keys: [{ id: 'sandbox', secret: 'sandbox-secret', securityToken: 'token/+=' }],
    });
    const path = '/api/v1/models/model-none';
    await expect(call(sandbox.url, 'GetModel', path, {}, 'token/+=')).rejects.toMatchObject({
      code: '201900002',
      statusCode: 404,
    });
    await expect(call(sandbox.url, 'GetModel', path)).rejects.toMatchObject({
      code: 'InvalidSecurityToken.MismatchWithAccessKey',
    });
    await sandbox.close();
  });
});
