// Against a real Apollo Server: the documents that it runs, and those that it never sees.
import { ApolloServer } from '@apollo/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUsage } from '../../../src/domain/call.js';
import type { Context } from '../../../src/graphql/context.js';
import { createPersistedQueryCache } from '../../../src/graphql/document-store.js';
import { executeWith, type GraphqlRequest } from '../../../src/graphql/execute.js';
import {
  admitDocument,
  type TrustMode,
} from '../../../src/graphql/persisted-documents/admit-document.js';
import { aGraphqlRequest } from '../../support/graphql-request.js';
import { apollo, documentsOf, hashOf, operation, reasonOf } from './manifests.js';

const TRUSTED = 'query Trusted($say: String) { echo(say: $say) }';
const NAMED = 'query Named { echo(say: "named") }';
const AD_HOC = '{ echo(say: "ad hoc") }';
const DOCUMENTS = documentsOf(apollo([operation(TRUSTED), operation(NAMED, 'named')]));

let server: ApolloServer<Context>;
beforeAll(async () => {
  server = new ApolloServer<Context>({
    typeDefs: 'type Query { echo(say: String): String }',
    resolvers: { Query: { echo: (_: unknown, { say }: { say: string }) => say } },
    persistedQueries: { cache: createPersistedQueryCache(1_000_000) },
    stopOnTerminationSignals: false,
  });
  await server.start();
});
afterAll(() => server.stop());

async function ask(mode: TrustMode, sent: Partial<GraphqlRequest>) {
  const reports = { report() {}, reportUntrusted() {} };
  const rules = { mode, documents: DOCUMENTS, checkDocument: () => null, ...reports };
  const headers = { 'content-type': 'application/json' };
  const named = admitDocument(aGraphqlRequest({ headers, ...sent }), rules);
  if (named.kind === 'refused') return reasonOf(named.message);
  const context = { call: { usage: createUsage() } } as Context;
  const { body } = await executeWith(server, () => context)(named.request);
  const { data, errors } = JSON.parse(body.toString());
  return data?.echo ?? errors[0].message;
}

const post = (mode: TrustMode, body: unknown) => ask(mode, { method: 'POST', body });
const get = (mode: TrustMode, parameters: Record<string, string> | [string, string][]) =>
  ask(mode, { method: 'GET', search: `?${new URLSearchParams(parameters)}` });
const persisted = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });

describe.each(['off', 'log', 'only'] as const)('in mode %s a trusted document', (mode) => {
  test('runs by POST, however it is named, with its variables', async () => {
    const variables = { say: 'hello' };
    expect(await post(mode, { documentId: hashOf(TRUSTED), variables })).toBe('hello');
    expect(await post(mode, { extensions: persisted(hashOf(TRUSTED)), variables })).toBe('hello');
    expect(await post(mode, { query: TRUSTED, variables })).toBe('hello');
    const extensions = { ...persisted('named'), other: { kept: true } };
    expect(await post(mode, { extensions, query: NAMED })).toBe('named');
  });

  test('runs by GET, however it is named, with its variables', async () => {
    const variables = JSON.stringify({ say: 'hello' });
    const extensions = JSON.stringify(persisted(hashOf(TRUSTED)));
    expect(await get(mode, { documentId: `sha256:${hashOf(TRUSTED)}`, variables })).toBe('hello');
    expect(await get(mode, { extensions, variables })).toBe('hello');
    expect(await get(mode, { query: TRUSTED, variables })).toBe('hello');
    expect(await get(mode, { extensions: JSON.stringify(persisted('named')) })).toBe('named');
  });

  test('is named once', async () => {
    expect(await post(mode, { query: NAMED, documentId: 'named' })).toBe('ambiguous');
    expect(
      await get(mode, [
        ['query', TRUSTED],
        ['query', AD_HOC],
      ]),
    ).toBe('ambiguous');
    expect(
      await get(mode, [
        ['documentId', 'named'],
        ['documentId', 'other'],
      ]),
    ).toBe('ambiguous');
  });
});

describe.each(['off', 'log'] as const)('in mode %s', (mode) => {
  test('any text runs, and Apollo learns and knows the hashes it was taught', async () => {
    expect(await post(mode, { query: AD_HOC })).toBe('ad hoc');
    const query = `{ echo(say: "taught in ${mode}") }`;
    const extensions = persisted(hashOf(query));
    expect(await post(mode, { extensions })).toBe('PersistedQueryNotFound');
    expect(await post(mode, { extensions, query })).toBe(`taught in ${mode}`);
    expect(await post(mode, { extensions })).toBe(`taught in ${mode}`);
    expect(await get(mode, { extensions: JSON.stringify(extensions) })).toBe(`taught in ${mode}`);
  });

  test('a malformed request gets Apollo’s own message', async () => {
    expect(await post(mode, [{ query: AD_HOC }])).toBe('Operation batching disabled.');
    expect(await post(mode, { query: 5 })).toBe('GraphQL queries must be strings.');
    expect(await get(mode, { query: AD_HOC, extensions: '{' })).toMatch('invalid JSON');
  });
});

describe('in mode only', () => {
  test('nothing else comes through, not even a hash that Apollo was taught before', async () => {
    const taught = { query: AD_HOC, extensions: persisted(hashOf(AD_HOC)) };
    expect(await post('off', taught)).toBe('ad hoc');
    expect(await post('only', { extensions: taught.extensions })).toBe('unknown');
    expect(await get('only', { extensions: JSON.stringify(taught.extensions) })).toBe('unknown');
    expect(await post('only', taught)).toBe('untrusted');
    expect(await post('only', { query: AD_HOC })).toBe('untrusted');
    expect(await get('only', { query: AD_HOC })).toBe('untrusted');
    for (const body of [undefined, null, 5, [{ query: TRUSTED }], {}]) {
      expect(await post('only', body)).toBe('untrusted');
    }
  });
});
