// The sandbox's STS: the callers that get temporary keys, the models that these keys may see, and its refusals.

import { createHmac, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_PROVIDER, type Sandbox, startSandbox } from '../../sandbox/sandbox.js';
import { callSandbox, listModels, send, wireDate } from './signed-call.js';
import { assumeRole, TENANT_A, TENANT_B } from './sts-call.js';

const DOCUMENTED = 'model-rbvg5wzljzks92';
const START = Date.parse('2026-01-02T03:04:05Z');
const MINUTE = 60_000;

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.reset());
afterAll(() => sandbox.close());

async function withClock(test: (sandbox: Sandbox, clock: { now: number }) => Promise<void>) {
  const clock = { now: START };
  const own = await startSandbox({ now: () => clock.now });
  await test(own, clock).finally(() => own.close());
}

describe('AssumeRoleWithOIDC', () => {
  it('answers a token of its issuer with temporary keys, as STS does', async () => {
    await withClock(async (own) => {
      const { status, json } = await assumeRole(own);
      expect(status).toBe(200);
      expect(json).toEqual({
        RequestId: expect.stringMatching(/^[0-9A-F-]{36}$/),
        AssumedRoleUser: {
          Arn: `${TENANT_A}/ann`,
          AssumedRoleId: expect.stringMatching(/^\d{18}:ann$/),
        },
        OIDCTokenInfo: {
          Subject: 'ann',
          Issuer: 'https://sandbox.example',
          ClientIds: 'pai-model-graph',
          IssuanceTime: '2026-01-02T03:04:05Z',
          ExpirationTime: '2026-01-02T04:04:05Z',
          VerificationInfo: 'Success',
        },
        Credentials: {
          AccessKeyId: expect.stringMatching(/^STS\.\w+$/),
          AccessKeySecret: expect.stringMatching(/^[\w-]{20,}$/),
          SecurityToken: expect.stringMatching(/^CAIS[\w+/=]{200,}$/),
          Expiration: '2026-01-02T04:04:05Z',
        },
      });
    });
  });

  it('takes its parameters from the query alone, too', async () => {
    const query = new URLSearchParams({
      ...{ Action: 'AssumeRoleWithOIDC', Version: '2015-04-01', Format: 'JSON' },
      ...{ OIDCProviderArn: SANDBOX_PROVIDER.providerArn, RoleArn: TENANT_B },
      ...{ OIDCToken: sandbox.mintToken({ sub: 'bob' }), RoleSessionName: 'bob' },
    });
    const { host } = new URL(sandbox.url);
    expect((await send(sandbox, 'POST', `/?${query}`, { host })).status).toBe(200);
    expect(JSON.stringify(sandbox.requests)).not.toMatch(/OIDCToken|eyJ/);
  });

  it('lets the keys see the models of the role: two tenants have nothing in common', async () => {
    const [a, b] = await Promise.all([
      assumeRole(sandbox),
      assumeRole(sandbox, { RoleArn: TENANT_B }),
    ]);
    const everything = { PageSize: '100' };
    const [ofA, ofB, all] = await Promise.all([
      listModels(sandbox, everything, a.key),
      listModels(sandbox, everything, b.key),
      listModels(sandbox, everything),
    ]);
    const workspaces = [ofA, ofB, all].map(
      ({ items }) => new Set(items.map(({ WorkspaceId }) => WorkspaceId)),
    );
    expect(workspaces).toEqual([
      new Set(['234567', '234**']),
      new Set(['198732']),
      new Set(['234567', '234**', '198732', '86421']),
    ]);
    expect([ofA.ids.length, ofB.ids.length].every((count) => count > 10)).toBe(true);
    expect((await callSandbox(sandbox, a.key)).json.ModelId).toBe(DOCUMENTED);
    expect((await callSandbox(sandbox, b.key)).json.Code).toBe('100700008');
  });

  it('ends the keys at their expiration', async () => {
    await withClock(async (own, clock) => {
      const { key } = await assumeRole(own, { DurationSeconds: '900' });
      clock.now += 15 * MINUTE - 1;
      expect((await callSandbox(own, { ...key, date: wireDate(clock.now) })).status).toBe(200);
      clock.now += 1;
      const { status, json } = await callSandbox(own, { ...key, date: wireDate(clock.now) });
      expect([status, json.Code]).toEqual([400, 'InvalidSecurityToken.Expired']);
    });
  });

  it('refuses the keys without their security token and with that of others', async () => {
    const [one, other] = [await assumeRole(sandbox), await assumeRole(sandbox)];
    expect(one.key).not.toEqual(other.key);
    const { token, ...bare } = one.key;
    expect((await callSandbox(sandbox, { ...bare })).json.Code).toBe(
      'InvalidSecurityToken.MismatchWithAccessKey',
    );
    const mixed = await callSandbox(sandbox, { ...bare, token: other.key.token });
    expect(mixed.json.Code).toBe('InvalidSecurityToken.Malformed');
    expect((await callSandbox(sandbox, { ...bare, token })).status).toBe(200);
  });

  it('counts all keys of one role’s account against one quota', async () => {
    const roles = [
      { arn: TENANT_A },
      { arn: TENANT_B },
      { arn: 'acs:ram::1000000000000001:role/elsewhere', account: '2' },
    ];
    const own = await startSandbox({ quotaPerSecond: 1, roles });
    const keys = await Promise.all(
      roles.map(async ({ arn }) => (await assumeRole(own, { RoleArn: arn })).key),
    );
    const statuses: number[] = [];
    for (const key of keys) statuses.push((await callSandbox(own, key)).status);
    expect(statuses).toEqual([200, 400, 200]);
    await own.close();
  });

  it('is logged without the token, with its other parameters', async () => {
    await assumeRole(sandbox, { RoleSessionName: 'ann@example.com' });
    const [call, ...others] = sandbox.requests;
    expect(others).toEqual([]);
    expect(call).toMatchObject({ operation: 'AssumeRoleWithOIDC', path: '/', status: 200 });
    expect(call?.query).toMatchObject({ RoleArn: TENANT_A, RoleSessionName: 'ann@example.com' });
    expect(JSON.stringify(call)).not.toMatch(/OIDCToken|eyJ/);
  });

  it('fails as fault rules say, before the token is checked or after', async () => {
    sandbox.faults.add({ operation: 'AssumeRoleWithOIDC', fault: { kind: 'html' } });
    expect((await assumeRole(sandbox)).status).toBe(502);
    expect((await assumeRole(sandbox, { OIDCToken: 'none' })).status).toBe(400);
    expect((await callSandbox(sandbox)).status).toBe(200);
    sandbox.faults.clear();
    const early = { status: 503, code: 'ServiceUnavailable', kind: 'error' } as const;
    sandbox.faults.add({ operation: 'AssumeRoleWithOIDC', beforeAuth: true, fault: early });
    expect((await assumeRole(sandbox, { OIDCToken: 'none' })).json.Code).toBe('ServiceUnavailable');
  });
});

