// @vitest-environment jsdom
import { Client, fetchExchange, gql, Provider } from 'urql';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { API_KEY, withApiKeys } from '../../support/api-keys';
import { expectNoWarnings } from '../../support/console';
import { type Exchange, watchRequests } from '../../support/requests';
import { embeddedTypes } from '../../support/schema';
import { cleanScreenAfterEach, expectListThatLoadsMore } from '../../support/screen';
import { type Server, startServer } from '../../support/server';
import { MODELS, RATING } from '../codegen/queries';
import { createUrqlClient, EMBEDDED } from './client';
import { Models } from './models';

let server: Server;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());
cleanScreenAfterEach();
expectNoWarnings();
let requests: Exchange[];
beforeEach(() => {
  requests = watchRequests();
});

test('a list loads more, and each model is shown once', async () => {
  await expectListThatLoadsMore(
    <Provider value={createUrqlClient(server.url)}>
      <Models />
    </Provider>,
  );
});

test('each type without an id has its key', () => {
  expect(EMBEDDED).toEqual(embeddedTypes);
});

test('different fields of extraInfo stand together in the cache', async () => {
  const client = createUrqlClient(server.url);
  const id = 'model-rbvg5wzljzks92';
  await client.query(MODELS, {});
  await client.query(RATING, { id });
  const models = client.readQuery(MODELS, {});
  expect(models?.data?.models?.edges[0]?.node.extraInfo?.downloadCount).toBe(606056);
  expect(client.readQuery(RATING, { id })?.data?.model?.extraInfo?.rating).toBe(4.94);
});

test('every type is kept without a warning', async () => {
  const query = gql`
    query Everything {
      model(id: "model-rbvg5wzljzks92") {
        id
        labels { key value }
        meta { requestId }
        latestVersion {
          id
          location { bucket }
          source { kind runId }
          extraInfo { trainedWords }
          metricResults { dataset { datasetId dataset { id } } metrics { name value } }
        }
        metricHistory(metric: "cer") { value dataset { datasetId } version { id } }
      }
      models(first: 1) {
        nodes { id }
        facets(fields: [DOMAIN]) { scanned facets { field values { value count } } }
      }
      node(id: "model-rbvg5wzljzks92") { id ... on Model { name } }
    }
  `;
  const { data, error } = await createUrqlClient(server.url).query(query, {});
  expect(error).toBeUndefined();
  expect(data.model.latestVersion.source.kind).toBe('PipelineRun');
  const [domains] = data.models.facets.facets;
  expect(domains.values[0].value).toBe('nlp');
});

test('urql’s default client, which asks by GET, is answered from a page of the same origin', async () => {
  const client = new Client({ url: server.url, exchanges: [fetchExchange] });
  const { data } = await client.query(RATING, { id: 'model-rbvg5wzljzks92' });
  expect(data?.model?.extraInfo?.rating).toBe(4.94);
  expect(requests).toMatchObject([{ method: 'GET', status: 200 }]);
});

test('a partial answer has its data beside the error', async () => {
  const query = gql`query Some($ids: [ID!]!) { modelsByIds(ids: $ids) { id name } }`;
  const variables = { ids: ['model-rbvg5wzljzks92', 'no id'] };
  const { data, error } = await createUrqlClient(server.url).query(query, variables);
  expect(data).toMatchObject({ modelsByIds: [{ name: '情感分析' }, null] });
  expect(error?.graphQLErrors).toMatchObject([
    { path: ['modelsByIds', 1], extensions: { code: 'BAD_USER_INPUT' } },
  ]);
});

test('a missing key is an error with a code', async () => {
  await using guarded = await startServer(withApiKeys());
  const { error } = await createUrqlClient(guarded.url).query(MODELS, {});
  expect(error?.graphQLErrors[0]?.extensions.code).toBe('UNAUTHENTICATED');
  const client = createUrqlClient(guarded.url, { 'x-api-key': API_KEY });
  expect((await client.query(MODELS, {})).data?.models?.edges).toHaveLength(10);
});
