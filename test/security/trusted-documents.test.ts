// Trusted documents over HTTP, in each mode and from both kinds of manifest.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apollo, codegen, hashOf, operation } from '../graphql/persisted-documents/manifests.js';
import { DOCUMENTED_ID, postGraphql, type TestApp, withApp } from '../support/with-app.js';

const NAME = `query Name { model(id: "${DOCUMENTED_ID}") { name } }`;
const BY_ID = 'query ById($id: ID!) { model(id: $id) { id } }';
const HUGE = `query Huge { model(id: "a") { ${'name '.repeat(101)} } }`;
const AD_HOC = '{ models(first: 1) { nodes { id } } }';
const ENTITIES = 'query ($all: [_Any!]!) { _entities(representations: $all) { __typename } }';
const ANSWER = { model: { name: '情感分析' } };

let folder: string;
const files: Record<string, string> = {};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trusted-'));
  files.apollo = join(folder, 'apollo.json');
  files.codegen = join(folder, 'codegen.json');
  await writeFile(files.apollo, apollo([NAME, BY_ID, HUGE].map((body) => operation(body))));
  await writeFile(files.codegen, codegen(NAME, BY_ID, HUGE));
});
afterAll(() => rm(folder, { recursive: true }));

const trusting = (mode: string, format = 'apollo') =>
  withApp({ env: { TRUSTED_DOCUMENTS: mode, TRUSTED_DOCUMENTS_FILE: files[format] ?? '' } });

function get(app: TestApp, parameters: Record<string, string>): Promise<Response> {
  const headers = { 'apollo-require-preflight': 'true' };
  return fetch(`${app.url}/graphql?${new URLSearchParams(parameters)}`, { headers });
}

const persisted = (text: string) => ({
  persistedQuery: { version: 1, sha256Hash: hashOf(text) },
});

describe.each(['apollo', 'codegen'])('with the manifest of %s', (format) => {
  test.each(['log', 'only'])('mode %s runs its documents by GET and POST', async (mode) => {
    await using app = await trusting(mode, format);
    const extensions = JSON.stringify(persisted(NAME));
    for (const body of [
      { documentId: hashOf(NAME) },
      { documentId: `sha256:${hashOf(NAME)}` },
      { extensions: persisted(NAME) },
      { query: NAME },
    ]) {
      const { status, data } = await postGraphql(app.url, body);
      expect([status, data]).toEqual([200, ANSWER]);
    }
    for (const parameters of [{ documentId: hashOf(NAME) }, { extensions }, { query: NAME }]) {
      const response = await get(app, parameters);
      expect([response.status, await response.json()]).toMatchObject([200, { data: ANSWER }]);
    }
    const variables = JSON.stringify({ id: DOCUMENTED_ID });
    const answer = await get(app, { documentId: hashOf(BY_ID), variables });
    expect(await answer.json()).toMatchObject({ data: { model: { id: DOCUMENTED_ID } } });
  });

  test('an answer to GET by hash may be kept by the caller’s cache', async () => {
    await using app = await trusting('only', format);
    const response = await get(app, { documentId: hashOf(NAME) });
    expect(response.headers.get('cache-control')).toMatch(/^private, max-age=([1-9]|[12]\d|30)$/);
  });
});

