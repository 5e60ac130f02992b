import { describe, expect, test } from 'vitest';
import { type Fault, startSandbox } from '../../sandbox/sandbox.js';
import { freePort } from '../support/free-port.js';
import { eventually, startMain } from '../support/programs.js';
import {
  DOCUMENTED_ID,
  postGraphql,
  SANDBOX_ENV,
  sampleIds,
  type TestApp,
  withApp,
} from '../support/with-app.js';

const QUERY = `{ model(id: "${DOCUMENTED_ID}") { name } }`;

/** Stack traces, paths, hosts, keys, and words of PAI's messages. */
const LEAKS = [
  /\bat .*[(:]\d+/,
  /node_modules|\/src\/|file:\/\/|\.[jt]s\b/,
  /127\.0\.0\.1|localhost|ECONN|socket/i,
  /sandbox-secret|HMAC|Signature|Authorization/i,
  /secret|HostId|AccessDeniedDetail|Recommend/i,
  /<html|<center/i,
  /stacktrace|exception/i,
];

async function answerOf(app: TestApp, body: unknown): Promise<{ text: string; code: unknown }> {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { host } = new URL(app.url);
  const headers = [...response.headers].map((pair) => pair.join(': ')).join('\n');
  expect(headers.replaceAll(host, '')).not.toMatch(/express|apollo|powered/i);
  const text = await response.text();
  return { text, code: JSON.parse(text).errors[0].extensions.code };
}

describe('in the answer to a caller,', () => {
  const secretError: Fault = {
    kind: 'error',
    status: 400,
    code: 'SomethingNew',
    message: 'secret of acs.example.com /home/admin Signature HMAC',
  };
  test.each<[string, Fault, string]>([
    ['an HTML page', { kind: 'html' }, 'UPSTREAM_UNAVAILABLE'],
    ['an HTML page with 403', { kind: 'html', status: 403 }, 'UPSTREAM_UNAVAILABLE'],
    ['an error that says too much', secretError, 'UPSTREAM_REJECTED'],
    ['a server error', { ...secretError, status: 500 }, 'UPSTREAM_UNAVAILABLE'],
    ['a refusal', { ...secretError, status: 403, code: 'Forbidden.RAM' }, 'FORBIDDEN'],
    ['a wrong argument', { ...secretError, code: 'InvalidParameter' }, 'BAD_USER_INPUT'],
    ['a bad signature', { ...secretError, code: 'SignatureDoesNotMatch' }, 'UPSTREAM_REJECTED'],
    ['throttling', { kind: 'throttle' }, 'RATE_LIMITED'],
    ['no body', { kind: 'empty' }, 'UPSTREAM_UNAVAILABLE'],
    ['no JSON', { kind: 'garbage' }, 'UPSTREAM_UNAVAILABLE'],
    ['half a body', { kind: 'cut' }, 'UPSTREAM_UNAVAILABLE'],
    ['half the JSON', { kind: 'truncatedJson' }, 'UPSTREAM_UNAVAILABLE'],
    ['a reset connection', { kind: 'reset' }, 'UPSTREAM_UNAVAILABLE'],
    ['another shape', { kind: 'wrongShape', body: { secret: 'secret' } }, 'UPSTREAM_INVALID'],
    ['a list', { kind: 'wrongShape', body: ['secret'] }, 'UPSTREAM_INVALID'],
    ['another model', { kind: 'otherModel' }, 'UPSTREAM_INVALID'],
    ['nine megabytes', { kind: 'oversize', bytes: 9 * 1024 * 1024 }, 'UPSTREAM_INVALID'],
  ])('%s from upstream is one code and nothing more', async (_, fault, code) => {
    await using app = await withApp();
    app.sandbox.faults.add({ fault });
    const answer = await answerOf(app, { query: QUERY });
    expect(answer.code).toBe(code);
    for (const leak of LEAKS) expect(answer.text).not.toMatch(leak);
  });

  test('an unreachable upstream is one code and nothing more', async () => {
    await using app = await withApp();
    await app.sandbox.close();
    const answer = await answerOf(app, { query: QUERY });
    expect(answer.code).toBe('UPSTREAM_UNAVAILABLE');
    for (const leak of LEAKS) expect(answer.text).not.toMatch(leak);
  });

  test.each([
    ['an unknown field', { query: '{ nonsense }' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['a syntax error', { query: '{ model(' }, 'GRAPHQL_PARSE_FAILED'],
    ['a malformed id', { query: '{ model(id: "../etc") { name } }' }, 'BAD_USER_INPUT'],
    [
      'a wrong variable',
      { query: 'query ($id: ID!) { model(id: $id) { name } }', variables: { id: {} } },
      'BAD_USER_INPUT',
    ],
    ['an unknown persisted query', { extensions: PERSISTED }, 'PERSISTED_QUERY_NOT_FOUND'],
    [
      'a reference to nothing',
      { query: '{ _entities(representations: [{ __typename: "Nothing" }]) { __typename } }' },
      'BAD_USER_INPUT',
    ],
  ])('%s is named without internal details', async (_, body, code) => {
    await using app = await withApp();
    const answer = await answerOf(app, body);
    expect(answer.code).toBe(code);
    for (const leak of LEAKS) expect(answer.text).not.toMatch(leak);
    expect(app.sandbox.requests).toEqual([]);
  });
});

const PERSISTED = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } };

describe('a client that leaves', () => {
  test('takes its upstream calls with it', async () => {
    await using app = await withApp();
    app.sandbox.faults.add({ fault: { kind: 'hang' } });
    const ids = sampleIds(5);
    const leave = new AbortController();
    const left = fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: 'query ($ids: [ID!]!) { modelsByIds(ids: $ids) { name } }',
        variables: { ids },
      }),
      signal: leave.signal,
    });
    await eventually(() => app.sandbox.inFlight() === 5 || undefined);
    leave.abort();
    const leftAt = Date.now();
    await expect(left).rejects.toThrow();
    await eventually(() => app.sandbox.inFlight() === 0 || undefined);
    expect(Date.now() - leftAt).toBeLessThan(3000);
    expect(app.sandbox.requests.every(({ endedAt }) => endedAt !== undefined)).toBe(true);
    const attempts = app.events.filter((event) => event.type === 'upstream_attempt');
    expect(attempts.map(({ outcome }) => outcome)).toEqual(Array(5).fill('CANCELLED'));
  });
});

