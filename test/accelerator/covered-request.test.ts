import { describe, expect, test } from 'vitest';
import { readCovered } from '../../src/accelerator/covered-request.js';
import { isPlain } from '../../src/accelerator/response-cache.js';
import type { GraphqlRequest } from '../../src/graphql/execute.js';
import { hashOf } from '../graphql/persisted-documents/manifests.js';
import { aGraphqlRequest } from '../support/graphql-request.js';

const TAUGHT = '{ taught }';
const persisted = (sha256Hash: unknown, version: unknown = 1) => ({
  persistedQuery: { version, sha256Hash },
});
const EXTENSIONS = persisted(hashOf(TAUGHT));
const BY_HASH = `sha256:${hashOf(TAUGHT)}`;

type Sent = Partial<GraphqlRequest>;

const post = (body: unknown) => readCovered(aGraphqlRequest({ body }));
const get = (parameters: Record<string, string> | [string, string][]) => {
  const search = `?${new URLSearchParams(parameters)}`;
  return readCovered(aGraphqlRequest({ method: 'GET', search, text: search }));
};
const json = JSON.stringify;

describe('a POST', () => {
  test('asks for its text, with its name and its variables', () => {
    const body = { query: '{a}', operationName: 'A', variables: { b: 1 } };
    expect(post(body)).toEqual({
      document: '{a}',
      operationName: 'A',
      variables: { b: 1 },
      mediaType: 'application/json' as const,
    });
  });

  test('asks for the same with null, or without extensions', () => {
    const plain = {
      document: '{a}',
      operationName: undefined,
      variables: {},
      mediaType: 'application/json' as const,
    };
    expect(post({ query: '{a}' })).toEqual(plain);
    expect(post({ query: '{a}', operationName: null, variables: null })).toEqual(plain);
    expect(post({ query: '{a}', extensions: null })).toEqual(plain);
    expect(post({ query: '{a}', extensions: {} })).toEqual(plain);
  });

  test('asks for a document by its hash', () => {
    expect(post({ extensions: EXTENSIONS })?.document).toBe(BY_HASH);
    expect(post({ query: null, extensions: EXTENSIONS })?.document).toBe(BY_HASH);
  });

  test.each([
    [[{ query: '{a}' }]],
    [null],
    ['{a}'],
    [{}],
    [{ query: '' }],
    [{ query: 5 }],
    [{ query: '{a}', variables: '{}' }],
    [{ query: '{a}', variables: [] }],
    [{ query: '{a}', operationName: 1 }],
    [{ query: '{a}', extensions: [] }],
    [{ query: '{a}', extensions: '{}' }],
    [{ query: '{a}', extensions: { explain: true } }],
    // It teaches the hash.
    [{ query: TAUGHT, extensions: EXTENSIONS }],
    [{ query: '', extensions: EXTENSIONS }],
    [{ extensions: persisted(hashOf(TAUGHT).toUpperCase()) }],
    [{ extensions: persisted(hashOf(TAUGHT), 2) }],
    [{ extensions: persisted([hashOf(TAUGHT)]) }],
    [{ extensions: persisted('__proto__') }],
    [{ extensions: { ...EXTENSIONS, explain: true } }],
    [{ extensions: { persistedQuery: hashOf(TAUGHT) } }],
  ])('a POST of %j is left to Apollo', (body) => {
    expect(post(body)).toBeNull();
  });
});

describe('a GET', () => {
  test('asks for the same as parameters', () => {
    expect(get({ query: '{ a(b: "+&%") }' })?.document).toBe('{ a(b: "+&%") }');
    expect(get({ query: '{a}', operationName: 'A', variables: '{"b":1}', other: 'x' })).toEqual({
      document: '{a}',
      operationName: 'A',
      variables: { b: 1 },
      mediaType: 'application/json' as const,
    });
    expect(get({ query: '{a}', extensions: '{}' })?.document).toBe('{a}');
    expect(get({ extensions: json(EXTENSIONS), variables: '{"b":1}' })).toEqual({
      document: BY_HASH,
      operationName: undefined,
      variables: { b: 1 },
      mediaType: 'application/json' as const,
    });
  });

  test('does not look at a body', () => {
    const body = { query: '{a}' };
    expect(readCovered(aGraphqlRequest({ method: 'GET', body }))).toBeNull();
  });

  test.each([
    [{}],
    [{ query: '' }],
    [{ query: '{a}', variables: '' }],
    [{ query: '{a}', variables: '{' }],
    [{ query: '{a}', variables: '[]' }],
    [{ query: '{a}', variables: 'null' }],
    [{ query: '{a}', extensions: '{' }],
    [{ query: '{a}', extensions: 'null' }],
    [{ query: '{a}', extensions: json({ explain: true }) }],
    [{ query: TAUGHT, extensions: json(EXTENSIONS) }],
    [{ query: '', extensions: json(EXTENSIONS) }],
    [{ extensions: json({ ...EXTENSIONS, explain: true }) }],
  ])('a GET of %j is left to Apollo', (parameters) => {
    expect(get(parameters as Record<string, string>)).toBeNull();
  });

  test.each(['query', 'operationName', 'variables', 'extensions'])(
    'with two of %s, too',
    (name) => {
      const parameters = { query: '{a}', operationName: 'A', variables: '{}', extensions: '{}' };
      const all = Object.entries(parameters);
      expect(get(all)).not.toBeNull();
      expect(get([...all, [name, parameters[name as keyof typeof parameters]]])).toBeNull();
    },
  );
});

test.each<[Sent]>([
  [{ budget: 3 }],
  [{ isExplain: true }],
  [{ cacheControl: { noCache: true, maxStaleSeconds: null } }],
  [{ cacheControl: { noCache: false, maxStaleSeconds: 0 } }],
  [{ headers: { 'apollo-federation-include-trace': 'ftv1' } }],
])('a request with %j is left to Apollo', (more) => {
  const body = { query: '{a}' };
  expect(isPlain(aGraphqlRequest({ body }))).toBe(true);
  expect(isPlain(aGraphqlRequest({ body, ...more }))).toBe(false);
});
