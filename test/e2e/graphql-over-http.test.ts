import { serverAudits } from 'graphql-http';
import { describe, expect, test } from 'vitest';
import { range } from '../graphql/numbered-registry.js';
import { type RawAnswer, type RawRequest, rawRequest } from '../http/raw-request.js';
import { DOCUMENTED_ID, postGraphql, type TestApp, withApp } from '../support/with-app.js';

const QUERY = `{ model(id: "${DOCUMENTED_ID}") { name } }`;
const ANSWER = { model: { name: '情感分析' } };

const get = (app: TestApp, query: string, headers: Record<string, string> = {}) =>
  fetch(`${app.url}/graphql?query=${encodeURIComponent(query)}`, { headers });

const post = (
  app: TestApp,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) =>
  fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });

/** A refusal that a GraphQL client can show, with an id to ask about. */
async function expectRefused(response: Response, status: number, message: RegExp): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  expect(response.headers.get('x-request-id')).toBeTruthy();
  expect(await response.json()).toEqual({
    errors: [{ message: expect.stringMatching(message), extensions: { code: expect.any(String) } }],
  });
}

test('all GraphQL-over-HTTP audits of graphql-http hold, given a preflight header', async () => {
  await using app = await withApp();
  const fetchFn = (url: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('apollo-require-preflight', 'true');
    return fetch(url, { ...init, headers });
  };
  const results = await Promise.all(
    serverAudits({ url: `${app.url}/graphql`, fetchFn }).map(({ fn }) => fn()),
  );
  const idsOf = (status: string) =>
    results.filter((result) => result.status === status).map(({ id }) => id);
  expect([idsOf('error'), idsOf('warn'), idsOf('notice')]).toEqual([[], [], []]);
  expect(idsOf('ok')).toHaveLength(61);
});

describe('GET', () => {
  test.each([
    ['x-apollo-operation-name', 'Any'],
    ['apollo-require-preflight', 'true'],
    ['content-type', 'application/json'],
  ])('answers a query that a web page could not send unasked (%s)', async (name, value) => {
    await using app = await withApp();
    const response = await get(app, QUERY, { [name]: value });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ data: ANSWER });
  });

  test('takes variables and an operation name', async () => {
    await using app = await withApp();
    const search = new URLSearchParams({
      query: 'query A { __typename } query B($id: ID!) { model(id: $id) { name } }',
      operationName: 'B',
      variables: JSON.stringify({ id: DOCUMENTED_ID }),
    });
    const headers = { 'apollo-require-preflight': 'true' };
    const response = await fetch(`${app.url}/graphql?${search}`, { headers });
    expect(await response.json()).toMatchObject({ data: ANSWER });
  });

  test('refuses operations other than queries', async () => {
    await using app = await withApp();
    for (const operation of ['mutation', 'subscription']) {
      const response = await get(app, `${operation} { __typename }`, {
        'apollo-require-preflight': 'true',
      });
      expect(response.status).toBeOneOf([400, 405]);
      expect(await response.json()).not.toHaveProperty('data');
    }
  });
});

describe('a web page elsewhere', () => {
  test('cannot make a browser send a query as a simple GET', async () => {
    await using app = await withApp();
    for (const headers of [{}, { 'content-type': 'text/plain' }] as Record<string, string>[]) {
      const response = await get(app, QUERY, headers);
      expect(response.status).toBe(400);
      expect(await response.text()).toMatch(/Cross-Site Request Forgery/);
    }
    expect(app.sandbox.requests).toEqual([]);
  });

  test('cannot make a browser send a query as a simple POST', async () => {
    await using app = await withApp();
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      '',
      'text/plain; application/json',
      'application/json-not',
    ];
    for (const type of types) {
      const response = await post(app, JSON.stringify({ query: QUERY }), { 'content-type': type });
      await expectRefused(response, 415, /application\/json/);
    }
    expect(app.sandbox.requests).toEqual([]);
  });
});

