// Files that are read again while the server runs: each reload is reported with its number of entries, and each content
// that cannot be used is reported once and changes nothing.
import { createHash, generateKeyPairSync } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { codegen } from '../graphql/persisted-documents/manifests.js';
import { aFile } from '../support/a-file.js';
import { eventually } from '../support/programs.js';
import { postGraphql, withApp } from '../support/with-app.js';

const OLD = 'query Old { __typename }';
const NEW = 'query New { __typename }';

const apiKeys = (...keys: readonly string[]) =>
  JSON.stringify(
    keys.map((key) => ({ client: key, sha256: createHash('sha256').update(key).digest('hex') })),
  );

const keySet = (count: number) =>
  JSON.stringify({
    keys: Array.from({ length: count }, (_, index) => ({
      ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }),
      kid: String(index),
    })),
  });

test('keys, key sets and manifests are read again, and what cannot be used changes nothing', async () => {
  await using keys = await aFile(apiKeys('one'));
  await using jwks = await aFile(keySet(1));
  await using manifest = await aFile(codegen(OLD));
  await using app = await withApp({
    env: {
      ...{ AUTH: 'api-key,jwt', API_KEYS_FILE: keys.path, JWT_JWKS: jwks.path },
      ...{ JWT_ISSUER: 'https://issuer.example', JWT_AUDIENCE: 'models' },
      ...{ TRUSTED_DOCUMENTS: 'only', TRUSTED_DOCUMENTS_FILE: manifest.path },
    },
  });
  const statusOf = async (query: string, key: string) =>
    (await postGraphql(app.url, { query }, { 'x-api-key': key })).status;
  const reports = () =>
    app.events.filter(({ type }) => type === 'file_reload' || type === 'auth_problem');
  const reported = (count: number) => eventually(() => reports().length >= count || undefined);
  expect([await statusOf(OLD, 'one'), await statusOf(NEW, 'one')]).toEqual([200, 403]);

  await keys.replace(apiKeys('one', 'two'));
  await jwks.replace(keySet(2));
  await manifest.replace(codegen(OLD, NEW, `${NEW} `));
  await reported(3);
  const type = 'file_reload';
  const reloaded = reports();
  expect(reloaded).toHaveLength(3);
  expect(reloaded).toContainEqual({ type, file: 'api_keys', outcome: 'OK', entries: 2 });
  expect(reloaded).toContainEqual({ type, file: 'jwks', outcome: 'OK', entries: 2 });
  expect(reloaded).toContainEqual({ type, file: 'manifest', outcome: 'OK', entries: 3 });
  expect([await statusOf(NEW, 'two'), await statusOf(OLD, 'one')]).toEqual([200, 200]);

  for (const file of [keys, jwks, manifest]) await file.write('{}');
  await reported(6);
  // Checks go on.
  await pause(1200);
  const refused = reports().slice(3);
  expect(refused).toHaveLength(3);
  const problems = [
    { problem: 'api_keys_unreadable', reasons: [expect.stringContaining('must be a JSON list')] },
    {
      problem: 'jwks_unreadable',
      reasons: [expect.stringContaining('must be a JSON Web Key Set')],
    },
  ];
  for (const problem of problems) {
    expect(refused).toContainEqual({ type: 'auth_problem', ...problem });
  }
  const reasons = ['It must hold at least one document.'];
  expect(refused).toContainEqual({ type, file: 'manifest', outcome: 'INVALID', reasons });
  expect([await statusOf(NEW, 'two'), await statusOf(OLD, 'one')]).toEqual([200, 200]);
});
