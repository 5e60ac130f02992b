// The findings of the doctor over real sockets, without a process for each.
import { describe, expect, test } from 'vitest';
import { DOCUMENTED_MODEL } from '../../sandbox/sandbox.js';
import { describeWith } from '../support/programs.js';
import { startRedis } from '../support/redis-process.js';
import { sceneWith } from './run.js';

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

  test('names the checks that an empty registry does not allow, and ends with 1', async () => {
    await using scene = await sceneWith({ models: [] });
    const { code, lines } = await scene.runHere();
    expect(lines('ListModels')).toEqual([expect.stringMatching(/^ok /)]);
    for (const operation of ['GetModel', 'ListModelVersions', 'GetModelVersion']) {
      expect(lines(operation)).toEqual([
        expect.stringMatching(/^warn .*not checked: ListModels names no model\.$/),
      ]);
    }
    expect(code).toBe(1);
  });

  test('says when a model has no version, and ends with 1', async () => {
    await using scene = await sceneWith({ models: [{ ...DOCUMENTED_MODEL, versions: [] }] });
    const { code, lines } = await scene.runHere();
    expect(lines('GetModelVersion')).toEqual([
      expect.stringMatching(/^warn .*the model has no version/),
    ]);
    expect(lines('warn')).toHaveLength(1);
    expect(code).toBe(1);
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

describeWith('redis-server', 'the doctor and a Redis', (executable) => {
  test('the doctor and a Redis that answers find each other, and all is well', async () => {
    await using redis = await startRedis(executable, 'the-password');
    await using scene = await sceneWith();
    const { code, lines } = await scene.runHere({ REDIS_URL: redis.url });
    expect(lines('redis')).toEqual([expect.stringMatching(/^ok +redis +answers$/)]);
    expect(code).toBe(0);
  });
});
