// Redis over TLS, with a user and password of settings, and groups of Redis that cannot be reached.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.js';
import { describeWith, startMain } from '../support/programs.js';
import { connectTo, startRedis } from '../support/redis-process.js';

test.concurrent.each(['redis+sentinel://127.0.0.1:PORT/main', 'redis+cluster://127.0.0.1:PORT'])(
  'a group of Redis that was never there is known to be down: %s',
  async (form) => {
    using scene = connectTo(form.replace('PORT', String(await freePort())));
    await scene.redis.known;
    expect(scene.redis.state().kind).toBe('down');
    expect(await scene.redis.ask((client) => client.get('key'))).toBeUndefined();
  },
);

describeWith('redis-server', 'Redis over TLS', (executable) => {
  test('is trusted by the authorities of REDIS_TLS_CA_FILE alone, and takes user and password of settings', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'redis-tls-'));
    const altNames = [{ type: 7, ip: '127.0.0.1' } as const];
    const pem = await generate([{ name: 'commonName', value: 'redis' }], {
      keyType: 'ec',
      extensions: [{ name: 'subjectAltName', altNames }],
    });
    const [cert, key, garbage] = ['cert.pem', 'key.pem', 'garbage.pem'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    await writeFile(cert, pem.cert);
    await writeFile(key, pem.private);
    await writeFile(garbage, 'no certificate');
    const port = String(await freePort());
    const tls = ['--tls-port', port, '--tls-cert-file', cert, '--tls-key-file', key];
    await using redis = await startRedis(executable, undefined, [
      ...tls,
      ...['--tls-auth-clients', 'no'],
    ]);
    await redis.client.acl('SETUSER', 'reader', 'on', '>p@ss', '~team:*', '+@all');
    const settings = {
      ...{ PORT: '0', REDIS_URL: `rediss://127.0.0.1:${port}`, REDIS_KEY_PREFIX: 'team:' },
      ...{ REDIS_USERNAME: 'reader', REDIS_PASSWORD: 'p@ss' },
    };
    const stateWith = async (env: Record<string, string>) => {
      await using main = startMain({ ...settings, ...env });
      const { parts } = (await (await fetch(`${await main.url}/readyz`)).json()) as {
        parts: { redis: string };
      };
      return parts.redis;
    };
    expect(await stateWith({ REDIS_TLS_CA_FILE: cert })).toBe('ok');
    expect(await stateWith({})).toMatch(/^down: [A-Z_]*CERT/);
    expect(await stateWith({ REDIS_TLS_CA_FILE: cert, REDIS_PASSWORD: 'other' })).toBe(
      'degraded: WRONGPASS',
    );
    await using refused = startMain({ ...settings, REDIS_TLS_CA_FILE: garbage });
    expect(await refused.exitCode).toBe(78);
    expect(refused.stderr()).toContain('REDIS_TLS_CA_FILE: It must hold certificates in PEM.');
    await rm(folder, { recursive: true });
  });
});
