// The doctor names exactly the files that stop a start: each setting that names a file, with each fault of its file.
import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.js';
import { parseConfig } from '../../src/config/parse.js';
import { FILE_SETTINGS } from '../../src/config/settings.js';
import { examine } from '../../src/doctor/doctor.js';
import { SANDBOX_ENV, startTestApp } from '../support/with-app.js';

interface Subject {
  /** The settings with which the file counts. */
  readonly env: Readonly<Record<string, string>>;
  readonly good: string;
  /** A content that cannot be used. */
  readonly malformed: string;
}

const jwks = JSON.stringify({
  keys: [generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })],
});
const jwt = { AUTH: 'jwt', JWT_ISSUER: 'https://issuer.example', JWT_AUDIENCE: 'models' };
const roles = { claim: 'team', roles: { ml: 'acs:ram::1000000000000001:role/ml' } };
const authority = (await generate([{ name: 'commonName', value: 'localhost' }])).cert;
const noKeys = { ALIBABA_CLOUD_ACCESS_KEY_ID: '', ALIBABA_CLOUD_ACCESS_KEY_SECRET: '' };

function subjects(folder: string): Readonly<Record<string, Subject>> {
  const keyFiles = {
    ...noKeys,
    ALIBABA_CLOUD_ACCESS_KEY_ID_FILE: join(folder, 'id'),
    ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE: join(folder, 'secret'),
  };
  const key = { env: keyFiles, malformed: 'two words' };
  return {
    API_KEYS_FILE: {
      env: { AUTH: 'api-key' },
      good: JSON.stringify([{ client: 'web', sha256: 'a'.repeat(64) }]),
      malformed: '[{"client":"web"}]',
    },
    JWT_JWKS: { env: jwt, good: jwks, malformed: '{"keys":[]}' },
    PAI_ROLE_MAP: {
      env: {
        ...jwt,
        JWT_JWKS: join(folder, 'jwks'),
        PAI_IDENTITY: 'caller',
        PAI_OIDC_PROVIDER_ARN: 'acs:ram::1000000000000001:oidc-provider/idp',
        PAI_STS_ENDPOINT: 'http://127.0.0.1:1',
      },
      good: JSON.stringify(roles),
      malformed: '{"claim":"team"}',
    },
    TRUSTED_DOCUMENTS_FILE: {
      env: { TRUSTED_DOCUMENTS: 'log' },
      good: '{"names":"{ __typename }"}',
      malformed: '{"names":"{"}',
    },
    ALIBABA_CLOUD_ACCESS_KEY_ID_FILE: { ...key, good: 'sandbox' },
    ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE: { ...key, good: 'sandbox-secret' },
    ALIBABA_CLOUD_SECURITY_TOKEN_FILE: { ...key, good: 'token' },
    REDIS_URL_FILE: { env: {}, good: 'redis://127.0.0.1:1', malformed: 'http://127.0.0.1:1' },
    REDIS_TLS_CA_FILE: {
      env: { REDIS_URL: 'rediss://127.0.0.1:1' },
      good: authority,
      malformed: 'no certificate',
    },
    ...collectorFiles(),
  };
}

function collectorFiles(): Record<string, Subject> {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
  const names = FILE_SETTINGS.filter((name) => name.startsWith('OTEL_'));
  const subject = { env, good: authority, malformed: 'no certificate' };
  return Object.fromEntries(names.map((name) => [name, subject]));
}

/** The chain reads this one, late: without it the start goes on, and only the doctor names it. */
const LATE = 'ALIBABA_CLOUD_OIDC_TOKEN_FILE';

let sandbox: Sandbox;
let folder: string;
beforeAll(async () => {
  sandbox = await startSandbox();
  folder = await mkdtemp(join(tmpdir(), 'doctor-'));
  await writeFile(join(folder, 'id'), 'sandbox');
  await writeFile(join(folder, 'secret'), 'sandbox-secret');
  await writeFile(join(folder, 'jwks'), jwks);
});
afterAll(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true });
});

