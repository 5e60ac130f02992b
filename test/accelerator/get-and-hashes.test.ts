// Requests by GET, or by a hash that was taught, against a server that leaves all of them to Apollo: whole answers,
// headers and all, and which of them Apollo was asked for.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApolloServer } from '@apollo/server';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { codegen, hashOf } from '../graphql/persisted-documents/manifests.js';
import { type RawAnswer, rawRequest } from '../http/raw-request.js';
import { DOCUMENTED_ID, type TestApp, withApp } from '../support/with-app.js';

const ENV = {
  CACHE_TTL_SECONDS: '3600',
  CACHE_MISSING_SECONDS: '3600',
  RESPONSE_CACHE: 'off',
  UPSTREAM_RATE_PER_SECOND: '1000',
};

/** More often than a document has to come back before it is compiled. */
const OFTEN = 8;

const BY_ID = 'query ById($id: ID!) { model(id: $id) { id name labels { key value } } }';
const SEVERAL = `query A { __typename } query B($id: ID = "${DOCUMENTED_ID}") { model(id: $id) { name } }`;
const META = `{ model(id: "${DOCUMENTED_ID}") { meta { source fetchedAt } } }`;
const ERROR = `{ model(id: "!") { id } other: model(id: "${DOCUMENTED_ID}") { id } }`;
const VARIABLES = { id: DOCUMENTED_ID };
const UNKNOWN = '{ never: __typename }';

const persisted = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: hashOf(text) } });
const json = JSON.stringify;

