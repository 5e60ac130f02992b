// The effects of the sandbox's remote control, and the clients that it refuses.
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.js';
import { listModels, send } from './signed-call.js';
import { assumeRole } from './sts-call.js';

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

  it('replaces, lists and clears the fault rules', async () => {
    const rules = [{ times: 5, fault: { kind: 'html' } }];
    expect((await put(JSON.stringify(rules))).json).toEqual({ rules: 1 });
    expect((await listModels(sandbox)).status).toBe(502);
    const list = async () => (await send(sandbox, 'GET', '/_sandbox/faults', host())).json;
    expect(await list()).toEqual([{ rule: rules[0], applied: 1 }]);
    await send(sandbox, 'DELETE', '/_sandbox/faults', host());
    expect(await list()).toEqual([]);
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

  it('takes a rule for each operation that it answers', async () => {
    const names = [
      'GetModel',
      'GetModelVersion',
      'ListModels',
      'ListModelVersions',
      'GetWorkspace',
    ];
    const rules = [...names, 'ListWorkspaces', 'AssumeRoleWithOIDC'].map((name) => ({
      operation: name,
      fault: { kind: 'reset' },
    }));
    expect(await put(JSON.stringify(rules))).toMatchObject({ status: 200, json: { rules: 7 } });
  });

  it.each([
    ['nonsense', 'not JSON'],
    ['{}', 'array of rules'],
    ['[1]', 'Rule 0: it must be an object'],
    ['[{}, {"oops":1}]', 'Rule 1: oops is not known: the fields are operation, modelId, times'],
    ['[{"operation":"getModel"}]', 'operation must be one of GetModel, GetModelVersion, ListM'],
    ['[{"fault":{"kind":"hang","ms":1}}]', 'a valid hang (ms is not known: there are no fields'],
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
    const unknown = await send(sandbox, 'PATCH', '/_sandbox/faults', host());
    expect([page.status, rebound.status, unknown.status]).toEqual([403, 403, 404]);
    expect(unknown.json.Message).toContain('There are PUT /_sandbox/faults, GET /_sandbox/faults');
  });

  const mint = (body: string, headers: Record<string, string> = host()) =>
    send(sandbox, 'POST', '/_sandbox/tokens', headers, body);

  it('mints tokens that any OIDC library verifies with the keys that it shows', async () => {
    const claims = { groups: ['ml', 'ops'] };
    const wish = { sub: 'ann', tenant: 'tenant-a', claims, expiresInSeconds: 60 };
    const { status, json } = await mint(JSON.stringify(wish));
    expect(status).toBe(200);
    const keys = createRemoteJWKSet(new URL('/_sandbox/jwks', sandbox.url));
    const { payload } = await jwtVerify(String(json.token), keys, {
      issuer: 'https://sandbox.example',
      audience: 'pai-model-graph',
    });
    expect(payload).toMatchObject({ sub: 'ann', tenant: 'tenant-a', ...claims });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60);
    expect((await assumeRole(sandbox, { OIDCToken: String(json.token) })).status).toBe(200);
  });

  it('shows no private key', async () => {
    const { json } = await send(sandbox, 'GET', '/_sandbox/jwks', host());
    expect(json.keys).toHaveLength(1);
    expect(JSON.stringify(json)).not.toContain('"d"');
  });

  it.each([
    ['nonsense', 'not JSON'],
    ['[]', 'must be an object'],
    ['{}', 'sub is missing'],
    ['{"sub":""}', 'sub must be a text'],
    ['{"sub":"a","oops":1}', 'oops is not known'],
    ['{"sub":"a","tenant":1}', 'tenant must be a text'],
    ['{"sub":"a","claims":[]}', 'claims must be an object'],
    ['{"sub":"a","expiresInSeconds":1.5}', 'expiresInSeconds must be an integer'],
    ['{"sub":"a","expiresInSeconds":1e12}', 'expiresInSeconds must be an integer'],
  ])('refuses to mint %s and says why', async (body, reason) => {
    const { status, json } = await mint(body);
    expect(status).toBe(400);
    expect(json.Message).toContain(reason);
  });

  it('mints nothing for a web page', async () => {
    const page = await mint('{"sub":"ann"}', { ...host(), origin: 'http://localhost:3000' });
    expect(page.status).toBe(403);
    expect(page.text).not.toContain('token"');
  });
});
