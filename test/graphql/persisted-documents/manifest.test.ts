import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_DOCUMENTS, parseManifest } from '../../../src/graphql/persisted-documents/manifest.js';
import { apollo, codegen, documentsOf, hashOf, operation, problemsOf } from './manifests.js';

const [A, B] = ['query A { a }', 'query B { b }'];

describe('a manifest of trusted documents', () => {
  test.each([
    ['Apollo', apollo([operation(A), operation(B)])],
    ['graphql-codegen', codegen(A, B)],
    ['graphql-codegen without prefixes', JSON.stringify({ [hashOf(A)]: A, [hashOf(B)]: B })],
  ])('a manifest of trusted documents of %s knows its documents by hash and by text', (_, text) => {
    const documents = documentsOf(text);
    expect(documents.size).toBe(2);
    for (const id of [hashOf(A), `sha256:${hashOf(A)}`, hashOf(A).toUpperCase()]) {
      expect(documents.byId(id)).toBe(A);
    }
    expect([documents.isTrusted(A), documents.isTrusted(B)]).toEqual([true, true]);
    for (const other of [`${A} `, 'query A {a}', '']) {
      expect([documents.isTrusted(other), documents.byId(hashOf(other))]).toEqual([
        false,
        undefined,
      ]);
    }
  });

  test('may give ids of its own; the hash of a text names it as well', () => {
    const sha1 = 'a9993e364706816aba3e25717850c26c9cd0d89d';
    for (const text of [apollo([operation(A, sha1)]), JSON.stringify({ [sha1]: A })]) {
      const documents = documentsOf(text);
      expect([documents.byId(sha1), documents.byId(hashOf(A))]).toEqual([A, A]);
      expect(documents.byId(`sha256:${sha1}`)).toBeUndefined();
    }
  });

  test('may hold the same document for several clients', () => {
    const [web, app] = ['web', 'app'].map((clientName) => ({ ...operation(A), clientName }));
    expect(documentsOf(apollo([web, app])).size).toBe(1);
  });

  test('names a new document that is not valid beside those that are known', () => {
    const known = documentsOf(codegen('{ a }'));
    const parsed = parseManifest(codegen('{ a }', '{'), known);
    expect(parsed).toEqual({ ok: false, problems: ['Document 2 is not a GraphQL document.'] });
    expect(parseManifest(codegen('{ a }', '{ b }'), known)).toMatchObject({ value: { size: 2 } });
  });

  test('must hold a document', () => {
    for (const text of ['{}', apollo([])]) {
      expect(problemsOf(text)).toEqual(['It must hold at least one document.']);
    }
  });

  test('a manifest of trusted documents that does not exist trusts nothing', () => {
    const { size, isTrusted, byId } = NO_DOCUMENTS;
    expect([size, isTrusted('')]).toEqual([0, false]);
    expect(['', '__proto__', 'constructor'].map(byId)).toEqual([undefined, undefined, undefined]);
  });

  test('a manifest of trusted documents of Apollo has all its problems named together', () => {
    const text = JSON.stringify({
      format: 'other',
      version: 2,
      operations: [
        operation(A),
        { id: '', body: A },
        { id: 'b' },
        'text',
        operation('query {', 'c'),
        operation(B, hashOf(A)),
        { id: 'd', body: '' },
      ],
    });
    expect(problemsOf(text)).toEqual([
      'format must be "apollo-persisted-query-manifest".',
      'version must be 1.',
      'operations[1].id must be a text.',
      'operations[2].body must be a text.',
      'operations[3].id must be a text.',
      'operations[4] is not a GraphQL document.',
      'operations[5] does not have the SHA-256 that its id says.',
      'operations[6] is not a GraphQL document.',
      'operations[5] has the id of operations[0].',
    ]);
    expect(problemsOf('{"operations":{}}')).toEqual([
      'format must be "apollo-persisted-query-manifest".',
      'version must be 1.',
      'operations must be a list.',
    ]);
  });

  test('a manifest of trusted documents of graphql-codegen has all its problems named together', () => {
    const text = JSON.stringify({
      [`sha256:${hashOf(A)}`]: A,
      [`sha256:${hashOf(B)}`]: `${B} `,
      c: 5,
      d: 'not GraphQL',
      [hashOf(A)]: B,
    });
    expect(problemsOf(text)).toEqual([
      'Document 3 must be a text.',
      'Document 2 does not have the SHA-256 that its id says.',
      'Document 4 is not a GraphQL document.',
      'Document 5 does not have the SHA-256 that its id says.',
      'Document 5 has the id of Document 1.',
    ]);
  });

  test.each(['', 'x', '[]', 'null', '5', '"text"'])('must be a JSON object: %s', (text) => {
    expect(problemsOf(text)).toEqual(['It must be a JSON object.']);
  });

  test('with any other contents is refused or trusts only its documents, and never throws', () => {
    const body = fc.constantFrom(A, B, 'query {', '');
    const id = fc.oneof(
      fc.string(),
      body.map(hashOf),
      body.map((text) => `sha256:${hashOf(text)}`),
    );
    const manifest = fc.oneof(
      fc.json(),
      fc.dictionary(id, fc.oneof(body, fc.jsonValue())).map((entries) => JSON.stringify(entries)),
      fc.array(fc.oneof(fc.record({ id, body }), fc.jsonValue())).map(apollo),
    );
    fc.assert(
      fc.property(manifest, (text) => {
        const parsed = parseManifest(text);
        if (!parsed.ok) expect(parsed.problems.length).toBeGreaterThan(0);
        else
          for (const one of [A, B]) {
            expect(parsed.value.isTrusted(one)).toBe(text.includes(one));
            expect(parsed.value.byId(hashOf(one))).toBe(text.includes(one) ? one : undefined);
          }
      }),
    );
  });
});
