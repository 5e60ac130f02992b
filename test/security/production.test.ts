// The process as it is started in production: features that are off, settings that are required, and error texts.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.js';
import { rawRequest } from '../http/raw-request.js';
import { type MainProcess, startMain } from '../support/programs.js';
import { postGraphql, SANDBOX_ENV, startTestApp, withApp } from '../support/with-app.js';

const PRODUCTION = { NODE_ENV: 'production', PORT: '0', LOG_LEVEL: 'warn' };
const SANDBOX = { SANDBOX: 'true', AUTH: 'none' };

describe('a process in production', () => {
  let main: MainProcess;
  let url: string;
  beforeAll(async () => {
    main = startMain({ ...PRODUCTION, ...SANDBOX });
    url = await main.url;
  });
  afterAll(() => main[Symbol.asyncDispose]());

  test('serves operations and no playground', async () => {
    const { status, data } = await postGraphql(url, { query: '{ __typename }' });
    expect([status, data]).toEqual([200, { __typename: 'Query' }]);
    expect((await fetch(url)).status).toBe(404);
    expect(main.readyText()).toMatch(/^GraphQL at (?!.*playground)/);
  });

  test('answers no introspection, whole or in part', async () => {
    const queries = [
      getIntrospectionQuery(),
      '{ __schema { types { name } } }',
      '{ __type(name: "Model") { fields { name } } }',
      '{ ...A } fragment A on Query { __schema { queryType { name } } }',
      '{ model(id: "a") { __typename } x: __type(name: "Query") { name } }',
    ];
    for (const query of queries) {
      const { status, data } = await postGraphql(url, { query });
      expect([query, status, data]).toEqual([query, 400, undefined]);
    }
  });

  test.each<[string, string, unknown?]>([
    ['a field', '{ modl(id: "a") { name } }'],
    ['a field below', '{ model(id: "a") { nam } }'],
    ['an argument', '{ model(idd: "a") { name } }'],
    ['a type', '{ model(id: "a") { ... on Modl { name } } }'],
    ['a directive', '{ model(id: "a") @skp(if: true) { name } }'],
    ['an enum value', '{ models(orderBy: { field: CREATED_A }) { nodes { id } } }'],
    ['an input field', '{ models(filter: { nam: "a" }) { nodes { id } } }'],
    [
      'an input field in a variable',
      'query ($v: ModelFilter) { models(filter: $v) { nodes { id } } }',
      { nam: 'a' },
    ],
    [
      'an enum value in a variable',
      'query ($v: ModelOrder) { models(orderBy: $v) { nodes { id } } }',
      { field: 'CREATED_A', direction: 'AS' },
    ],
  ])('suggests nothing for a misspelt %s', async (_, query, v) => {
    const { status, errors } = await postGraphql(url, { query, variables: { v } });
    expect(status).toBe(400);
    expect(errors.length).toBeGreaterThan(0);
    for (const { message } of errors) expect(message).not.toMatch(/did you mean/i);
  });

  test('names no subfield where all are missing, only the field that the client wrote', async () => {
    const { status, errors } = await postGraphql(url, { query: '{ model(id: "a") }' });
    expect(status).toBe(400);
    expect(errors).toMatchObject([
      {
        message:
          'Field "model" of type "Model" must have a selection of subfields. Did you mean "model { ... }"?',
      },
    ]);
  });

  // Apollo's removal of suggestions tries every place: 46 seconds for one megabyte.
  test('answers at once, however often a text of the client holds the words of a suggestion', async () => {
    const startedAt = performance.now();
    const text = 'Did you mean '.repeat(70_000);
    const { status } = await postGraphql(url, { query: `{ model(id: { a: "${text}" }) { id } }` });
    expect(status).toBe(400);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test('sends security headers with every answer, be it a refusal', async () => {
    const targets = [
      '/graphql',
      '/',
      '/nothing',
      '/healthz',
      '/schema.graphql',
      '/subgraph.graphql',
      '/metrics',
      '//[',
    ];
    for (const target of targets) {
      const { headers } = await rawRequest(url, { target });
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cross-origin-opener-policy': 'same-origin',
      });
      expect(headers['x-powered-by'] ?? headers.server).toBeUndefined();
    }
  });

  test('wrote nothing of all this to its error output', () => {
    expect(main.stderr()).toBe('');
  });
});

