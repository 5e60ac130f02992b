// Secrets in files are replaced under load, as Kubernetes and editors replace them: no operation fails.
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startSandbox } from '../../sandbox/sandbox.js';
import { aFile } from '../support/a-file.js';
import { describeWith, eventually, startMain } from '../support/programs.js';
import { startRedis } from '../support/redis-process.js';
import { postGraphql, sampleIds, startTestApp } from '../support/with-app.js';

const NONE = { ALIBABA_CLOUD_ACCESS_KEY_ID: '', ALIBABA_CLOUD_ACCESS_KEY_SECRET: '' };
const OLD = { id: 'old-key', secret: 'old-secret' };
const NEW = { id: 'new-key', secret: 'new-secret' };
const FRESH = { 'cache-control': 'no-cache' };
const QUERY = 'query ($id: ID!) { model(id: $id) { id } }';

/** Reads models one after the other until it is stopped, twenty at least, and gives the errors. */
function keepAsking(url: string) {
  let isOver = false;
  const ids = sampleIds(20);
  const ask = async () => {
    const failures: unknown[] = [];
    let asked = 0;
    while (!isOver || asked < 20) {
      const variables = { id: ids[asked % ids.length] };
      failures.push(...(await postGraphql(url, { query: QUERY, variables }, FRESH)).errors);
      asked += 1;
      await pause(10);
    }
    return { failures };
  };
  const ended = ask();
  return {
    stop() {
      isOver = true;
      return ended;
    },
  };
}

async function keyFiles() {
  const id = await aFile(`${OLD.id}\n`);
  const secret = await aFile(`${OLD.secret}\n`);
  return {
    id,
    secret,
    env: {
      ...NONE,
      ALIBABA_CLOUD_ACCESS_KEY_ID_FILE: id.path,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE: secret.path,
    },
    async [Symbol.asyncDispose]() {
      await id[Symbol.asyncDispose]();
      await secret[Symbol.asyncDispose]();
    },
  };
}

test.concurrent('a rotated access key is used without a restart, no operation fails, and the log says it', async () => {
  await using files = await keyFiles();
  await using sandbox = await startSandbox({ keys: [OLD, NEW] }).then((one) => ({
    ...one,
    [Symbol.asyncDispose]: () => one.close(),
  }));
  await using main = startMain({ PORT: '0', PAI_ENDPOINT: sandbox.url, ...files.env });
  const load = keepAsking(await main.url);
  await eventually(() => sandbox.requests.at(-1)?.keyId === OLD.id || undefined);
  await files.id.write(NEW.id);
  await pause(100);
  await files.secret.replace(NEW.secret);
  await eventually(() => sandbox.requests.at(-1)?.keyId === NEW.id || undefined);
  await pause(100);
  const { failures } = await load.stop();
  expect(failures).toEqual([]);
  // Also none that a second attempt has hidden.
  expect(sandbox.requests.every(({ status }) => status === 200)).toBe(true);
  const log = await main.logAtEnd();
  expect(log.filter(({ event }) => event === 'file_reload')).toMatchObject([
    { level: 'info', file: 'access_key', outcome: 'OK' },
  ]);
  expect(JSON.stringify(log)).not.toMatch(/new-key|new-secret|old-secret/);
});

test.concurrent('keys that PAI refuses are read again at once', async () => {
  await using files = await keyFiles();
  const sandbox = await startSandbox({ keys: [NEW] });
  const app = await startTestApp({ PAI_ENDPOINT: sandbox.url, ...files.env });
  await files.id.write(NEW.id);
  await files.secret.write(NEW.secret);
  const variables = { id: sampleIds(1)[0] };
  const { errors } = await postGraphql(app.url, { query: QUERY, variables });
  expect(errors).toEqual([]);
  expect(sandbox.requests.map(({ keyId, status }) => [keyId, status])).toMatchObject([
    [OLD.id, expect.any(Number)],
    [NEW.id, 200],
  ]);
  await app.close();
  await sandbox.close();
});

test.concurrent('a key file that becomes empty is reported, and the last keys stay in force', async () => {
  await using files = await keyFiles();
  const sandbox = await startSandbox({ keys: [OLD] });
  await using main = startMain({ PORT: '0', PAI_ENDPOINT: sandbox.url, ...files.env });
  const url = await main.url;
  await files.secret.write('');
  await eventually(() => main.stdout().includes('file_reload') || undefined);
  const variables = { id: sampleIds(1)[0] };
  expect((await postGraphql(url, { query: QUERY, variables })).errors).toEqual([]);
  const log = await main.logAtEnd();
  expect(log.filter(({ event }) => event === 'file_reload')).toMatchObject([
    { level: 'warn', reasons: ['ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE: It is empty.'] },
  ]);
  await sandbox.close();
});

test.concurrent('secrets in files that are wrong at the start are a settings error', async () => {
  await using files = await keyFiles();
  await files.id.write('');
  await files.secret.write('two words');
  const settings = { PORT: '0', PAI_ENDPOINT: 'https://pai.example.com', ...files.env };
  const problems = [
    'ALIBABA_CLOUD_ACCESS_KEY_ID_FILE: It is empty.',
    'ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE: It must hold visible ASCII characters without spaces.',
  ];
  await using main = startMain(settings);
  expect(await main.exitCode).toBe(78);
  for (const problem of problems) expect(main.stderr()).toContain(problem);
  await using doctor = startMain(settings, { args: ['doctor'] });
  expect(await doctor.exitCode).toBe(2);
  for (const problem of problems) expect(doctor.stdout()).toContain(problem);

  await files.id.write('redis://:secret@host/no-number');
  await using redis = startMain({ PORT: '0', REDIS_URL_FILE: files.id.path });
  expect(await redis.exitCode).toBe(78);
  expect(redis.stderr()).toContain('REDIS_URL_FILE: It must hold redis://');
  expect(redis.stderr()).not.toContain('no-number');
});

describeWith('redis-server', 'the password of Redis', (executable) => {
  test('a rotated password is used without a restart, and Redis stays up meanwhile', async () => {
    await using redis = await startRedis(executable, 'old-password');
    const urlWith = (password: string) => redis.url.replace('old-password', password);
    await using file = await aFile(redis.url);
    const sandbox = await startSandbox();
    const settings = { PAI_ENDPOINT: sandbox.url, ALIBABA_CLOUD_ACCESS_KEY_ID: 'sandbox' };
    const secret = { ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'sandbox-secret' };
    await using main = startMain({
      ...{ PORT: '0', ...settings, ...secret },
      REDIS_URL_FILE: file.path,
    });
    const load = keepAsking(await main.url);
    await redis.client.acl('SETUSER', 'default', '>new-password');
    await file.replace(urlWith('new-password'));
    await eventually(() => main.stdout().includes('file_reload') || undefined);
    // Each connection of the server is made with the new password by now; the old one is refused.
    await redis.client.acl('SETUSER', 'default', '<old-password');
    await eventually(async () => {
      const clients = String(await redis.client.client('LIST'));
      return clients.trim().split('\n').length === 3 || undefined;
    });
    const { failures } = await load.stop();
    expect(failures).toEqual([]);
    const ready = await (await fetch(`${await main.url}/readyz`)).json();
    expect(ready).toMatchObject({ parts: { redis: 'ok' } });
    const log = await main.logAtEnd();
    const events = log.filter(({ event }) => event === 'redis' || event === 'file_reload');
    expect(events).toMatchObject([
      { event: 'redis', kind: 'up' },
      { event: 'file_reload', file: 'redis_url', outcome: 'OK' },
    ]);
    await sandbox.close();
  });
});