describe('AssumeRoleWithOIDC refuses', () => {
  it.each([
    ['another operation', 404, 'InvalidAction.NotFound', { Action: 'AssumeRole' }],
    ['no version', 400, 'InvalidVersion', { Version: undefined }],
    ['XML, its default', 400, 'InvalidParameter.Format', { Format: undefined }],
    ['no provider', 400, 'MissingOIDCProviderArn', { OIDCProviderArn: undefined }],
    ['no ARN of one', 400, 'InvalidParameter.OIDCProviderArn', { OIDCProviderArn: 'sandbox' }],
    [
      ...(['an unknown provider', 404, 'EntityNotExist.OIDCProvider'] as const),
      { OIDCProviderArn: 'acs:ram::1000000000000001:oidc-provider/none' },
    ],
    ['no token', 400, 'MissingOIDCToken', { OIDCToken: undefined }],
    ['a short token', 400, 'InvalidParameter.OIDCToken', { OIDCToken: 'abc' }],
    ['a long token', 400, 'InvalidParameter.OIDCToken', { OIDCToken: 'x'.repeat(20_001) }],
    [
      ...(['a token of the longest kind', 400, 'AuthenticationFail.OIDCToken.Invalid'] as const),
      { OIDCToken: 'x'.repeat(20_000) },
    ],
    ['a user', 400, 'InvalidParameter.RoleArn', { RoleArn: 'acs:ram::1:user/ann' }],
    [
      ...(['an unknown role', 404, 'EntityNotExist.Role'] as const),
      { RoleArn: 'acs:ram::1000000000000001:role/none' },
    ],
    ['a short name', 400, 'InvalidParameter.RoleSessionName', { RoleSessionName: 'a' }],
    ['a foreign name', 400, 'InvalidParameter.RoleSessionName', { RoleSessionName: '安安' }],
    ['a long name', 400, 'InvalidParameter.RoleSessionName', { RoleSessionName: 'a'.repeat(65) }],
    ['too short a time', 400, 'InvalidParameter.DurationSeconds', { DurationSeconds: '899' }],
    ['too long a time', 400, 'InvalidParameter.DurationSeconds', { DurationSeconds: '3601' }],
    ['an odd number', 400, 'InvalidParameter.DurationSeconds', { DurationSeconds: '1e3' }],
  ])('%s: %i %s', async (_, status, code, changes) => {
    const refused = await assumeRole(sandbox, changes);
    expect([refused.status, refused.json.Code]).toEqual([status, code]);
    expect(Object.keys(refused.json)).toEqual([
      ...['RequestId', 'HostId', 'Code', 'Message', 'Recommend'],
    ]);
    expect(refused.json.Recommend).toContain('product=Sts');
  });

  it('a role that trusts another provider, and one of another account', async () => {
    const own = await startSandbox({
      roles: [
        { arn: TENANT_A, trusts: ['acs:ram::1000000000000001:oidc-provider/other'] },
        { arn: 'acs:ram::2:role/tenant-a' },
        { arn: 'acs:ram::3:role/tenant-a', trusts: [SANDBOX_PROVIDER.providerArn] },
      ],
    });
    const answers = await Promise.all(
      [TENANT_A, 'acs:ram::2:role/tenant-a', 'acs:ram::3:role/tenant-a'].map((RoleArn) =>
        assumeRole(own, { RoleArn }),
      ),
    );
    expect(answers.map(({ status, json }) => [status, json.Code])).toEqual([
      [403, 'NoPermission'],
      [403, 'NoPermission'],
      [200, undefined],
    ]);
    await own.close();
  });

  it('a token that has expired, and one that is not valid yet', async () => {
    const expired = sandbox.mintToken({ sub: 'ann', expiresInSeconds: -1 });
    expect((await assumeRole(sandbox, { OIDCToken: expired })).json.Code).toBe(
      'AuthenticationFail.OIDCToken.Expired',
    );
    const later = { nbf: Math.ceil(Date.now() / 1000) + 60 };
    const early = sandbox.mintToken({ sub: 'ann', claims: later });
    expect((await assumeRole(sandbox, { OIDCToken: early })).json.Code).toBe(
      'AuthenticationFail.OIDCToken.Invalid',
    );
  });

  it.each([
    ['another issuer', { iss: 'https://other.example' }],
    ['another audience', { aud: ['other', 'another'] }],
    ['no subject', { sub: '' }],
    ['no expiry', { exp: 'soon' }],
  ])('a token with %s', async (_, claims) => {
    const token = sandbox.mintToken({ sub: 'ann', claims });
    const { status, json } = await assumeRole(sandbox, { OIDCToken: token });
    expect([status, json.Code]).toEqual([400, 'AuthenticationFail.OIDCToken.Invalid']);
  });

  it('a token that was changed, unsigned, or signed with the public key as a secret', async () => {
    const [head = '', body = '', signature = ''] = sandbox.mintToken({ sub: 'ann' }).split('.');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    const forged = encode({ ...claims, sub: 'root' });
    const hmacHead = encode({ alg: 'HS256', kid: 'sandbox-1' });
    const mac = createHmac('sha256', 'guess').update(`${hmacHead}.${body}`).digest('base64url');
    const tokens = [
      `${head}.${forged}.${signature}`,
      `${encode({ alg: 'none', kid: 'sandbox-1' })}.${body}.`,
      `${hmacHead}.${body}.${mac}`,
      `${encode({ alg: 'ES256', kid: 'other' })}.${body}.${signature}`,
      `${head}.${body}`,
    ];
    for (const OIDCToken of tokens) {
      const { json } = await assumeRole(sandbox, { OIDCToken });
      expect(json.Code).toBe('AuthenticationFail.OIDCToken.Invalid');
    }
  });
});