describe('media types', () => {
  test.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    ['application/graphql-response+json', 'application/graphql-response+json'],
    [
      'application/graphql-response+json, application/json;q=0.9',
      'application/graphql-response+json',
    ],
    ['application/graphql-response+json;q=0.1, application/json', 'application/json'],
  ])('Accept: %s is answered in %s', async (accept, type) => {
    await using app = await withApp();
    const { status, headers, body } = await rawRequest(app.url, {
      method: 'POST',
      target: '/graphql',
      headers: { 'content-type': 'application/json', ...(accept && { accept }) },
      body: [JSON.stringify({ query: QUERY })],
    });
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(
      new RegExp(`^${type.replace('+', '\\+')}; ?charset=utf-8$`),
    );
    expect(JSON.parse(body).data).toEqual(ANSWER);
  });

  test('nothing but these is offered', async () => {
    await using app = await withApp();
    const response = await post(app, JSON.stringify({ query: QUERY }), { accept: 'text/html' });
    expect(response.status).toBe(406);
  });

  test.each([
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'APPLICATION/JSON',
  ])('a body in %s is read', async (type) => {
    await using app = await withApp();
    const response = await post(app, JSON.stringify({ query: QUERY }), { 'content-type': type });
    expect(await response.json()).toMatchObject({ data: ANSWER });
  });

  test('a body in another charset is refused', async () => {
    await using app = await withApp();
    const type = { 'content-type': 'application/json; charset=latin1' };
    await expectRefused(await post(app, JSON.stringify({ query: QUERY }), type), 415, /UTF-8/);
  });
});

describe('a body that is not a request', () => {
  test('is refused when it is not JSON, cut off, empty or not UTF-8', async () => {
    await using app = await withApp();
    const latin1 = Buffer.from(`{"query":"# é\\n${QUERY.replaceAll('"', '\\"')}"}`, 'latin1');
    for (const body of ['{', '', 'query', '{"query":"{ __typename }"', latin1]) {
      await expectRefused(await post(app, body), 400, /not valid JSON/);
    }
    expect(app.events).toEqual([]);
  });

  test('is refused when it is a batch or not an object', async () => {
    await using app = await withApp();
    const batch = [{ query: QUERY }, { query: QUERY }];
    for (const body of [batch, [], 'text', 7, null, true, {}, { query: 7 }, { query: '' }]) {
      const response = await post(app, JSON.stringify(body));
      expect([body, response.status]).toEqual([body, 400]);
      expect(await response.json()).toMatchObject({ errors: [{ message: expect.any(String) }] });
    }
    expect(app.sandbox.requests).toEqual([]);
    expect(app.events.filter(({ type }) => type === 'unexpected')).toEqual([]);
  });
});

const GQL = 'application/graphql-response+json';
const JSON_TYPE = 'application/json';

describe('the status of an answer without data', () => {
  const HUGE = `{ ${'a '.repeat(11_000)} }`;
  const IDS = JSON.stringify(Array.from({ length: 100 }, (_, index) => `model-${index}`));
  test.each<[string, object, number]>([
    ['a document that is none', { query: '{' }, 400],
    ['an unknown field', { query: '{ nonsense }' }, 400],
    ['a wrong variable', { query: 'query ($id: ID!) { model(id: $id) { name } }' }, 400],
    ['an unknown operation', { query: QUERY, operationName: 'Other' }, 400],
    ['too many tokens', { query: HUGE }, 400],
    ['a price beyond the limit', { query: `{ modelsByIds(ids: ${IDS}) { name } }` }, 400],
    ['an explanation', { query: QUERY, extensions: { explain: true } }, 200],
  ])('follows the type: %s', async (_, body, status) => {
    await using app = await withApp({ env: { UPSTREAM_CALLS_PER_OPERATION: '10' } });
    for (const accept of [undefined, '*/*', JSON_TYPE, `${JSON_TYPE}, ${GQL};q=0.9`, GQL]) {
      const answer = await rawRequest(app.url, {
        ...{ method: 'POST', target: '/graphql', body: [JSON.stringify(body)] },
        headers: { 'content-type': JSON_TYPE, ...(accept && { accept }) },
      });
      const [type, expected] = accept === GQL ? [GQL, status] : [JSON_TYPE, 200];
      expect([accept, answer.status, answer.headers['content-type']]).toEqual([
        ...[accept, expected, `${type}; charset=utf-8`],
      ]);
      expect(JSON.parse(answer.body).errors[0].extensions.code).toEqual(expect.any(String));
      expect(answer.headers['cache-control']).toBe('no-store');
    }
  });

  test.each<[string, RawRequest, number]>([
    ['no JSON', { method: 'POST', body: ['{'] }, 400],
    ['a batch', { method: 'POST', body: [JSON.stringify([{ query: QUERY }])] }, 400],
    ['no document', { method: 'POST', body: ['{"variables":{}}'] }, 400],
    ['variables as text', { method: 'POST', body: ['{"query":"{a}","variables":"{}"}'] }, 400],
    ['a mutation by GET', { target: '/graphql?query=mutation%7B__typename%7D' }, 405],
    ['a body that is too large', { method: 'POST', body: ['x'.repeat(2 ** 21)] }, 413],
    [
      'another type',
      { method: 'POST', headers: { 'content-type': 'text/plain' }, body: ['{}'] },
      415,
    ],
    ['a wrong path', { target: '/nothing' }, 404],
    ['a wrong method', { method: 'DELETE' }, 405],
  ])('is that of the refusal in both types: %s', async (_, request, status) => {
    await using app = await withApp();
    for (const type of [JSON_TYPE, GQL]) {
      const answer = await rawRequest(app.url, {
        ...{ target: '/graphql', ...request },
        headers: { accept: type, 'content-type': JSON_TYPE, ...request.headers },
      });
      expect([answer.status, answer.headers['content-type']]).toEqual([
        ...[status, `${type}; charset=utf-8`],
      ]);
    }
  });
});

