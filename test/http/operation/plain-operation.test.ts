import { describe, expect, test } from 'vitest';
import { plainOperation } from '../../../src/http/operation/plain-operation.js';
import { hashOf } from '../../graphql/trusted-documents/manifests.js';

const TAUGHT = '{ taught }';
const texts = { byHash: (hash: string) => (hash === hashOf(TAUGHT) ? TAUGHT : undefined) };
const persisted = (sha256Hash: unknown, version: unknown = 1) => ({
  persistedQuery: { version, sha256Hash },
});
const EXTENSIONS = persisted(hashOf(TAUGHT));

const post = (body: unknown) => plainOperation({ method: 'POST', search: '', body }, texts);
const get = (parameters: Record<string, string> | string[][]) =>
  plainOperation(
    { method: 'GET', search: `?${new URLSearchParams(parameters)}`, body: undefined },
    texts,
  );
const json = JSON.stringify;

describe('a POST', () => {
  test('asks for its text, with its name and its variables', () => {
    const body = { query: '{a}', operationName: 'A', variables: { b: 1 } };
    expect(post(body)).toEqual(body);
  });

  test('asks for the same with null, or without extensions', () => {
    const plain = { query: '{a}', operationName: undefined, variables: {} };
    expect(post({ query: '{a}' })).toEqual(plain);
    expect(post({ query: '{a}', operationName: null, variables: null })).toEqual(plain);
    expect(post({ query: '{a}', extensions: null })).toEqual(plain);
    expect(post({ query: '{a}', extensions: {} })).toEqual(plain);
  });

  test('asks for the text that was taught by its hash', () => {
    expect(post({ extensions: EXTENSIONS })?.query).toBe(TAUGHT);
    expect(post({ query: null, extensions: EXTENSIONS })?.query).toBe(TAUGHT);
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
    [{ extensions: persisted(hashOf('{ other }')) }],
    [{ extensions: persisted(hashOf(TAUGHT).toUpperCase()) }],
    [{ extensions: persisted(hashOf(TAUGHT), 2) }],
    [{ extensions: persisted([hashOf(TAUGHT)]) }],
    [{ extensions: persisted('__proto__') }],
    [{ extensions: { ...EXTENSIONS, explain: true } }],
    [{ extensions: { persistedQuery: hashOf(TAUGHT) } }],
  ])('of %j is left to Apollo', (body) => {
    expect(post(body)).toBeNull();
  });
});

describe('a GET', () => {
  test('asks for the same as parameters', () => {
    expect(get({ query: '{ a(b: "+&%") }' })?.query).toBe('{ a(b: "+&%") }');
    expect(get({ query: '{a}', operationName: 'A', variables: '{"b":1}', other: 'x' })).toEqual({
      query: '{a}',
      operationName: 'A',
      variables: { b: 1 },
    });
    expect(get({ query: '{a}', extensions: '{}' })?.query).toBe('{a}');
    expect(get({ extensions: json(EXTENSIONS), variables: '{"b":1}' })).toEqual({
      query: TAUGHT,
      operationName: undefined,
      variables: { b: 1 },
    });
  });

  test('does not look at a body', () => {
    expect(plainOperation({ method: 'GET', search: '', body: { query: '{a}' } }, texts)).toBeNull();
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
    [{ extensions: json(persisted(hashOf('{ other }'))) }],
    [{ extensions: json({ ...EXTENSIONS, explain: true }) }],
  ])('of %j is left to Apollo', (parameters) => {
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