describe('an issuer of one’s own', () => {
  const provider = {
    providerArn: 'acs:ram::1000000000000001:oidc-provider/own',
    issuer: 'https://login.example.com',
    audience: ['graph', 'cli'],
  };

  it('is believed for its RS256 tokens, and only under its own ARN', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k' };
    const own = await startSandbox({ oidc: [{ ...provider, jwks: { keys: [jwk] } }] });
    const OIDCToken = await new SignJWT({})
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(provider.issuer)
      .setAudience(['web', 'cli'])
      .setSubject('ann')
      .setExpirationTime('1h')
      .sign(privateKey);
    const good = await assumeRole(own, { OIDCToken, OIDCProviderArn: provider.providerArn });
    expect(good.json.OIDCTokenInfo).toMatchObject({ Subject: 'ann', ClientIds: 'cli' });
    const elsewhere = await assumeRole(own, { OIDCToken });
    expect(elsewhere.json.Code).toBe('AuthenticationFail.OIDCToken.Invalid');
    await own.close();
  });
});

describe("Alibaba's own OIDC provider", () => {
  // CommonJS that marks itself as an ES module: required, it is the same under every loader.
  const require = createRequire(import.meta.url);
  const { OIDCRoleArnCredentialsProvider } = require('@alicloud/credentials');
  const http = require('@alicloud/credentials/dist/src/providers/http');

  it('gets keys that the registry takes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sts-'));
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, sandbox.mintToken({ sub: 'ann' }));
    const client = OIDCRoleArnCredentialsProvider.builder()
      .withOIDCProviderArn(SANDBOX_PROVIDER.providerArn)
      .withOIDCTokenFilePath(tokenFile)
      .withRoleArn(TENANT_A)
      .withRoleSessionName('ann')
      .withStsEndpoint(new URL(sandbox.url).host)
      .build();
    // It would insist on https; everything else of its request stays as it makes it.
    client.doRequest = (request: object) =>
      http.doRequest(Object.assign(request, { protocol: 'http' }));
    const { accessKeyId, accessKeySecret, securityToken } = await client.getCredentials();
    const key = { keyId: accessKeyId, secret: accessKeySecret, token: securityToken };
    expect((await callSandbox(sandbox, key)).status).toBe(200);
    await rm(folder, { recursive: true });
  });
});