test('an empty operation name means none, by POST and by GET', async () => {
  await using app = await withApp();
  const search = new URLSearchParams({ query: QUERY, operationName: '' });
  for (let time = 0; time < 8; time += 1) {
    const posted = await postGraphql(app.url, { query: QUERY, operationName: '' });
    expect(posted.data).toEqual(ANSWER);
    const headers = { 'apollo-require-preflight': 'true' };
    const got = await fetch(`${app.url}/graphql?${search}`, { headers });
    expect(await got.json()).toMatchObject({ data: ANSWER });
  }
  const query = 'query A { __typename } query B { __typename }';
  const several = await postGraphql(app.url, { query, operationName: '' });
  expect(several.errors).toMatchObject([{ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }]);
});

test('a persisted query with the hash of another is the caller’s mistake and not ours', async () => {
  await using app = await withApp();
  const persistedQuery = { version: 1, sha256Hash: 'a'.repeat(64) };
  const { data, errors } = await postGraphql(app.url, {
    query: QUERY,
    extensions: { persistedQuery },
  });
  expect(data).toBeUndefined();
  expect(errors).toEqual([
    {
      message: 'The document does not have the hash that the request names.',
      extensions: { code: 'BAD_REQUEST' },
    },
  ]);
  expect(app.events).toEqual([]);
});

// Apollo's own refusals said nothing of caches, which may then keep them.
describe('a refusal before there is an operation', () => {
  test.each<[string, (app: TestApp) => Promise<Response>]>([
    ['a batch', (app) => post(app, JSON.stringify([{ query: QUERY }]))],
    ['a body without a query', (app) => post(app, '{}')],
    ['a GET that a web page could send', (app) => get(app, QUERY)],
    [
      'an Accept that we do not offer',
      (app) => post(app, JSON.stringify({ query: QUERY }), { accept: 'text/html' }),
    ],
  ])('is not to be stored: %s', async (_, send) => {
    await using app = await withApp();
    const response = await send(app);
    expect(response.status).toBeOneOf([400, 406]);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });
});

// A body that says that it is not compressed was refused as compressed.
test('a body in content-encoding identity is read', async () => {
  await using app = await withApp();
  const body = JSON.stringify({ query: QUERY });
  const response = await post(app, body, { 'content-encoding': 'identity' });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ data: ANSWER });
});

describe('a body of more than 1 MB', () => {
  const MB = 1024 * 1024;
  const bodyOf = (bytes: number) => {
    const query = '{ __typename }';
    const json = JSON.stringify({ query, padding: '' });
    return JSON.stringify({ query, padding: 'x'.repeat(bytes - json.length) });
  };
  const send = (app: TestApp, body: string, headers: Record<string, string>, parts = 1) => {
    const size = Math.ceil(body.length / parts);
    return rawRequest(app.url, {
      method: 'POST',
      target: '/graphql',
      headers: { 'content-type': 'application/json', 'x-request-id': 'large', ...headers },
      body: Array.from({ length: parts }, (_, index) =>
        body.slice(index * size, (index + 1) * size),
      ),
    });
  };
  const expectTooLarge = ({ status, headers, body }: RawAnswer, measured = MB + 1) => {
    expect(status).toBe(413);
    expect(headers['x-request-id']).toBe('large');
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(JSON.parse(body)).toEqual({
      errors: [
        {
          message: `The body is larger than ${MB} bytes.`,
          extensions: { code: 'BAD_REQUEST', limit: MB, measured },
        },
      ],
    });
  };

  test('is refused when it says its length', async () => {
    await using app = await withApp();
    expectTooLarge(await send(app, bodyOf(MB + 1), { 'content-length': String(MB + 1) }));
  });

  // Closed while the client still sent, the connection was reset, and three clients of four saw no answer.
  test('is told so to a client that first sends all of it', async () => {
    await using app = await withApp();
    const body = 'x'.repeat(8 * MB);
    for (const type of ['application/json', 'text/plain']) {
      const statuses = range(0, 10).map(async () => {
        const response = await fetch(`${app.url}/graphql`, {
          ...{ method: 'POST', body, headers: { 'content-type': type } },
        });
        await response.text();
        return response.status;
      });
      expect(new Set(await Promise.all(statuses))).toEqual(
        new Set([type === 'text/plain' ? 415 : 413]),
      );
    }
  });

  test('is refused when it comes in chunks', async () => {
    await using app = await withApp();
    expectTooLarge(await send(app, bodyOf(MB + 1), {}, 20));
    expectTooLarge(await send(app, bodyOf(20 * MB), {}, 40));
  });

  test('and one of exactly 1 MB is read', async () => {
    await using app = await withApp();
    const { status, body } = await send(app, bodyOf(MB), {}, 20);
    expect(status).toBe(200);
    expect(JSON.parse(body).data).toEqual({ __typename: 'Query' });
  });
});

