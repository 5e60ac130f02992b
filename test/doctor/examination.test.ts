// The findings of the doctor over real sockets, without a process for each.
import { describe, expect, test } from 'vitest';
import { DOCUMENTED_MODEL } from '../../sandbox/sandbox.js';
import { aFile, type TestFile } from '../support/a-file.js';
import { describeWith } from '../support/programs.js';
import { startRedis } from '../support/redis-process.js';
import { runHere, sceneWith } from './run.js';

const PROVIDER_ARN = 'acs:ram::1000000000000001:oidc-provider/sandbox';
const ROLES = JSON.stringify({
  claim: 'tenant',
  roles: { a: 'acs:ram::1000000000000001:role/tenant-a' },
});

describe.concurrent('the doctor', () => {
  test('asks each operation of PAI once', async () => {
    await using scene = await sceneWith();
    const { code, lines } = await scene.runHere();
    expect(lines('settings')).toEqual([expect.stringContaining('PAI at a custom endpoint')]);
    expect(code).toBe(0);
    expect(scene.sandbox.requests.map(({ operation }) => operation)).toEqual([
      'ListModels',
      'GetModel',
      'ListModelVersions',
      'GetModelVersion',
      'ListWorkspaces',
      'GetWorkspace',
      'ListDatasets',
      'GetDataset',
    ]);
  });

  test('names each value in which a list differs, and ends with 1', async () => {
    await using scene = await sceneWith({ models: [DOCUMENTED_MODEL] });
    const body = { ...DOCUMENTED_MODEL.model, Task: 'other-value' };
    scene.sandbox.faults.add({ operation: 'GetModel', fault: { kind: 'wrongShape', body } });
    const { code, output, lines } = await scene.runHere();
    expect(lines('lists')).toEqual([
      expect.stringContaining('ListModels and GetModel differ for one id: Task '),
      expect.stringContaining('ListModels and GetModel differ for one id: LatestVersion '),
    ]);
    expect(output).not.toContain('other-value');
    expect(code).toBe(1);
  });

  test('names the checks that an empty registry does not allow, and ends with 3', async () => {
    await using scene = await sceneWith({ models: [] });
    const { code, lines } = await scene.runHere();
    expect(lines('ListModels')).toEqual([expect.stringMatching(/^ok /)]);
    for (const operation of ['GetModel', 'ListModelVersions', 'GetModelVersion']) {
      expect(lines(operation)).toEqual([
        expect.stringMatching(/^skip .*not checked: ListModels names no model\.$/),
      ]);
    }
    expect(code).toBe(3);
  });

  test('names the right that workspaces need, which the rest does without, and ends with 1', async () => {
    await using scene = await sceneWith();
    const fault = { kind: 'error', status: 403, code: 'NoPermission' } as const;
    scene.sandbox.faults.add({ operation: 'GetWorkspace', fault });
    const { code, lines } = await scene.runHere();
    expect(lines('warn')).toEqual([
      expect.stringContaining('Allow the RAM action paiworkspace:GetWorkspace'),
    ]);
    expect(lines('ListWorkspaces')).toEqual([expect.stringMatching(/^ok /)]);
    expect(code).toBe(1);
  });

  test('says when a model has no version, and ends with 3', async () => {
    await using scene = await sceneWith({ models: [{ ...DOCUMENTED_MODEL, versions: [] }] });
    const { code, lines } = await scene.runHere();
    expect(lines('GetModelVersion')).toEqual([
      expect.stringMatching(/^skip .*the model has no version/),
    ]);
    expect(lines('skip')).toHaveLength(1);
    expect(lines('warn')).toEqual([]);
    expect(code).toBe(3);
  });

  test('finds slow answers, and ends with 1', async () => {
    await using scene = await sceneWith();
    scene.sandbox.faults.add({ operation: 'ListModelVersions', delayMs: 1100 });
    const { code, lines } = await scene.runHere({ UPSTREAM_TIMEOUT_MS: '2000' });
    expect(lines('ListModelVersions')).toEqual([expect.stringMatching(/^warn .*slow: 1\d{3} ms/)]);
    expect(code).toBe(1);
  });

  test('warns of a Redis that does not answer, without its URL', async () => {
    await using scene = await sceneWith();
    const url = 'redis://:redis-password@127.0.0.1:1';
    const { code, output, lines } = await scene.runHere({ REDIS_URL: url });
    expect(lines('warn')).toEqual([expect.stringMatching(/redis +does not answer/)]);
    expect(output).not.toMatch(/redis-password|127\.0\.0\.1/);
    expect(code).toBe(1);
  });

  test('examines the embedded sandbox also while a server has the port of SANDBOX_PORT', async () => {
    await using scene = await sceneWith();
    const { port } = new URL(scene.sandbox.url);
    expect((await runHere({ SANDBOX_PORT: port })).code).toBe(0);
  });

  test('never prints hosts, keys, tokens or PAI’s messages about them', async () => {
    const key = { id: 'LTAI-the-id', secret: 'the-secret', securityToken: 'the-token' };
    await using scene = await sceneWith({ keys: [key] });
    const env = {
      ALIBABA_CLOUD_ACCESS_KEY_ID: key.id,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: key.secret,
      ALIBABA_CLOUD_SECURITY_TOKEN: key.securityToken,
    };
    const message = `${key.id} ${key.secret} at acs.example.com`;
    const outputs = [await scene.runHere(env)];
    for (const code of ['SignatureDoesNotMatch', 'NoPermission', 'InvalidParameter', 'New']) {
      scene.sandbox.faults.clear();
      scene.sandbox.faults.add({
        operation: 'GetModel',
        fault: { kind: 'error', status: 400, code, message },
      });
      outputs.push(await scene.runHere(env));
    }
    expect(outputs.map(({ code }) => code)).toEqual([0, 2, 2, 2, 2]);
    const host = new URL(scene.sandbox.url).host;
    for (const { output } of outputs) {
      for (const secret of [...Object.values(env), host, '127.0.0.1', 'example.com', '情感分析']) {
        expect(output).not.toContain(secret);
      }
    }
  });
});

