// @vitest-environment jsdom
import { QueryClientProvider } from '@tanstack/react-query';
import { ClientError, gql } from 'graphql-request';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_KEY, withApiKeys } from '../../support/api-keys';
import { expectNoWarnings } from '../../support/console';
import { cleanScreenAfterEach, expectListThatLoadsMore } from '../../support/screen';
import { type Server, startServer } from '../../support/server';
import { MODELS } from '../codegen/queries';
import { createGraphQLClient, createQueryClient, errorCode } from './client';
import { Models } from './models';

let server: Server;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());
cleanScreenAfterEach();
expectNoWarnings();

test('a list loads more, and each model is shown once', async () => {
  await expectListThatLoadsMore(
    <QueryClientProvider client={createQueryClient()}>
      <Models client={createGraphQLClient(server.url)} />
    </QueryClientProvider>,
  );
});

test('a missing key is an error with a code, which is not tried again', async () => {
  await using guarded = await startServer(withApiKeys());
  const client = createGraphQLClient(guarded.url);
  let attempts = 0;
  const refused = createQueryClient().fetchQuery({
    queryKey: ['models'],
    queryFn: () => {
      attempts += 1;
      return client.request(MODELS, {});
    },
    retry: createQueryClient().getDefaultOptions().queries?.retry,
  });
  const error = await refused.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ClientError);
  expect(errorCode(error)).toBe('UNAUTHENTICATED');
  expect(attempts).toBe(1);
  const { models } = await createGraphQLClient(guarded.url, { 'x-api-key': API_KEY }).request(
    MODELS,
    {},
  );
  expect(models?.edges).toHaveLength(10);
});

test('a refusal for too many operations is tried again once, after its pause', async () => {
  await using slow = await startServer({ OPERATIONS_PER_SECOND: '1' });
  const client = createGraphQLClient(slow.url);
  await client.request(MODELS, {});
  const { retry, retryDelay } = createQueryClient().getDefaultOptions().queries ?? {};
  const answer = await createQueryClient().fetchQuery({
    queryKey: ['models'],
    queryFn: () => client.request(MODELS, {}),
    retry,
    retryDelay,
  });
  expect(answer.models?.edges).toHaveLength(10);
});

test('a partial answer is an error that has the data', async () => {
  const query = gql`query Some($ids: [ID!]!) { modelsByIds(ids: $ids) { id name } }`;
  const variables = { ids: ['model-rbvg5wzljzks92', 'no id'] };
  const answer = createGraphQLClient(server.url).request(query, variables);
  const error = await answer.catch((reason: unknown) => reason);
  if (!(error instanceof ClientError)) throw error;
  expect(error.response.data).toMatchObject({ modelsByIds: [{ name: '情感分析' }, null] });
  expect(errorCode(error)).toBe('BAD_USER_INPUT');
});