describe('extensions.upstream', () => {
  const none = {
    calls: 0,
    cached: 0,
    coalesced: 0,
    stale: 0,
    retries: 0,
    waitMs: 0,
    saved: 0,
    byOperation: {},
    quota: null,
  };

  test('gives the cost of an answer', async () => {
    await using app = await withApp();
    const { extensions } = await app.query(QUERY);
    const cost = { ...none, calls: 1, byOperation: { GetModel: 1 } };
    const quota = { perSecond: 50, available: expect.any(Number) };
    expect(extensions).toEqual({ upstream: { ...cost, quota } });
  });

  test.each([
    ['validation', { query: '{ nonsense }' }],
    ['syntax', { query: '{' }],
    ['a wrong variable', { query: 'query ($id: ID!) { model(id: $id) { name } }', variables: {} }],
    ['an unknown operation', { query: QUERY, operationName: 'Other' }],
  ])('is there when %s stops the operation', async (_, body) => {
    await using app = await withApp();
    const { status, data, errors, extensions } = await postGraphql(app.url, body);
    expect(status).toBe(400);
    expect(data).toBeUndefined();
    expect(errors).toHaveLength(1);
    expect(extensions).toEqual({ upstream: none });
  });
});

// Validation allows a variable with a default where null is not allowed; its value is known only when it runs.
describe('a null that is not allowed is a wrong argument at its place, and is in no log', () => {
  const MODEL = `model(id: "${DOCUMENTED_ID}")`;
  test.each([
    ['query ($v: Boolean = true) { a: __typename m: MODEL { name @include(if: $v) } }', ['m']],
    [
      'query ($v: Boolean = true) { m: MODEL { ...N @skip(if: $v) id } a: __typename } fragment N on Model { name }',
      ['m'],
    ],
    ['query ($v: ID = "x") { a: __typename m: model(id: $v) { name } }', ['m']],
    ['query ($v: ID = "x") { a: __typename m: modelsByIds(ids: [$v]) { name } }', ['m']],
    [
      'query ($v: String = "x") { a: __typename m: MODEL { v: version(name: $v) { id } } }',
      ['m', 'v'],
    ],
    [
      'query ($v: OrderDirection = ASC) { a: __typename m: models(orderBy: { field: CREATED_AT, direction: $v }) { totalCount } }',
      ['m'],
    ],
    ['query ($v: [_Any!] = []) { _entities(representations: $v) { __typename } }', ['_entities']],
    ['query ($v: Boolean = true) { a: __typename @skip(if: $v) }', undefined],
  ])('%s', async (query, path) => {
    await using app = await withApp();
    for (let time = 0; time < 8; time += 1) {
      const { data, errors } = await app.query(query.replace('MODEL', MODEL), { v: null });
      expect(errors.map(({ message, ...rest }) => [rest.path, rest.extensions.code])).toEqual([
        [path, 'BAD_USER_INPUT'],
      ]);
      expect(errors[0]?.message).toMatch(/^Argument /);
      expect(data?.a ?? 'Query').toBe('Query');
    }
    const unexpected = app.events.filter(
      (event) =>
        event.type === 'unexpected' || (event.type === 'operation' && event.unexpected.length > 0),
    );
    expect(unexpected).toEqual([]);
  });
});