describe('REQUEST_TIMEOUT_MS', () => {
  test('ends a field that is late, at its path, and its siblings stand', async () => {
    await using app = await withApp({ env: { REQUEST_TIMEOUT_MS: '400' } });
    const [slow] = sampleIds(1);
    app.sandbox.faults.add({ modelId: slow ?? '', fault: { kind: 'hang' } });
    const startedAt = Date.now();
    const { status, data, errors } = await app.query(
      `query ($slow: ID!) {
        before: model(id: "${DOCUMENTED_ID}") { name }
        slow: model(id: $slow) { name }
        after: model(id: "${DOCUMENTED_ID}") { name }
      }`,
      { slow },
    );
    const ms = Date.now() - startedAt;
    expect(ms).toBeGreaterThanOrEqual(390);
    expect(ms).toBeLessThan(3000);
    expect(status).toBe(200);
    expect(data).toEqual({ before: { name: '情感分析' }, slow: null, after: { name: '情感分析' } });
    expect(errors).toEqual([
      {
        message: 'The operation took too long.',
        path: ['slow'],
        locations: expect.any(Array),
        extensions: { code: 'UPSTREAM_TIMEOUT' },
      },
    ]);
    await eventually(() => app.sandbox.inFlight() === 0 || undefined);
  });

  test('gives the next operation its own time', async () => {
    await using app = await withApp({ env: { REQUEST_TIMEOUT_MS: '400' } });
    app.sandbox.faults.add({ times: 1, fault: { kind: 'trickle', everyMs: 50 } });
    const body = { query: QUERY };
    expect((await postGraphql(app.url, body)).errors[0]?.extensions.code).toBe('UPSTREAM_TIMEOUT');
    expect((await postGraphql(app.url, body)).data).toEqual({ model: { name: '情感分析' } });
  });
});

