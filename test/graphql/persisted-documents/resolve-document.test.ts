import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../../src/domain/events.js';
import {
  admitDocument,
  type TrustMode,
} from '../../../src/graphql/persisted-documents/admit-document.js';
import { createUntrustedReport } from '../../../src/graphql/persisted-documents/untrusted-documents.js';
import { aGraphqlRequest } from '../../support/graphql-request.js';
import { apollo, documentsOf, hashOf, operation, reasonOf } from './manifests.js';

const TRUSTED = 'query Trusted { a }';
const NAMED = 'query Named { b }';
const AD_HOC = 'query AdHoc { c }';
const DOCUMENTS = documentsOf(apollo([operation(TRUSTED), operation(NAMED, 'named')]));
const MODES: readonly TrustMode[] = ['off', 'log', 'only'];

type Body = Readonly<Record<string, unknown>>;

/** The body that Apollo gets, or the reason of the refusal. */
function admit(body: unknown, mode: TrustMode, report: (event: Event) => void = () => {}) {
  const reportUntrusted = createUntrustedReport(report, () => 0);
  const rules = { mode, documents: DOCUMENTS, checkDocument: () => null, report, reportUntrusted };
  const admission = admitDocument(aGraphqlRequest({ body }), rules);
  return admission.kind === 'admitted'
    ? (admission.request.body as Body)
    : reasonOf(admission.message);
}

const persisted = (sha256Hash: unknown, version: unknown = 1) => ({
  extensions: { persistedQuery: { version, sha256Hash } },
});

