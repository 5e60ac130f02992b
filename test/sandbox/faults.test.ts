// The effect of each scripted fault on a client, and how rules choose their requests.
import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createFaultQueue, type Fault } from '../../sandbox/faults.js';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.js';
import { callSandbox, listModels } from './signed-call.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ random: () => 0.5 });
});
afterEach(() => sandbox.reset());
afterAll(() => sandbox.close());

const under = (fault: Fault) => {
  sandbox.faults.add({ fault, times: 1 });
  return callSandbox(sandbox);
};

describe('a fault', () => {
  it('error answers with the status, code and headers it was given', async () => {
    const { status, json, headers } = await under({
      kind: 'error',
      status: 503,
      code: 'ServiceUnavailable',
      message: 'later',
      headers: { 'x-note': 'n' },
    });
    expect([status, json.Code, json.Message]).toEqual([503, 'ServiceUnavailable', 'later']);
    expect(headers['x-note']).toBe('n');
  });

  it('throttle answers 429, or 400, with the time to wait', async () => {
    const first = await under({ kind: 'throttle', retryAfterMs: 300 });
    expect([first.status, first.json.Code]).toEqual([429, 'Throttling.User']);
    expect(first.headers['x-acs-retry-after']).toBe('300');
    const second = await under({ kind: 'throttle', status: 400, code: 'Throttling.Api' });
    expect([second.status, second.json.Code]).toEqual([400, 'Throttling.Api']);
    expect(second.headers).not.toHaveProperty('x-acs-retry-after');
  });

  it.each([{ afterBytes: 10 }, { afterBytes: 0 }, {}])(
    'cut drops the connection in the middle of the body (%o)',
    async (size) => {
      await expect(under({ kind: 'cut', ...size })).rejects.toThrow('aborted');
      expect(sandbox.requests[0]).toMatchObject({ status: 200, endedAt: expect.any(Number) });
    },
  );

  it('reset resets the connection before any byte', async () => {
    await expect(under({ kind: 'reset' })).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(sandbox.requests[0]).not.toHaveProperty('status');
  });

  it('html answers as a proxy does', async () => {
    const { status, text, headers } = await under({ kind: 'html' });
    expect([status, headers['content-type']]).toEqual([502, 'text/html']);
    expect(text).toContain('<html>');
  });

  it('empty, garbage, truncatedJson and wrongShape answer 200 with a useless body', async () => {
    expect(await under({ kind: 'empty' })).toMatchObject({ status: 200, text: '' });
    expect(await under({ kind: 'empty', status: 503 })).toMatchObject({ status: 503 });
    const garbage = await under({ kind: 'garbage' });
    expect(() => JSON.parse(garbage.text)).toThrow();
    const { status, text } = await under({ kind: 'truncatedJson' });
    expect([status, text.startsWith('{"RequestId"')]).toEqual([200, true]);
    expect(() => JSON.parse(text)).toThrow();
    expect((await under({ kind: 'wrongShape', body: [1] })).text).toBe('[1]');
  });

  it('otherModel answers for another model, whichever operation asked', async () => {
    const { status, json } = await under({ kind: 'otherModel' });
    expect(status).toBe(200);
    expect(json.ModelId).toMatch(/^model-/);
    expect(json.ModelId).not.toBe('model-rbvg5wzljzks92');
    sandbox.faults.add({ fault: { kind: 'otherModel' } });
    const version = await callSandbox(sandbox, {
      operation: 'GetModelVersion',
      path: '/api/v1/models/model-rbvg5wzljzks92/versions/0.1.0',
    });
    expect(version.status).toBe(200);
    expect(version.json.Uri).not.toBe('oss://mybucket.oss-cn-beijing.aliyuncs.com/mypath/');
  });

  it('oversize pads the good answer to exactly so many bytes', async () => {
    const { status, text, json } = await under({ kind: 'oversize', bytes: 300_000 });
    expect([status, Buffer.byteLength(text), json.ModelName]).toEqual([200, 300_000, '情感分析']);
  });

  it('hang never answers, and the request counts until the client leaves', async () => {
    const controller = new AbortController();
    // Not even authenticated: nothing of the request matters here but that it stays open.
    sandbox.faults.add({ beforeAuth: true, fault: { kind: 'hang' } });
    const hanging = fetch(`${sandbox.url}/api/v1/models`, { signal: controller.signal });
    const outcome = hanging.catch((problem: Error) => problem.name);
    while (sandbox.inFlight() === 0) await pause(5);
    controller.abort();
    expect(await outcome).toBe('AbortError');
    while (sandbox.inFlight() > 0) await pause(5);
    expect(sandbox.maxInFlight()).toBe(1);
  });

  it('trickle sends the good answer slowly', async () => {
    sandbox.setModels([{ model: { ModelId: 'model-rbvg5wzljzks92' }, versions: [] }]);
    const started = performance.now();
    const { json, text } = await under({ kind: 'trickle', everyMs: 2 });
    expect(json.ModelId).toBe('model-rbvg5wzljzks92');
    expect(performance.now() - started).toBeGreaterThan(text.length);
  });
});

