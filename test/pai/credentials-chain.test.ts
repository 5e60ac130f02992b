// Shows the real credential chain against a credentials URI on the loopback; it reads no file of the machine and asks no cloud address.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/domain/errors.js';
import { chainCredentials } from '../../src/pai/credentials.js';

const FIXED_TEXT = 'No credentials for the model registry could be obtained.';

describe('chainCredentials over the default chain', () => {
  let home: string;
  let dialled: string[];

  const onSocket = (message: unknown): void => {
    if (typeof message !== 'object' || message === null || !('socket' in message)) return;
    if (!(message.socket instanceof Socket)) return;
    message.socket.on('connectionAttempt', (address: string) => dialled.push(address));
  };

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'credentials-'));
    dialled = [];
    for (const name of Object.keys(process.env)) {
      if (name.startsWith('ALIBABA_CLOUD_')) vi.stubEnv(name, undefined);
    }
    vi.stubEnv('HOME', home);
    vi.stubEnv('ALIBABA_CLOUD_ECS_METADATA_DISABLED', 'true');
    vi.stubEnv('ALIBABA_CLOUD_CLI_PROFILE_DISABLED', 'true');
    subscribe('net.client.socket', onSocket);
  });

  afterEach(async () => {
    unsubscribe('net.client.socket', onSocket);
    vi.unstubAllEnvs();
    await rm(home, { recursive: true });
    expect(dialled.length).toBeGreaterThan(0);
    expect(dialled.filter((address) => address !== '127.0.0.1')).toEqual([]);
  });

  it('gives the session of the credentials URI and fetches it once for ten callers', async () => {
    await using server = await credentialsUri([ok('STS.one')]);
    const source = chainCredentials();
    const all = await Promise.all(Array.from({ length: 10 }, () => source.get()));
    expect(all).toEqual(Array.from({ length: 10 }, () => session('STS.one')));
    expect(await source.get()).toEqual(session('STS.one'));
    expect(server.fetches()).toBe(1);
  });

  it('fetches a new session after a refresh', async () => {
    await using server = await credentialsUri([ok('STS.one'), ok('STS.two')]);
    const source = chainCredentials();
    await source.get();
    source.refresh();
    expect((await source.get()).accessKeyId).toBe('STS.two');
    expect(server.fetches()).toBe(2);
  });

  it('recovers after the URI failed, and repeats no part of the URI’s answer', async () => {
    await using server = await credentialsUri([
      { status: 500, body: 'SecretInBody' },
      ok('STS.one'),
    ]);
    const source = chainCredentials();
    const error: unknown = await Promise.resolve(source.get()).catch((reason: unknown) => reason);
    if (!(error instanceof AppError)) throw new Error('expected an AppError');
    expect(error.code).toBe('UPSTREAM_REJECTED');
    expect(error.message).toBe(FIXED_TEXT);
    expect(error.cause).toBeUndefined();
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('SecretInBody');
    expect((await source.get()).accessKeyId).toBe('STS.one');
    expect(server.fetches()).toBe(2);
  });

  it('names the role of the settings for keys of the URI, and none for keys of the environment', async () => {
    await using _ = await credentialsUri([ok('STS.one')]);
    const role = { arn: 'acs:ram::1:role/reader', isOidc: false };
    expect(await chainCredentials({ role }).get()).toEqual({
      ...session('STS.one'),
      role: 'acs:ram::1:role/reader default/credential_uri',
    });
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_ID', 'id');
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'secret');
    vi.stubEnv('ALIBABA_CLOUD_SECURITY_TOKEN', 'token');
    expect(await chainCredentials({ role }).get()).toEqual({
      ...{ accessKeyId: 'id', accessKeySecret: 'secret', securityToken: 'token' },
    });
  });

  it('names no role where a token exchange is configured and the URI answers in its place', async () => {
    await using _ = await credentialsUri([ok('STS.one')]);
    const arn = 'acs:ram::1:role/reader';
    vi.stubEnv('ALIBABA_CLOUD_ROLE_ARN', arn);
    vi.stubEnv('ALIBABA_CLOUD_OIDC_PROVIDER_ARN', 'acs:ram::1:oidc-provider/cluster');
    vi.stubEnv('ALIBABA_CLOUD_OIDC_TOKEN_FILE', join(home, 'there-is-no-token'));
    const source = chainCredentials({ role: { arn, isOidc: true } });
    expect(await source.get()).toEqual(session('STS.one'));
  });

  it('takes keys of the environment that appear after a failure', async () => {
    await using server = await credentialsUri([{ status: 404, body: '' }]);
    const source = chainCredentials();
    await expect(source.get()).rejects.toThrow(FIXED_TEXT);
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_ID', 'id');
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'secret');
    expect(await source.get()).toEqual({ accessKeyId: 'id', accessKeySecret: 'secret' });
    expect(server.fetches()).toBe(1);
  });
});

interface Answer {
  readonly status: number;
  readonly body: string;
}

function ok(accessKeyId: string): Answer {
  const { accessKeySecret, securityToken } = session(accessKeyId);
  const expiry = new Date(Date.now() + 3_600_000).toISOString();
  const body = {
    AccessKeyId: accessKeyId,
    AccessKeySecret: accessKeySecret,
    SecurityToken: securityToken,
    Expiration: `${expiry.slice(0, 19)}Z`,
  };
  return { status: 200, body: JSON.stringify(body) };
}

function session(accessKeyId: string) {
  return { accessKeyId, accessKeySecret: 'secret', securityToken: 'token' };
}

/** A credentials URI that gives its answers in order and is announced in the environment. */
async function credentialsUri(answers: readonly Answer[]) {
  let fetches = 0;
  const server = createServer((_request, response) => {
    const { status, body } = answers[fetches++] ?? { status: 500, body: 'the script has ended' };
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  vi.stubEnv('ALIBABA_CLOUD_CREDENTIALS_URI', `http://127.0.0.1:${address.port}/keys`);
  return {
    fetches: () => fetches,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