describe.each(MODES)('in mode %s', (mode) => {
  test.each<[string, Body, string]>([
    ['a documentId', { documentId: hashOf(TRUSTED) }, TRUSTED],
    ['a documentId with its prefix', { documentId: `sha256:${hashOf(TRUSTED)}` }, TRUSTED],
    ['an id of the manifest’s own', { documentId: 'named' }, NAMED],
    ['a persisted query', persisted(hashOf(TRUSTED)), TRUSTED],
    ['a persisted query of the manifest’s own id', persisted('named'), NAMED],
    ['a persisted query with its text', { ...persisted(hashOf(TRUSTED)), query: TRUSTED }, TRUSTED],
    [
      'a persisted query of an own id with its text',
      { ...persisted('named'), query: NAMED },
      NAMED,
    ],
    ['its text', { query: TRUSTED }, TRUSTED],
    ['its text beside other extensions', { query: TRUSTED, extensions: { trace: 1 } }, TRUSTED],
    ['its text beside nulls', { query: TRUSTED, documentId: null, extensions: null }, TRUSTED],
  ])('a trusted document runs when it is named by %s', (_, request, query) => {
    const body = admit(request, mode);
    expect(body).toMatchObject({ query });
    expect(JSON.stringify(body)).not.toMatch(/"documentId":"|persistedQuery/);
  });

  test.each<[Body, string]>([
    [{ documentId: hashOf(AD_HOC) }, 'unknown'],
    [{ documentId: '' }, 'unknown'],
    [{ documentId: 5 }, 'malformed'],
    [{ documentId: hashOf(TRUSTED), query: TRUSTED }, 'ambiguous'],
    [{ documentId: hashOf(TRUSTED), ...persisted(hashOf(TRUSTED)) }, 'ambiguous'],
    [persisted(5), 'malformed'],
    [persisted(undefined), 'malformed'],
    [persisted(hashOf(TRUSTED), 2), 'malformed'],
    [{ extensions: { persistedQuery: 'text' }, query: TRUSTED }, 'malformed'],
    [persisted('no hash'), 'unknown'],
    [{ ...persisted(hashOf(TRUSTED)), query: AD_HOC }, 'mismatch'],
    [{ ...persisted('named'), query: TRUSTED }, 'mismatch'],
    [{ ...persisted(hashOf(AD_HOC)), query: TRUSTED }, 'mismatch'],
  ])('a request like %j is refused as %s', (request, reason) => {
    expect(admit(request, mode)).toBe(reason);
  });
});

describe.each(['off', 'log'] as const)('in mode %s', (mode) => {
  test('any text runs', () => {
    expect(admit({ query: AD_HOC }, mode)).toEqual({ query: AD_HOC });
  });

  test('Apollo’s own persisted queries are left to it, with or without their text', () => {
    for (const request of [
      persisted(hashOf(AD_HOC)),
      { ...persisted(hashOf(AD_HOC)), query: AD_HOC },
    ]) {
      expect(admit(request, mode)).toBe(request);
    }
  });

  test('a request that names no document is left to Apollo', () => {
    for (const request of [{}, { query: 5 }, { query: null }, { extensions: 'text' }]) {
      expect(admit(request, mode)).toBe(request);
    }
  });
});

describe('in mode only', () => {
  test.each<[Body, string]>([
    [{ query: AD_HOC }, 'untrusted'],
    [{ query: `${TRUSTED} ` }, 'untrusted'],
    [{ query: '{ __typename }' }, 'untrusted'],
    [persisted(hashOf(AD_HOC)), 'unknown'],
    [{ ...persisted(hashOf(AD_HOC)), query: AD_HOC }, 'untrusted'],
    [{}, 'untrusted'],
    [{ query: 5 }, 'untrusted'],
  ])('a request like %j is refused as %s', (request, reason) => {
    expect(admit(request, 'only')).toBe(reason);
  });

  test('nothing but the documents of the manifest ever runs', () => {
    const text = fc.constantFrom(TRUSTED, NAMED, AD_HOC, '', '{ a }');
    const id = fc.oneof(
      text.map(hashOf),
      fc.constantFrom('named', 'sha256:', '__proto__'),
      fc.string(),
    );
    const maybe = <T>(arbitrary: fc.Arbitrary<T>) =>
      fc.oneof(arbitrary, fc.jsonValue(), fc.constant(undefined));
    const request = fc.record(
      {
        query: maybe(text),
        documentId: maybe(id),
        extensions: maybe(
          fc.record({
            persistedQuery: maybe(fc.record({ version: fc.constant(1), sha256Hash: maybe(id) })),
          }),
        ),
      },
      { requiredKeys: [] },
    );
    let ran = 0;
    fc.assert(
      fc.property(request, (one) => {
        const admitted = admit(one, 'only');
        if (typeof admitted === 'string') return;
        ran += 1;
        expect([TRUSTED, NAMED]).toContain(admitted.query);
      }),
      { numRuns: 1000 },
    );
    expect(ran).toBeGreaterThan(0);
  });
});

describe('a document that is not trusted', () => {
  function told(mode: TrustMode) {
    const untrusted: unknown[] = [];
    // A function of its own for each request: nothing is repeated.
    for (const request of [
      { query: TRUSTED, operationName: 'Trusted' },
      { documentId: 'unknown' },
      { query: AD_HOC, operationName: 'AdHoc' },
      { ...persisted(hashOf(AD_HOC)), operationName: 'x'.repeat(1000) },
      { query: '{ d }', operationName: 5 },
    ]) {
      admit(request, mode, (event) => {
        if (event.type !== 'untrusted_document') return;
        const { hash, operationName } = event;
        untrusted.push({ hash, operationName });
      });
    }
    return untrusted;
  }

  test('is reported in mode log, by hash and name of operation', () => {
    expect(told('log')).toEqual([
      { hash: hashOf(AD_HOC), operationName: 'AdHoc' },
      { hash: hashOf(AD_HOC), operationName: 'x'.repeat(100) },
      { hash: hashOf('{ d }'), operationName: null },
    ]);
  });

  test('is not reported in the other modes', () => {
    expect([told('off'), told('only')]).toEqual([[], []]);
  });
});