describe('wrong settings in production fail closed', () => {
  test.each<[string, Record<string, string>, string]>([
    ['no word on AUTH', { SANDBOX: 'true' }, 'AUTH must be set in production'],
    ['no word on the upstream', { AUTH: 'none' }, 'PAI_REGION or PAI_ENDPOINT must be set'],
    ['keys without a file', { AUTH: 'api-key' }, 'API_KEYS_FILE is needed'],
    ['tokens without an issuer', { AUTH: 'jwt' }, 'JWT_ISSUER is needed'],
    ['`none` beside another', { AUTH: 'none,api-key' }, 'AUTH must be'],
    ['trust without a manifest', { TRUSTED_DOCUMENTS: 'only' }, 'TRUSTED_DOCUMENTS_FILE'],
    ['a limit of zero', { LIMIT_DEPTH: '0' }, 'LIMIT_DEPTH must be'],
    ['a plain endpoint elsewhere', { PAI_ENDPOINT: 'http://pai.example.com' }, 'PAI_ENDPOINT'],
  ])('%s', (_, env, problem) => {
    const parsed = parseConfig({ ...PRODUCTION, ...env });
    const problems = parsed.ok ? [] : parsed.problems;
    expect(problems).toContainEqual(expect.stringContaining(problem));
  });

  test('the process ends with 78 before it listens, also for a file that is wrong', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'manifest-'));
    const file = join(folder, 'manifest.json');
    await writeFile(file, '{"format":"other"}');
    const manifest = { TRUSTED_DOCUMENTS: 'only', TRUSTED_DOCUMENTS_FILE: file };
    const keys = { AUTH: 'api-key', API_KEYS_FILE: join(folder, 'nowhere.json') };
    for (const [env, problem] of [
      [{ SANDBOX: 'true' }, 'AUTH must be set in production'],
      [{ ...SANDBOX, ...manifest }, 'TRUSTED_DOCUMENTS_FILE: format must be'],
      [{ ...SANDBOX, ...keys }, 'API_KEYS_FILE:'],
    ] as const) {
      await using main = startMain({ ...PRODUCTION, ...env });
      await expect(main.url).rejects.toThrow(problem);
      expect([await main.exitCode, main.stdout()]).toEqual([78, '']);
    }
    await rm(folder, { recursive: true });
  });
});

test('it binds where it is told, and to the loopback when it is not', async () => {
  const env = { ...PRODUCTION, ...SANDBOX, LOG_LEVEL: 'silent' };
  const there = await startTestApp({ ...env, HOST: '127.0.0.2' });
  const usual = await startTestApp(env);
  expect(new URL(there.url).hostname).toBe('127.0.0.2');
  const { hostname, port } = new URL(usual.url);
  expect(hostname).toBe('127.0.0.1');
  await expect(fetch(`http://127.0.0.2:${port}/healthz`)).rejects.toThrow();
  await there.close();
  await usual.close();
});

describe('an error in production', () => {
  const LEAKS = [
    /\bat .*[(:]\d+/,
    /node_modules|\/src\/|file:\/\/|\.[jt]s\b/,
    /127\.0\.0\.1|localhost|ECONN|socket|aliyuncs/i,
    /sandbox-secret|HMAC|Signature|Authorization/i,
    /stacktrace|exception|did you mean/i,
  ];

  test.each<[string, unknown]>([
    ['a syntax error', { query: '{ model(' }],
    ['an unknown field', { query: '{ nonsense }' }],
    ['a malformed id', { query: '{ model(id: "../../etc/passwd") { name } }' }],
    ['a wrong cursor', { query: '{ models(after: "Did you mean") { nodes { id } } }' }],
    ['a key of the prototype', { query: '{ __proto__ }', variables: { __proto__: 1 } }],
    ['an unknown operation', { query: 'query A { __typename }', operationName: 'constructor' }],
    ['no query', { variables: {} }],
    ['a failing upstream', { query: '{ model(id: "model-a") { name } }' }],
  ])('%s', async (_, body) => {
    await using app = await withApp({
      env: { ...PRODUCTION, ...SANDBOX_ENV, AUTH: 'none', LOG_LEVEL: 'silent' },
    });
    app.sandbox.faults.add({
      fault: { kind: 'error', status: 500, code: 'Odd', message: 'at run (/src/a.js:1) aliyuncs' },
    });
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    expect(JSON.parse(text).errors[0].extensions.code).toMatch(/^[A-Z_]+$/);
    for (const leak of LEAKS) expect(text).not.toMatch(leak);
  });
});