interface Sent {
  /** Of a GET. */
  readonly search?: Record<string, string> | [string, string][];
  /** Of a POST. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** The type whose status tells errors apart. */
const ACCEPT = { accept: 'application/graphql-response+json' };

function send(app: TestApp, { search, body, headers }: Sent): Promise<RawAnswer> {
  if (search === undefined) {
    const type = { 'content-type': 'application/json', ...ACCEPT };
    const target = { method: 'POST', target: '/graphql', body: [json(body)] };
    return rawRequest(app.url, { ...target, headers: { ...type, ...headers } });
  }
  return rawRequest(app.url, {
    target: `/graphql?${new URLSearchParams(search)}`,
    headers: { 'apollo-require-preflight': 'true', ...ACCEPT, ...headers },
  });
}

/** When and under which id PAI was asked is each server's own. */
function comparable({ status, headers, body }: RawAnswer) {
  const { date: _, 'x-request-id': id, 'content-length': length, etag, ...rest } = headers;
  const isOwn = body.includes('"fetchedAt":"');
  return {
    ...{ status, headers: { ...rest, etag: isOwn ? typeof etag : etag }, hasId: id !== undefined },
    isLengthRight: length === undefined ? null : Number(length) === Buffer.byteLength(body),
    body: body
      .replaceAll(/"fetchedAt":"[^"]*"/g, '"fetchedAt":""')
      .replaceAll(/"waitMs":[\d.]+/g, '"waitMs":0'),
  };
}

const asked = vi.spyOn(ApolloServer.prototype, 'executeHTTPGraphQLRequest');
afterAll(() => asked.mockRestore());

interface Pair {
  readonly compiled: TestApp;
  readonly ordinary: TestApp;
}

async function startPair(env: Record<string, string> = {}): Promise<Pair> {
  // Ages and the values that depend on them are those of the same moment.
  const start = (more: Record<string, string>) =>
    withApp({ env: { ...ENV, ...env, ...more }, isClockStill: true });
  return {
    compiled: await start({ COMPILED_OPERATIONS: 'on' }),
    ordinary: await start({ COMPILED_OPERATIONS: 'off' }),
  };
}

async function closePair({ compiled, ordinary }: Pair) {
  await compiled[Symbol.asyncDispose]();
  await ordinary[Symbol.asyncDispose]();
}

/** Whenever it is asked for; with what the last answer took. */
async function askOften({ compiled, ordinary }: Pair, sent: Sent) {
  let last: RawAnswer | undefined;
  let apollo = 0;
  for (let time = 0; time < OFTEN; time += 1) {
    asked.mockClear();
    last = await send(compiled, sent);
    apollo = asked.mock.calls.length;
    expect(comparable(last)).toEqual(comparable(await send(ordinary, sent)));
  }
  return { apollo, status: last?.status, headers: last?.headers, body: last?.body ?? '' };
}

async function teach({ compiled, ordinary }: Pair, ...texts: string[]) {
  for (const query of texts) {
    for (const app of [compiled, ordinary]) {
      await send(app, { body: { query, extensions: persisted(query), variables: VARIABLES } });
    }
  }
}

let pair: Pair;
beforeAll(async () => {
  pair = await startPair();
  await teach(pair, BY_ID, SEVERAL, META, ERROR);
});
afterAll(() => closePair(pair));

const byId = { query: BY_ID, variables: json(VARIABLES) };
const byHash = { extensions: json(persisted(BY_ID)), variables: json(VARIABLES) };

describe('is answered without Apollo as with it, byte by byte and with the same headers', () => {
  test.each<[string, Sent]>([
    ['a query by GET', { search: { query: `{ model(id: "${DOCUMENTED_ID}") { name } }` } }],
    ['with variables', { search: byId }],
    [
      'with empty extensions, and a parameter that says nothing',
      { search: { ...byId, extensions: '{}', x: '1' } },
    ],
    ['one operation of several', { search: { query: SEVERAL, operationName: 'B' } }],
    ['a model that is not there', { search: { ...byId, variables: '{"id":"model-none"}' } }],
    ['meta', { search: { query: META } }],
    ['another type', { search: byId, headers: { accept: 'application/json' } }],
    ['a hash by GET', { search: byHash }],
    [
      'a hash and an operation',
      { search: { ...byHash, extensions: json(persisted(SEVERAL)), operationName: 'B' } },
    ],
    ['a hash of meta', { search: { extensions: json(persisted(META)) } }],
    ['a hash by POST', { body: { extensions: persisted(BY_ID), variables: VARIABLES } }],
    [
      'a hash and an operation by POST',
      { body: { query: null, extensions: persisted(SEVERAL), operationName: 'B' } },
    ],
  ])('%s', async (_, sent) => {
    const { apollo, status, body } = await askOften(pair, sent);
    expect([apollo, status]).toEqual([0, 200]);
    expect(JSON.parse(body).errors).toBeUndefined();
  });

  test.each([
    ['its text', byId],
    ['its hash', byHash],
  ])('an answer that the client has already, by %s', async (_, search) => {
    const whole = await askOften(pair, { search });
    const etag = whole.headers?.etag ?? '';
    expect(etag).toMatch(/^W\/"/);
    const known = await askOften(pair, { search, headers: { 'if-none-match': `"x", ${etag}` } });
    expect(known).toMatchObject({ apollo: 0, status: 304, body: '' });
    const other = await askOften(pair, { search, headers: { 'if-none-match': '"x"' } });
    expect(other).toMatchObject({ apollo: 0, status: 200, body: whole.body });
  });
});

describe('is left to Apollo', () => {
  test.each<[string, number, Sent]>([
    ['a hash that nobody taught', 200, { search: { extensions: json(persisted(UNKNOWN)) } }],
    ['one by POST', 200, { body: { extensions: persisted(UNKNOWN) } }],
    ['a text that is taught', 200, { search: { ...byId, ...byHash } }],
    ['an explanation', 200, { search: { ...byId, extensions: '{"explain":true}' } }],
    [
      'a hash to explain',
      200,
      { body: { extensions: { ...persisted(BY_ID), explain: true }, variables: VARIABLES } },
    ],
    ['variables that are not JSON', 400, { search: { ...byId, variables: '{' } }],
    ['variables that are a list', 400, { search: { ...byHash, variables: '[]' } }],
    ['variables that are null', 400, { search: { ...byHash, variables: 'null' } }],
    ['extensions that are null', 400, { search: { ...byId, extensions: 'null' } }],
    ['no variables', 400, { search: { query: BY_ID } }],
    ['two of variables', 400, { search: [...Object.entries(byId), ['variables', '{}']] }],
    ['one of several that it does not name', 400, { search: { query: SEVERAL } }],
    ['one that is not there', 400, { search: { query: SEVERAL, operationName: 'C' } }],
    ['an empty name', 400, { search: { query: SEVERAL, operationName: '' } }],
    ['no text', 400, { search: { variables: '{}' } }],
    ['an empty text', 400, { search: { query: '' } }],
    ['a text that is none', 400, { search: { query: '{' } }],
    ['a field that is not there', 400, { search: { query: '{ nonsense }' } }],
    ['a mutation by GET', 405, { search: { query: 'mutation { __typename }' } }],
    ['an error', 200, { search: { query: ERROR } }],
    ['an error by its hash', 200, { search: { extensions: json(persisted(ERROR)) } }],
    ['introspection', 200, { search: { query: '{ __schema { queryType { name } } }' } }],
  ])('%s', async (_, expected, sent) => {
    const { apollo, status } = await askOften(pair, sent);
    expect([apollo, status]).toEqual([1, expected]);
  });
});

test.each<[string, number, Sent]>([
  ['an Accept that is not offered', 406, { search: byId, headers: { accept: 'text/html' } }],
  [
    'a GET that another site may send',
    400,
    { search: byId, headers: { 'apollo-require-preflight': '' } },
  ],
])('%s is refused before both', async (_, expected, sent) => {
  const { apollo, status } = await askOften(pair, sent);
  expect([apollo, status]).toEqual([0, expected]);
});

test.each<[string, Sent]>([
  ['of another', { search: { query: UNKNOWN, extensions: json(persisted(BY_ID)) } }],
  ['of another, by POST', { body: { query: UNKNOWN, extensions: persisted(BY_ID) } }],
  ['of no kind', { search: { extensions: '{"persistedQuery":{"version":2}}' } }],
])('a hash %s is refused before that', async (_, sent) => {
  const { apollo, status } = await askOften(pair, sent);
  expect([apollo, status]).toEqual([0, 400]);
});

test('a body that reads like the search of a GET is not answered as the GET was', async () => {
  const search = { query: '{ __typename }' };
  await askOften(pair, { search });
  const body = `?${new URLSearchParams(search)}`;
  const headers = { 'content-type': 'application/json' };
  const answer = await rawRequest(pair.compiled.url, {
    ...{ method: 'POST', target: '/graphql', headers, body: [body] },
  });
  expect([answer.status, JSON.parse(answer.body).data]).toEqual([400, undefined]);
});

test('a hash that Apollo has forgotten is still answered while its compiled operation is kept', async () => {
  const own = await startPair();
  await teach(own, BY_ID);
  const before = await askOften(own, { search: byHash });
  for (let index = 0; index < 40; index += 1) {
    await teach(own, `{ __typename } # ${index} ${'x'.repeat(500_000)}`);
  }
  const unknown = await send(own.ordinary, { search: byHash });
  expect(JSON.parse(unknown.body).errors[0].extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
  asked.mockClear();
  const again = await send(own.compiled, { search: byHash });
  expect([again.body, asked.mock.calls.length]).toEqual([before.body, 0]);
  await closePair(own);
});

describe.each(['log', 'only'])('with a manifest, in mode %s', (mode) => {
  let folder: string;
  let trusting: Pair;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trusted-'));
    const file = join(folder, 'codegen.json');
    await writeFile(file, codegen(BY_ID));
    trusting = await startPair({ TRUSTED_DOCUMENTS: mode, TRUSTED_DOCUMENTS_FILE: file });
  });
  afterAll(async () => {
    await closePair(trusting);
    await rm(folder, { recursive: true });
  });

  test.each<[string, Sent]>([
    ['its text', { search: byId }],
    ['its hash', { search: byHash }],
    ['its id', { search: { documentId: hashOf(BY_ID), variables: json(VARIABLES) } }],
    ['its hash by POST', { body: { extensions: persisted(BY_ID), variables: VARIABLES } }],
    ['its id by POST', { body: { documentId: hashOf(BY_ID), variables: VARIABLES } }],
  ])('a document is answered without Apollo by %s', async (_, sent) => {
    const { apollo, status, body } = await askOften(trusting, sent);
    expect([apollo, status, JSON.parse(body).data.model.id]).toEqual([0, 200, DOCUMENTED_ID]);
  });

  test('another runs by its text and its hash, or is refused', async () => {
    await teach(trusting, META);
    const isRun = mode !== 'only';
    const told = () =>
      trusting.compiled.events.filter(({ type }) => type === 'untrusted_document').length;
    for (const [search, refusal] of [
      [{ query: META }, 403],
      [{ extensions: json(persisted(META)) }, 400],
    ] as const) {
      const before = told();
      const { apollo, status } = await askOften(trusting, { search });
      expect([apollo, status]).toEqual([0, isRun ? 200 : refusal]);
      expect(told() - before).toBe(mode === 'log' ? OFTEN : 0);
    }
  });
});
