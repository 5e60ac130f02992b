// A start that fails leaves nothing open, so that the process can end.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REPO_ROOT, startMain } from '../support/programs.js';

let folder: string;
let keysFile: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'failed-start-'));
  keysFile = join(folder, 'keys.json');
  const sha256 = createHash('sha256').update('key').digest('hex');
  await writeFile(keysFile, JSON.stringify([{ client: 'a', sha256 }]));
});
afterAll(() => rm(folder, { recursive: true }));

test('a process in which every start fails ends by itself', async () => {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'test/support/failing-starts.ts', keysFile],
    { cwd: REPO_ROOT, stdio: ['ignore', 'pipe', 'inherit'], timeout: 50_000 },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const ended = await new Promise((resolve) =>
    child.once('close', (code, signal) => resolve([code, signal])),
  );
  const inUse = 'listen EADDRINUSE: address already in use 127.0.0.1:<port>';
  expect(JSON.parse(output)).toEqual({
    port: inUse,
    metricsPort: inUse,
    portWithMetrics: inUse,
    host: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    files:
      'API_KEYS_FILE: It could not be read (ENOENT). TRUSTED_DOCUMENTS_FILE: It could not be read (ENOENT).',
    oneFileOfTwo: 'JWT_JWKS: It could not be read (ENOENT).',
  });
  expect(ended).toEqual([0, null]);
});

describe.concurrent('the process', () => {
  const missing = (name: string) => join(folder, name);

  test('a metrics port in use ends it with 1 and says which', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const address = holder.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await using main = startMain({ PORT: '0', METRICS_PORT: String(port) });
    expect(await main.exitCode).toBe(1);
    holder.close();
    expect(main.stdout()).toBe('');
    expect(main.stderr()).toBe(
      `Could not start: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
    );
  });

  test('files that are missing are reported together', async () => {
    await using main = startMain({
      AUTH: 'jwt,api-key',
      API_KEYS_FILE: missing('keys'),
      JWT_JWKS: missing('jwks'),
      JWT_ISSUER: 'i',
      JWT_AUDIENCE: 'a',
      TRUSTED_DOCUMENTS: 'only',
      TRUSTED_DOCUMENTS_FILE: missing('manifest'),
    });
    expect(await main.exitCode).toBe(78);
    expect(main.stderr().split('\n')).toEqual([
      'The settings are wrong:',
      '  API_KEYS_FILE: It could not be read (ENOENT).',
      '  JWT_JWKS: It could not be read (ENOENT).',
      '  TRUSTED_DOCUMENTS_FILE: It could not be read (ENOENT).',
      '',
    ]);
  });

  test('files that are missing are reported with wrong settings and names', async () => {
    await using main = startMain({
      PORT: 'http',
      LOG_LEVLE: 'info',
      AUTH: 'jwt',
      JWT_JWKS: missing('jwks'),
      JWT_ISSUER: 'i',
      JWT_AUDIENCE: 'a',
      PAI_IDENTITY: 'caller',
      PAI_OIDC_PROVIDER_ARN: 'acs:ram::1:oidc-provider/a',
      PAI_ROLE_MAP: missing('roles'),
      TRUSTED_DOCUMENTS: 'log',
      TRUSTED_DOCUMENTS_FILE: missing('manifest'),
    });
    expect(await main.exitCode).toBe(78);
    expect(main.stderr().split('\n')).toEqual([
      'The settings are wrong:',
      '  PORT must be a whole number from 0 to 65535.',
      '  JWT_JWKS: It could not be read (ENOENT).',
      '  PAI_ROLE_MAP: It could not be read (ENOENT).',
      '  TRUSTED_DOCUMENTS_FILE: It could not be read (ENOENT).',
      'Perhaps because:',
      '  LOG_LEVLE is not a setting; did you mean LOG_LEVEL?',
      '',
    ]);
  });

  test('the problems of several files are reported together', async () => {
    const [keys, jwks, manifest] = ['keys-0', 'jwks-0', 'manifest-0'].map(missing);
    await writeFile(String(keys), '[{"client":"a"},{"client":"two words"}]');
    await writeFile(String(jwks), '{"keys":[]}');
    await writeFile(String(manifest), '{}');
    await using main = startMain({
      AUTH: 'jwt,api-key',
      API_KEYS_FILE: String(keys),
      JWT_JWKS: String(jwks),
      JWT_ISSUER: 'i',
      JWT_AUDIENCE: 'a',
      TRUSTED_DOCUMENTS: 'only',
      TRUSTED_DOCUMENTS_FILE: String(manifest),
    });
    expect(await main.exitCode).toBe(78);
    expect(main.stderr().split('\n')).toEqual([
      'The settings are wrong:',
      '  API_KEYS_FILE: [0].sha256 must be 64 lower-case hex digits.',
      '  API_KEYS_FILE: [1].client must be 1 to 64 letters, digits or any of . _ - @ : /.',
      '  API_KEYS_FILE: [1].sha256 must be 64 lower-case hex digits.',
      '  JWT_JWKS: It must hold at least one public key for signatures.',
      '  TRUSTED_DOCUMENTS_FILE: It must hold at least one document.',
      '',
    ]);
  });

  // Reading it would wait for a writer, and so would the end of the process.
  test.skipIf(process.platform === 'win32')('a pipe is refused as a file', async () => {
    const pipe = missing('pipe');
    await new Promise((resolve) => spawn('mkfifo', [pipe]).once('close', resolve));
    await using main = startMain({ TRUSTED_DOCUMENTS: 'log', TRUSTED_DOCUMENTS_FILE: pipe });
    expect(await main.exitCode).toBe(78);
    expect(main.stderr()).toContain('TRUSTED_DOCUMENTS_FILE: It is not a file.');
  });
});
