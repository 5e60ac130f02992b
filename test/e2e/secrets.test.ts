// After reads with temporary keys, a real Redis holds nothing that could be used to sign or to ask.
import { expect, test } from 'vitest';
import { startSandbox } from '../../sandbox/sandbox.js';
import { describeWith, eventually } from '../support/programs.js';
import { startRedis } from '../support/redis-process.js';
import { DOCUMENTED_ID, postGraphql, startTestApp } from '../support/with-app.js';

const QUERY = `query ($id: ID!) {
  model(id: $id) { id name versions(first: 2) { nodes { versionName } } }
  absent: model(id: "model-none") { id }
  models(first: 3) { nodes { id } }
}`;

describeWith('redis-server', 'Redis after reads', (executable) => {
  test('holds answers, and no key, secret, token or signature', async () => {
    const key = {
      accessKeyId: 'STS.NTemporaryKeyId',
      accessKeySecret: 'temporary-key-secret',
      securityToken: 'temporary-security-token',
    };
    await using server = await startRedis(executable, 'redis-password');
    const sandbox = await startSandbox({
      keys: [
        { id: key.accessKeyId, secret: key.accessKeySecret, securityToken: key.securityToken },
      ],
    });
    const app = await startTestApp({
      PAI_ENDPOINT: sandbox.url,
      REDIS_URL: server.url,
      ALIBABA_CLOUD_ACCESS_KEY_ID: key.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: key.accessKeySecret,
      ALIBABA_CLOUD_SECURITY_TOKEN: key.securityToken,
    });
    try {
      const stored = await eventually(async () => {
        const body = { query: QUERY, variables: { id: DOCUMENTED_ID } };
        const { errors } = await postGraphql(app.url, body, { 'cache-control': 'no-cache' });
        expect(errors).toEqual([]);
        const text = await everythingIn(server.client);
        return ['model/1:', 'model_page/1:', 'version_page/1:', 'quota:'].every((part) =>
          text.includes(part),
        )
          ? text
          : undefined;
      });
      expect(stored).toContain(DOCUMENTED_ID);
      for (const secret of [
        ...Object.values(key),
        'redis-password',
        'ACS3',
        'x-acs-',
        'Signature',
      ]) {
        expect(stored).not.toContain(secret);
      }
    } finally {
      await app.close();
      await sandbox.close();
    }
  });
});

/** All names and all values, of every type. */
async function everythingIn(client: Awaited<ReturnType<typeof startRedis>>['client']) {
  const parts: string[] = [];
  for (const key of await client.keys('*')) {
    const type = await client.type(key);
    const value = type === 'zset' ? await client.zrange(key, 0, -1) : [await client.get(key)];
    parts.push(key, ...value.map(String));
  }
  return parts.join('\n');
}
