// @vitest-environment jsdom
import { CombinedGraphQLErrors, gql } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { render, screen } from '@testing-library/react';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_KEY, withApiKeys } from '../../support/api-keys';
import { expectNoWarnings } from '../../support/console';
import { watchRequests } from '../../support/requests';
import { embeddedFields } from '../../support/schema';
import { cleanScreenAfterEach, expectListThatLoadsMore } from '../../support/screen';
import { type Server, startServer } from '../../support/server';
import { MODELS } from '../codegen/queries';
import { createCache, typePolicies } from './cache';
import { createApolloClient, fresh } from './client';
import { Models, Rating } from './models';

let server: Server;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());
cleanScreenAfterEach();
expectNoWarnings();

test('a list loads more, and each model is shown once', async () => {
  await expectListThatLoadsMore(
    <ApolloProvider client={createApolloClient(server.url)}>
      <Models />
    </ApolloProvider>,
  );
});

test('two components select different fields of extraInfo, and neither loses its own', async () => {
  const requests = watchRequests();
  const client = createApolloClient(server.url);
  render(
    <ApolloProvider client={client}>
      <Models />
      <Rating id="model-rbvg5wzljzks92" />
    </ApolloProvider>,
  );
  await screen.findByText('情感分析: 606056 downloads');
  await screen.findByText('Rated 4.94');
  expect(client.extract()).toMatchObject({
    'Model:model-rbvg5wzljzks92': { extraInfo: { downloadCount: 606056, rating: 4.94 } },
  });
  const count = requests.length;
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(requests).toHaveLength(count);
});

test('each field that gives objects without an id has a policy', () => {
  expect(embeddedFields.length).toBeGreaterThan(7);
  for (const { parent, name, type, isList } of embeddedFields) {
    const path = isList ? [parent, 'fields', name] : [type];
    expect(typePolicies).toHaveProperty([...path, 'merge'], !isList);
  }
});

test('a list without ids is replaced by a shorter one', () => {
  const cache = createCache();
  const query = gql`query Labels { model(id: "model-a") { id labels { key } } }`;
  for (const keys of [['a', 'b'], ['c']]) {
    const labels = keys.map((key) => ({ __typename: 'Label', key }));
    const data = { model: { __typename: 'Model', id: 'model-a', labels } };
    cache.writeQuery({ query, data });
    expect(cache.readQuery({ query })).toEqual(data);
  }
});

test('the facets of a list stay while more of it is loaded', async () => {
  const client = createApolloClient(server.url);
  const list = `edges { cursor node { id } } pageInfo { hasNextPage endCursor startCursor hasPreviousPage }`;
  const facets = gql`query Facets {
    models(first: 2) { ${list} facets(fields: [DOMAIN]) { scanned facets { field values { value count } } } }
  }`;
  const more = gql`query More($after: String) { models(first: 2, after: $after) { ${list} } }`;
  const { data } = await client.query<Listed>({ query: facets });
  const after = data?.models.pageInfo.endCursor;
  await client.query({ query: more, variables: { after }, fetchPolicy: 'network-only' });
  const joined = client.readQuery<Listed>({ query: facets });
  expect(joined?.models.edges).toHaveLength(4);
  expect(joined?.models.facets).toEqual(data?.models.facets);
});

interface Listed {
  readonly models: {
    readonly edges: readonly unknown[];
    readonly pageInfo: { readonly endCursor: string };
    readonly facets: { readonly scanned: number };
  };
}

test('fresh data is read from PAI, past the caches of client and server', async () => {
  const requests = watchRequests();
  const client = createApolloClient(server.url);
  await client.query({ query: MODELS });
  const { data } = await client.query({ query: MODELS, ...fresh });
  expect(data?.models?.edges).toHaveLength(10);
  expect(requests.at(-1)?.upstreamCalls).toBe('1');
});

test('a query is sent by GET as a hash; its text is sent once, by POST', async () => {
  const requests = watchRequests();
  const query = gql`query Hashed { model(id: "model-rbvg5wzljzks92") { id task } }`;
  for (let visitor = 0; visitor < 2; visitor += 1) {
    const { data } = await createApolloClient(server.url).query({ query });
    expect(data).toMatchObject({ model: { task: 'text-classification' } });
  }
  expect(requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET']);
  expect(requests[2]?.url.searchParams.has('query')).toBe(false);
});

test('with errorPolicy all, a page has its data beside the error', async () => {
  const query = gql`query Some($ids: [ID!]!) { modelsByIds(ids: $ids) { id name } }`;
  const { data, error } = await createApolloClient(server.url).query({
    query,
    variables: { ids: ['model-rbvg5wzljzks92', 'no id'] },
    errorPolicy: 'all',
  });
  expect(data).toMatchObject({ modelsByIds: [{ name: '情感分析' }, null] });
  if (!CombinedGraphQLErrors.is(error)) throw error;
  expect(error.errors).toMatchObject([
    { path: ['modelsByIds', 1], extensions: { code: 'BAD_USER_INPUT' } },
  ]);
});

test('a missing key is an error with a code', async () => {
  await using guarded = await startServer(withApiKeys());
  const refused = createApolloClient(guarded.url).query({ query: MODELS });
  const error = await refused.catch((reason: unknown) => reason);
  if (!CombinedGraphQLErrors.is(error)) throw error;
  expect(error.errors[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  const client = createApolloClient(guarded.url, { 'x-api-key': API_KEY });
  expect((await client.query({ query: MODELS })).data?.models?.edges).toHaveLength(10);
});

test('a refusal for too many operations is tried again after its pause, then is an error with a code', async () => {
  await using slow = await startServer({ OPERATIONS_PER_SECOND: '2' });
  const ask = () => createApolloClient(slow.url).query({ query: MODELS });
  await ask();
  const answers = await Promise.allSettled([ask(), ask(), ask(), ask(), ask(), ask(), ask()]);
  expect(answers.some(({ status }) => status === 'fulfilled')).toBe(true);
  const refused = answers.find((answer) => answer.status === 'rejected');
  const error: unknown = refused?.reason;
  if (!CombinedGraphQLErrors.is(error)) throw error;
  expect(error.errors[0]?.extensions).toMatchObject({
    code: 'RATE_LIMITED',
    retryAfterMs: expect.any(Number),
  });
});
