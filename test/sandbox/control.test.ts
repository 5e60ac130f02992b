// What the sandbox's remote control does, and for whom it does nothing.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.js';
import { listModels, send } from './signed-call.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.reset());
afterAll(() => sandbox.close());

describe('the remote control', () => {
  const host = () => ({ host: new URL(sandbox.url).host });
  const put = (body: string, headers: Record<string, string> = host()) =>
    send(sandbox, 'PUT', '/_sandbox/faults', headers, body);

  it('replaces and clears the fault rules', async () => {
    const rules = [{ times: 5, fault: { kind: 'html' } }];
    expect((await put(JSON.stringify(rules))).json).toEqual({ rules: 1 });
    expect((await listModels(sandbox)).status).toBe(502);
    await send(sandbox, 'DELETE', '/_sandbox/faults', host());
    expect((await listModels(sandbox)).status).toBe(200);
  });

  it('shows requests without secrets, does not show itself, and forgets', async () => {
    await listModels(sandbox, { Query: '语音' });
    const { text } = await send(sandbox, 'GET', '/_sandbox/requests', host());
    const [request, ...others] = JSON.parse(text);
    expect(others).toEqual([]);
    expect(request).toMatchObject({ operation: 'ListModels', keyId: 'sandbox', status: 200 });
    expect(request.query).toEqual({ Query: '语音' });
    expect(request.headers).not.toHaveProperty('authorization');
    await send(sandbox, 'DELETE', '/_sandbox/requests', host());
    expect(sandbox.requests).toEqual([]);
  });

  it.each([
    ['nonsense', 'not JSON'],
    ['{}', 'array of rules'],
    ['[1]', 'Rule 0: it must be an object'],
    ['[{}, {"oops":1}]', 'Rule 1: oops is not known'],
    ['[{"times":-1}]', 'times must be an integer from 0 on'],
    ['[{"probability":2}]', 'probability must be a number from 0 to 1'],
    ['[{"fault":{"kind":"toString"}}]', 'an object with a kind of error, throttle, cut'],
    ['[{"fault":{"kind":"error","status":503}}]', 'a valid error (code is missing)'],
    ['[{"fault":{"kind":"trickle","everyMs":0}}]', 'everyMs must be an integer from 1'],
    ['[{"fault":{"kind":"throttle","status":503}}]', 'status must be 400 or 429'],
  ])('refuses %s and says why', async (body, reason) => {
    const { status, json } = await put(body);
    expect(status).toBe(400);
    expect(json.Message).toContain(reason);
  });

  it('refuses web pages and names that do not belong to this machine', async () => {
    const page = await put('[]', { ...host(), origin: 'http://localhost:3000' });
    const rebound = await put('[]', { host: 'evil.example:80' });
    const unknown = await send(sandbox, 'GET', '/_sandbox/faults', host());
    expect([page.status, rebound.status, unknown.status]).toEqual([403, 403, 404]);
  });
});
