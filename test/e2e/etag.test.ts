import { expect, test } from 'vitest';
import { DOCUMENTED_ID, type TestApp, withApp } from '../support/with-app.js';

function get(app: TestApp, query: string, headers: Record<string, string> = {}) {
  return fetch(`${app.url}/graphql?${new URLSearchParams({ query })}`, {
    // Without a Cache-Control of its own, fetch sends no-cache with If-None-Match.
    headers: { 'apollo-require-preflight': 'true', 'cache-control': 'max-age=0', ...headers },
  });
}

const NAME = `{ model(id: "${DOCUMENTED_ID}") { name } }`;

test('a GET has a weak tag of its data, and is 304 to a client that has it', async () => {
  await using app = await withApp({ env: { RESPONSE_CACHE: 'off', COMPILED_OPERATIONS: 'off' } });
  const fromPai = await get(app, NAME);
  const tag = fromPai.headers.get('etag') ?? '';
  expect(tag).toMatch(/^W\/"[\w-]+"$/);
  // From the cache, at another cost.
  const known = await get(app, NAME, { 'if-none-match': `"other", ${tag}` });
  expect([known.status, await known.text(), known.headers.get('etag')]).toEqual([304, '', tag]);
  expect(known.headers.get('cache-control')).toMatch(/^private, max-age=/);
  expect(known.headers.has('content-type')).toBe(false);
  expect((await get(app, NAME, { 'if-none-match': '"other"' })).status).toBe(200);
  expect((await get(app, NAME, { 'if-none-match': '*' })).status).toBe(304);
});

test('a GET with an error has no tag', async () => {
  await using app = await withApp({ env: { RESPONSE_CACHE: 'off', COMPILED_OPERATIONS: 'off' } });
  const { status, headers } = await get(app, '{ model(id: "!") { id } }', { 'if-none-match': '*' });
  expect([status, headers.has('etag')]).toEqual([200, false]);
});
