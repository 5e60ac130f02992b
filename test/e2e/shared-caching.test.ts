// CACHE_CONTROL_SCOPE: which answers a gateway may cache for all callers, and the keys with which it must not.
import { describe, expect, test } from 'vitest';
import { modelId, numberedModels } from '../graphql/numbered-registry.js';
import { aFile } from '../support/a-file.js';
import { apiKeys, byKey, keysEnv } from '../support/callers.js';
import { withApp } from '../support/with-app.js';

const QUERY = `{ model(id: "${modelId(0)}") { name } }`;
const PUBLIC = { CACHE_CONTROL_SCOPE: 'public' };
const PREFLIGHT = { 'apollo-require-preflight': 'true' };
/** Until a response of each stage has been seen: Apollo's, a compiled and a kept one. */
const OFTEN = 8;

const open = (env: Record<string, string>) =>
  withApp({ env: { CACHE_TTL_SECONDS: '3600', ...env }, sandbox: { models: numberedModels(2) } });

const STAGES: [string, Record<string, string>][] = [
  ['by Apollo', { RESPONSE_CACHE: 'off', COMPILED_OPERATIONS: 'off' }],
  ['by a compiled operation', { RESPONSE_CACHE: 'off' }],
  ['by the response cache', {}],
];

describe.each(STAGES)('an answer %s', (_, stages) => {
  test('is public by POST and private by GET', async () => {
    await using app = await open({ ...PUBLIC, ...stages });
    for (let time = 0; time < OFTEN; time += 1) {
      const posted = await app.query(QUERY);
      expect(posted.headers.get('cache-control')).toMatch(/^public, max-age=3\d{3}$/);
      const search = new URLSearchParams({ query: QUERY });
      const got = await fetch(`${app.url}/graphql?${search}`, { headers: PREFLIGHT });
      expect(got.headers.get('cache-control')).toMatch(/^private, max-age=3\d{3}$/);
    }
  });

  test('is private without the setting', async () => {
    await using app = await open(stages);
    for (let time = 0; time < OFTEN; time += 1) {
      const { headers } = await app.query(QUERY);
      expect(headers.get('cache-control')).toMatch(/^private, max-age=3\d{3}$/);
    }
  });
});

test.each([
  ['an error beside data', `{ model(id: "!") { id } other: model(id: "${modelId(0)}") { id } }`],
  ['a refused document', '{ nonsense }'],
  ['a document that is none', '{'],
])('%s is not stored, also where answers are public', async (_, query) => {
  await using app = await open(PUBLIC);
  expect((await app.query(query)).headers.get('cache-control')).toBe('no-store');
});

describe('a key that is limited to workspaces', () => {
  test('ends the start where answers are public', async () => {
    await using keys = await aFile(apiKeys({ all: null, team: ['20'] }));
    await expect(open({ ...PUBLIC, ...keysEnv(keys) })).rejects.toThrow(
      'API_KEYS_FILE: [1].workspaces must be left out with CACHE_CONTROL_SCOPE=public.',
    );
  });

  test('is rejected by a reload, which is reported and lets in no one', async () => {
    await using keys = await aFile(apiKeys({ all: null }));
    await using app = await open({ ...PUBLIC, ...keysEnv(keys) });
    await keys.replace(apiKeys({ all: null, other: null, team: ['20'] }));
    const problems = () => app.events.filter(({ type }) => type === 'auth_problem');
    await expect.poll(problems, { timeout: 10_000 }).toEqual([
      {
        type: 'auth_problem',
        problem: 'api_keys_unreadable',
        reasons: ['[2].workspaces must be left out with CACHE_CONTROL_SCOPE=public.'],
      },
    ]);
    expect((await app.query(QUERY, {}, byKey('all'))).errors).toEqual([]);
    for (const client of ['other', 'team']) {
      expect((await app.query(QUERY, {}, byKey(client))).status).toBe(401);
    }
  });
});