describe('a rule', () => {
  const outage: Fault = { kind: 'error', status: 503, code: 'ServiceUnavailable' };
  const target = { operation: 'GetModel', modelId: 'model-a', beforeAuth: false, isReused: false };

  it('with only a delay gives the good answer later', async () => {
    sandbox.faults.add({ delayMs: 60 });
    const started = performance.now();
    expect((await callSandbox(sandbox, { path: '/api/v1/models/model-none' })).status).toBe(404);
    expect(performance.now() - started).toBeGreaterThan(50);
  });

  it('applies to its operation and its model only', () => {
    const queue = createFaultQueue(() => 0);
    queue.add({ operation: 'GetModel', modelId: 'model-a', fault: outage });
    expect(queue.take(target)?.fault).toBe(outage);
    expect(queue.take({ ...target, modelId: 'model-b' })).toBeUndefined();
    expect(queue.take({ ...target, operation: 'ListModelVersions' })).toBeUndefined();
    expect(queue.take({ ...target, beforeAuth: true })).toBeUndefined();
  });

  it('skips requests, then applies the given number of times; then the next rule applies', () => {
    const queue = createFaultQueue(() => 0);
    queue.add({ skip: 1, times: 2, fault: outage }, { skip: 3, times: 1, fault: { kind: 'hang' } });
    const kinds = Array.from({ length: 6 }, () => queue.take(target)?.fault?.kind);
    expect(kinds).toEqual([undefined, 'error', 'error', undefined, undefined, 'hang']);
  });

  it('a rule with a probability applies to some requests', () => {
    const draws = [0.1, 0.9, 0.3];
    const queue = createFaultQueue(() => draws.shift() ?? 1);
    queue.add({ probability: 0.3, fault: outage });
    const applied = [1, 2, 3].map(() => queue.take(target) !== undefined);
    expect(applied).toEqual([true, false, false]);
  });

  it('applies to authenticated requests only, unless beforeAuth is set', async () => {
    sandbox.faults.add({ fault: outage });
    expect((await callSandbox(sandbox, { secret: 'guess' })).status).toBe(400);
    sandbox.faults.add({ beforeAuth: true, fault: outage });
    expect((await callSandbox(sandbox, { secret: 'guess' })).status).toBe(503);
  });

  it('with onReuse does not apply to the first request of a connection', async () => {
    sandbox.faults.add({ onReuse: true, beforeAuth: true, fault: outage });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const statusOf = () =>
      new Promise((resolve, reject) => {
        get(`${sandbox.url}/api/v1/models`, { agent }, (response) => {
          response.resume().once('end', () => resolve(response.statusCode));
        }).once('error', reject);
      });
    expect([await statusOf(), await statusOf()]).toEqual([400, 503]);
    agent.destroy();
  });

  it('does not apply after clear()', async () => {
    sandbox.faults.add({ fault: outage });
    sandbox.faults.clear();
    expect((await listModels(sandbox)).status).toBe(200);
  });
});
