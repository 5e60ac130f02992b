import { expect, test } from 'vitest';
import { codegen } from '../graphql/persisted-documents/manifests.js';
import { aFile } from '../support/a-file.js';
import { DOCUMENTED_ID, type TestApp, withApp } from '../support/with-app.js';

const withCache = (env: Record<string, string> = {}) =>
  withApp({ env: { RESPONSE_CACHE: 'on', ...env } });

const QUERY = `query Name($id: ID!) { model(id: $id) { id name } }`;
const VARIABLES = { id: DOCUMENTED_ID };

const responseCacheHits = ({ events }: TestApp) =>
  events.filter((event) => event.type === 'operation' && event.isFromResponseCache).length;

/** From PAI, from the cache, and then from the response cache. */
async function warm(app: TestApp, query = QUERY, headers: Record<string, string> = {}) {
  const answers = [];
  for (let time = 0; time < 3; time += 1) answers.push(await app.query(query, VARIABLES, headers));
  return answers;
}

function get(app: TestApp, headers: Record<string, string> = {}) {
  const search = new URLSearchParams({ query: QUERY, variables: JSON.stringify(VARIABLES) });
  return fetch(`${app.url}/graphql?${search}`, {
    // Without a word of its own, fetch says no-cache beside If-None-Match.
    headers: { 'apollo-require-preflight': 'true', 'cache-control': 'max-age=0', ...headers },
  });
}

test('a response made wholly from fresh entries is cached, byte by byte', async () => {
  await using app = await withCache();
  const [, executed, recalled] = await warm(app);
  expect(responseCacheHits(app)).toBe(1);
  expect({ ...recalled, headers: null }).toEqual({ ...executed, headers: null });
  for (const name of ['content-type', 'x-request-id'])
    expect(recalled?.headers.has(name)).toBe(true);
  expect(recalled?.headers.get('cache-control')).toMatch(/^private, max-age=\d+$/);
});

test('off, no response is cached', async () => {
  await using app = await withApp({ env: { RESPONSE_CACHE: 'off' } });
  await warm(app);
  expect(responseCacheHits(app)).toBe(0);
});

test.each([
  [
    'meta, also in a fragment',
    'query ($id: ID!) { model(id: $id) { ...M } } fragment M on Model { meta { source } }',
    {},
  ],
  ['an error', 'query ($id: ID!) { model(id: $id) { id } wrong: model(id: "!") { id } }', {}],
  ['what is said to be read anew', QUERY, { 'cache-control': 'no-cache' }],
  ['what may be stale', QUERY, { 'cache-control': 'max-stale=5' }],
  ['an answer under a budget', QUERY, { 'x-upstream-budget': '5' }],
  ['an explanation', QUERY, { 'x-upstream-explain': 'true' }],
  ['a traced answer', QUERY, { 'apollo-federation-include-trace': 'ftv1' }],
])('%s is never kept', async (_, query, headers) => {
  await using app = await withCache();
  await warm(app, query, headers);
  await warm(app, query, headers);
  expect(responseCacheHits(app)).toBe(0);
});

test('a cached response ends with the freshness of the entries it was made from', async () => {
  await using app = await withCache({ CACHE_TTL_SECONDS: '30' });
  await warm(app);
  app.passes(29_000);
  await app.query(QUERY, VARIABLES);
  expect(responseCacheHits(app)).toBe(2);
  app.passes(2_000);
  const { extensions } = await app.query(QUERY, VARIABLES);
  expect(extensions.upstream.stale).toBe(1);
  expect(responseCacheHits(app)).toBe(2);
});

test('a read that replaces an entry ends the cached response at once', async () => {
  await using app = await withCache();
  await warm(app);
  await app.query(QUERY, VARIABLES, { 'cache-control': 'no-cache' });
  const { extensions } = await app.query(QUERY, VARIABLES);
  expect(extensions.upstream).toMatchObject({ calls: 0, cached: 1 });
  expect(responseCacheHits(app)).toBe(1);
});

test('a GET has a weak tag, and is 304 to a client that has it', async () => {
  await using app = await withCache();
  await get(app);
  await get(app);
  const whole = await get(app);
  const tag = whole.headers.get('etag') ?? '';
  expect(tag).toMatch(/^W\/"[\w-]+"$/);
  expect(whole.headers.get('vary')).toBe(
    'Authorization, X-API-Key, Accept, Accept-Encoding, X-Upstream-Explain, Apollo-Federation-Include-Trace',
  );
  const known = await get(app, { 'if-none-match': `"other", ${tag}` });
  expect([known.status, await known.text(), known.headers.get('etag')]).toEqual([304, '', tag]);
  expect(known.headers.get('cache-control')).toMatch(/^private, max-age=/);
  expect((await get(app, { 'if-none-match': tag.slice(2) })).status).toBe(304);
  expect((await get(app, { 'if-none-match': '"other"' })).status).toBe(200);
});

test('a GET that another site may have forged is refused, even if its answer is kept', async () => {
  await using app = await withCache();
  for (let time = 0; time < 3; time += 1) await get(app);
  expect((await get(app, { 'apollo-require-preflight': '' })).status).toBe(400);
});

test('each accepted type has a cached response of its own', async () => {
  await using app = await withCache();
  await warm(app);
  const { headers } = await app.query(QUERY, VARIABLES, {
    accept: 'application/json',
  });
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(responseCacheHits(app)).toBe(1);
});

test('in mode log, a document that is not trusted is reported each time, and no response to it is kept', async () => {
  await using file = await aFile(codegen('{ __typename }'));
  const mode = { TRUSTED_DOCUMENTS: 'log', TRUSTED_DOCUMENTS_FILE: file.path };
  await using app = await withCache(mode);
  await warm(app);
  const reported = app.events.filter(({ type }) => type === 'untrusted_document');
  expect([reported.length, responseCacheHits(app)]).toEqual([3, 0]);
});