describe.concurrent('the doctor with PAI_IDENTITY=caller', () => {
  const callerMode = (url: string, file: TestFile) => ({
    ...{ ALIBABA_CLOUD_ACCESS_KEY_ID: '', ALIBABA_CLOUD_ACCESS_KEY_SECRET: '' },
    ...{ AUTH: 'jwt', JWT_ISSUER: 'https://sandbox.example', JWT_AUDIENCE: 'pai-model-graph' },
    ...{ JWT_JWKS: `${url}/_sandbox/jwks`, PAI_IDENTITY: 'caller', PAI_STS_ENDPOINT: url },
    ...{ PAI_OIDC_PROVIDER_ARN: PROVIDER_ARN, PAI_ROLE_MAP: file.path },
  });

  test('needs no keys, examines PAI, STS and the key server, and says that no operation was checked', async () => {
    await using scene = await sceneWith();
    await using file = await aFile(ROLES);
    const { code, output, lines } = await scene.runHere(callerMode(scene.sandbox.url, file));
    expect(lines('ok')).toEqual([
      expect.stringMatching(/settings +valid/),
      expect.stringMatching(/ports +free$/),
      expect.stringMatching(/credentials +none are needed: STS gives keys/),
      expect.stringMatching(/route +to PAI_ENDPOINT, directly$/),
      expect.stringMatching(/clock +within 1 s/),
      expect.stringMatching(/STS +answers/),
      expect.stringMatching(/JWT_JWKS +the key server gives keys$/),
    ]);
    expect(lines('ListModels')).toEqual([
      expect.stringMatching(/^skip .*not checked: PAI_IDENTITY=caller asks PAI with the token/),
    ]);
    expect(output).toMatch(
      /^1 call to PAI: nothing that was checked fails.* \(7 ok, 10 skip\)\.$/m,
    );
    expect(code).toBe(3);
  });

  test('finds a role map that would stop the start', async () => {
    await using scene = await sceneWith();
    await using file = await aFile('{}');
    const { code, lines } = await scene.runHere(callerMode(scene.sandbox.url, file));
    expect(lines('FAIL')).toContainEqual(expect.stringMatching(/PAI_ROLE_MAP: claim must name/));
    expect(code).toBe(2);
  });

  test('finds an STS and a key server that do not answer', async () => {
    await using scene = await sceneWith();
    await using file = await aFile(ROLES);
    const { code, output, lines } = await scene.runHere({
      ...callerMode(scene.sandbox.url, file),
      PAI_STS_ENDPOINT: 'http://127.0.0.1:1',
      JWT_JWKS: 'http://127.0.0.1:1/jwks',
    });
    expect(lines('FAIL')).toEqual([
      expect.stringMatching(/STS +The token service could not be reached.*PAI_STS_ENDPOINT\.$/),
      expect.stringMatching(/JWT_JWKS +The key server gave no key set\. It cannot be reached/),
    ]);
    expect(output).not.toContain('127.0.0.1');
    expect(code).toBe(2);
  });

  test('finds that PAI does not answer', async () => {
    await using scene = await sceneWith();
    await using file = await aFile(ROLES);
    const { code, lines } = await scene.runHere({
      ...callerMode(scene.sandbox.url, file),
      PAI_ENDPOINT: 'http://127.0.0.1:1',
    });
    expect(lines('FAIL')).toEqual([
      expect.stringMatching(/route .*no answer\. Its host refuses the connection\. Check/),
    ]);
    expect(code).toBe(2);
  });
});

describeWith('redis-server', 'the doctor and a Redis', (executable) => {
  test('the doctor and a Redis that answers find each other, and all is well', async () => {
    await using redis = await startRedis(executable, 'the-password');
    await using scene = await sceneWith();
    const { code, lines } = await scene.runHere({ REDIS_URL: redis.url });
    expect(lines('redis')).toEqual([expect.stringMatching(/^ok +redis +answers$/)]);
    expect(code).toBe(0);
  });
});