async function startWith(env: Record<string, string>): Promise<string> {
  try {
    await (await startTestApp(env)).close();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function doctorWith(env: Record<string, string>) {
  const { text, exitCode } = await examine(parseConfig({ PORT: '0', ...env }), Date.now);
  const lines = text.split('\n').filter((line) => line.startsWith('FAIL'));
  return { named: lines.map((line) => line.slice(25)), exitCode };
}

test('every setting that names a file is examined here', () => {
  expect([...Object.keys(subjects('')), LATE].sort()).toEqual([...FILE_SETTINGS].sort());
});

const faults = ['absent', 'a folder', 'unreadable', 'empty', 'malformed', 'good'] as const;

/** undefined: such a file cannot be made. */
async function makeFile(fault: (typeof faults)[number], name: string, subject: Subject) {
  const path = join(folder, `${name} ${fault}`.replaceAll(' ', '-'));
  const { good, malformed } = subject;
  if (fault === 'a folder') await mkdir(path);
  if (fault === 'empty') await writeFile(path, '');
  if (fault === 'good' || fault === 'unreadable') await writeFile(path, good);
  if (fault === 'malformed') await writeFile(path, malformed);
  // Root reads all files.
  if (fault === 'unreadable' && process.getuid?.() === 0) return undefined;
  if (fault === 'unreadable') await chmod(path, 0);
  return path;
}

test.each(
  Object.keys(subjects('')).flatMap((name) => faults.map((fault) => [name, fault] as const)),
)('a file of %s that is %s stops the start exactly if the doctor names it', async (name, fault) => {
  const subject = subjects(folder)[name];
  const path = subject && (await makeFile(fault, name, subject));
  if (path === undefined) return;
  const env = { ...SANDBOX_ENV, PAI_ENDPOINT: sandbox.url, ...subject?.env, [name]: path };
  const refusal = await startWith(env);
  const { named, exitCode } = await doctorWith(env);
  const ofFile = named.filter((line) => line.startsWith(`${name}: `));
  if (fault === 'good') {
    expect([refusal, ofFile]).toEqual(['', []]);
  } else {
    expect(refusal).toMatch(new RegExp(`^${name}: `));
    expect([ofFile.join(' '), exitCode]).toEqual([refusal, 2]);
  }
});

test('the token of the credential chain is named by the doctor alone', async () => {
  const env = { ...noKeys, PAI_ENDPOINT: sandbox.url, [LATE]: join(folder, 'nowhere') };
  expect(await startWith(env)).toBe('');
  expect(await doctorWith(env)).toEqual({
    named: [`${LATE}: It could not be read (ENOENT).`],
    exitCode: 2,
  });
});

test('a start and the doctor name the faults of all files together', async () => {
  const env = {
    ...{ PAI_ENDPOINT: sandbox.url, AUTH: 'api-key', REDIS_URL_FILE: '/nowhere/url' },
    ...{ API_KEYS_FILE: '/nowhere/keys', TRUSTED_DOCUMENTS: 'log' },
    ...{ TRUSTED_DOCUMENTS_FILE: '/nowhere/manifest', ...noKeys },
    ALIBABA_CLOUD_ACCESS_KEY_ID_FILE: '/nowhere/id',
    ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE: '/nowhere/secret',
  };
  const { named } = await doctorWith(env);
  expect(named).toEqual(
    [
      'ALIBABA_CLOUD_ACCESS_KEY_ID_FILE',
      'ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE',
      'REDIS_URL_FILE',
      'API_KEYS_FILE',
      'TRUSTED_DOCUMENTS_FILE',
    ].map((name) => `${name}: It could not be read (ENOENT).`),
  );
  expect(await startWith(env)).toBe(named.join(' '));
});

test('files of keys that the sandbox does not use stop neither', async () => {
  const env = {
    ALIBABA_CLOUD_ACCESS_KEY_ID_FILE: '/nowhere/id',
    ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE: '/nowhere/secret',
  };
  expect(await startWith(env)).toBe('');
  expect((await doctorWith(env)).named).toEqual([]);
});