describe('mode only', () => {
  test.each<[string, unknown, number, string]>([
    ['another text', { query: AD_HOC }, 403, 'FORBIDDEN'],
    ['the text of a document with a space more', { query: `${NAME} ` }, 403, 'FORBIDDEN'],
    ['introspection', { query: '{ __schema { queryType { name } } }' }, 403, 'FORBIDDEN'],
    ['the SDL', { query: '{ _service { sdl } }' }, 403, 'FORBIDDEN'],
    // A gateway writes such texts anew for each plan: it needs mode off or log.
    ['what a gateway asks', { query: ENTITIES, variables: { all: [] } }, 403, 'FORBIDDEN'],
    [
      'another text that would be learned',
      { query: AD_HOC, extensions: persisted(AD_HOC) },
      403,
      'FORBIDDEN',
    ],
    ['an unknown hash', { extensions: persisted(AD_HOC) }, 400, 'PERSISTED_QUERY_NOT_FOUND'],
    ['an unknown id', { documentId: 'other' }, 400, 'PERSISTED_QUERY_NOT_FOUND'],
    [
      'a key of the prototype as an id',
      { documentId: '__proto__' },
      400,
      'PERSISTED_QUERY_NOT_FOUND',
    ],
    ['an id that is a list', { documentId: [hashOf(NAME)] }, 400, 'BAD_REQUEST'],
    [
      'the hash of a document beside another text',
      { query: AD_HOC, extensions: persisted(NAME) },
      400,
      'BAD_REQUEST',
    ],
    ['an id beside a text', { query: AD_HOC, documentId: hashOf(NAME) }, 400, 'BAD_REQUEST'],
    ['a batch of documents', [{ query: NAME }], 403, 'FORBIDDEN'],
    ['nothing', {}, 403, 'FORBIDDEN'],
  ])('refuses %s', async (_, body, status, code) => {
    await using app = await trusting('only');
    const answer = await postGraphql(app.url, body);
    expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([status, code]);
    expect(answer.data).toBeUndefined();
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(app.sandbox.requests).toEqual([]);
  });

  test('refuses another text by GET', async () => {
    await using app = await trusting('only');
    expect((await get(app, { query: AD_HOC })).status).toBe(403);
    const twice = new URLSearchParams([
      ['query', NAME],
      ['query', AD_HOC],
    ]);
    const response = await fetch(`${app.url}/graphql?${twice}`);
    expect(response.status).toBe(400);
    expect(app.sandbox.requests).toEqual([]);
  });

  test('holds trusted documents to the limits, too', async () => {
    await using app = await trusting('only');
    const { status, errors } = await postGraphql(app.url, { documentId: hashOf(HUGE) });
    expect([status, errors[0]?.extensions]).toEqual([
      400,
      { code: 'QUERY_TOO_COMPLEX', limit: 100, measured: 101 },
    ]);
  });

  test('a page elsewhere cannot make a browser send a document by its hash', async () => {
    await using app = await trusting('only');
    const response = await fetch(`${app.url}/graphql?documentId=${hashOf(NAME)}`);
    expect(response.status).toBe(400);
    expect(app.sandbox.requests).toEqual([]);
  });
});

test('mode log runs any text and reports those that mode only would refuse', async () => {
  await using app = await trusting('log');
  expect((await postGraphql(app.url, { query: NAME })).status).toBe(200);
  expect(app.events.filter(({ type }) => type === 'untrusted_document')).toEqual([]);
  // Often enough to be compiled, and still looked at each time.
  const times = Array.from({ length: 8 }, () => 0);
  for (const _ of times) {
    const { status } = await postGraphql(app.url, { query: AD_HOC, operationName: null });
    expect(status).toBe(200);
  }
  expect(app.events.filter(({ type }) => type === 'untrusted_document')).toEqual(
    times.map((_, index) => ({
      ...{ type: 'untrusted_document', hash: hashOf(AD_HOC), operationName: null },
      ...{ requestId: expect.any(String), caller: null },
      ...{ clientName: null, clientVersion: null, isRepeated: index > 0 },
    })),
  );
});

describe('mode off', () => {
  test('runs any text, and persists those that clients teach it', async () => {
    await using app = await withApp();
    const extensions = persisted(NAME);
    const unknown = await postGraphql(app.url, { extensions });
    expect(unknown.errors[0]?.extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect((await postGraphql(app.url, { query: NAME, extensions })).data).toEqual(ANSWER);
    expect((await postGraphql(app.url, { extensions })).data).toEqual(ANSWER);
    const response = await get(app, { extensions: JSON.stringify(extensions) });
    expect(await response.json()).toMatchObject({ data: ANSWER });
  });

  test('learns no text that it would refuse', async () => {
    await using app = await withApp();
    const extensions = persisted(HUGE);
    expect((await postGraphql(app.url, { query: HUGE, extensions })).status).toBe(400);
    const { errors } = await postGraphql(app.url, { extensions });
    expect(errors[0]?.extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  test('forgets before it holds more than its bound', async () => {
    await using app = await withApp();
    const text = (index: number) => `{ __typename } # ${index} ${'x'.repeat(500_000)}`;
    for (let index = 0; index < 40; index += 1) {
      const { status } = await postGraphql(app.url, {
        query: text(index),
        extensions: persisted(text(index)),
      });
      expect(status).toBe(200);
    }
    const { errors } = await postGraphql(app.url, { extensions: persisted(text(0)) });
    expect(errors[0]?.extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
    const last = await postGraphql(app.url, { extensions: persisted(text(39)) });
    expect(last.data).toEqual({ __typename: 'Query' });
  });
});