test('an operation that ends early after some of its calls have answered ends nothing else', async () => {
  const sandbox = await startSandbox();
  const [slow] = sampleIds(1);
  sandbox.faults.add({ modelId: slow ?? '', fault: { kind: 'hang' } });
  await using main = startMain({
    PORT: '0',
    PAI_ENDPOINT: sandbox.url,
    REQUEST_TIMEOUT_MS: '300',
    ...SANDBOX_ENV,
  });
  const url = await main.url;
  const query = `{ a: model(id: "${DOCUMENTED_ID}") { name } b: model(id: "${slow}") { name } }`;
  const { data, errors } = await postGraphql(url, { query });
  expect(data).toEqual({ a: { name: '情感分析' }, b: null });
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_TIMEOUT']);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(main.stderr()).toBe('');
  await sandbox.close();
});

test('an operation of many calls warns of no leak', async () => {
  const warnings: Error[] = [];
  const listen = (warning: Error) => warnings.push(warning);
  process.on('warning', listen);
  await using app = await withApp();
  const { errors } = await app.query('query ($ids: [ID!]!) { modelsByIds(ids: $ids) { name } }', {
    ids: Array.from({ length: 100 }, (_, index) => `model-${index}`),
  });
  // Warnings come on a later tick.
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off('warning', listen);
  expect(errors).toEqual([]);
  expect(warnings).toEqual([]);
});

test('the log gives the cause of a lost attempt and its operation, and no address', async () => {
  const port = await freePort();
  const endpoint = { PAI_ENDPOINT: `http://127.0.0.1:${port}`, ...SANDBOX_ENV };
  await using main = startMain({ PORT: '0', LOG_LEVEL: 'warn', ...endpoint });
  const headers = { 'X-Request-Id': 'caller-7' };
  const { errors } = await postGraphql(await main.url, { query: QUERY }, headers);
  expect(errors[0]?.extensions).toEqual({ code: 'UPSTREAM_UNAVAILABLE' });
  const attempts = await main.logAtEnd();
  expect(attempts).toHaveLength(3);
  for (const attempt of attempts) {
    expect(attempt).toMatchObject({ cause: 'REFUSED', requestId: 'caller-7' });
    expect(JSON.stringify(attempt)).not.toMatch(new RegExp(`127\\.0|${port}|ECONN`));
  }
});

// A name of 100 kB went into the log as it was.
test('an operation name of 100 kB is cut to 100 characters before it is reported', async () => {
  await using app = await withApp();
  const name = 'N'.repeat(100_000);
  const { errors } = await app.query(`query ${name} { __typename }`);
  expect(errors).toEqual([]);
  const operations = app.events.filter((event) => event.type === 'operation');
  expect(operations.map((operation) => operation.name)).toEqual(['N'.repeat(100)]);
});

// A value nested deeper than JSON can be written failed the whole response.
test('an answer nested 3000 deep fails its field while its sibling stands', async () => {
  await using app = await withApp();
  const [id = ''] = sampleIds(1);
  const deep = JSON.parse(`${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`);
  app.sandbox.faults.add({
    modelId: id,
    fault: { kind: 'wrongShape', body: { ModelId: id, ModelName: 'deep', ExtraInfo: deep } },
  });
  const { status, data, errors } = await app.query(
    `{ deep: model(id: "${id}") { name raw } other: model(id: "${DOCUMENTED_ID}") { name } }`,
  );
  expect(status).toBe(200);
  expect(data).toEqual({ deep: null, other: { name: '情感分析' } });
  expect(errors).toMatchObject([{ path: ['deep'], extensions: { code: 'UPSTREAM_INVALID' } }]);
});
