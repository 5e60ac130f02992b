// @vitest-environment jsdom
import { fireEvent, render, screen } from '@testing-library/react';
import { Suspense } from 'react';
import { fetchQuery, graphql, RelayEnvironmentProvider } from 'react-relay';
import type { Environment } from 'relay-runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_KEY, withApiKeys } from '../../support/api-keys';
import { expectNoWarnings } from '../../support/console';
import { watchRequests } from '../../support/requests';
import { cleanScreenAfterEach, expectListThatLoadsMore } from '../../support/screen';
import { type Server, startServer } from '../../support/server';
import MODELS, { type modelsQuery } from './__generated__/modelsQuery.graphql';
import type { relayTestVersionsQuery } from './__generated__/relayTestVersionsQuery.graphql';
import { createEnvironment } from './environment';
import { Models } from './models';

let server: Server;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());
cleanScreenAfterEach();
expectNoWarnings();

const list = (environment = createEnvironment(server.url)) => (
  <RelayEnvironmentProvider environment={environment}>
    <Suspense fallback="Loading…">
      <Models />
    </Suspense>
  </RelayEnvironmentProvider>
);

test('a list loads more, and each model is shown once', async () => {
  await expectListThatLoadsMore(list());
});

test('a part of the list is read anew on its own, by the id of its model', async () => {
  render(list());
  await screen.findByText(/^情感分析: 606056 downloads/);
  const requests = watchRequests();
  fireEvent.click(screen.getAllByText('Refresh')[0] as HTMLElement);
  await expect.poll(() => requests.map(({ status }) => status)).toEqual([200]);
  await screen.findByText(/^情感分析: 606056 downloads/);
});

test('versions with equal scores, sources and datasets do not conflict in the store', async () => {
  const environment = createEnvironment(server.url);
  const data = await fetchQuery<relayTestVersionsQuery>(
    environment,
    graphql`
      query relayTestVersionsQuery {
        models(first: 20) {
          nodes {
            id
            latestVersion {
              source { type kind runId }
              metricResults {
                dataset { datasetId uri dataset { id } }
                metrics { name value }
              }
            }
            versions(first: 5) {
              nodes {
                source { type kind runId }
                metricResults {
                  dataset { datasetId uri dataset { id } }
                  metrics { name value }
                }
              }
            }
          }
        }
      }
    `,
    {},
  ).toPromise();
  expect(data?.models?.nodes).toHaveLength(20);
});

test('a missing key is an error with a code', async () => {
  await using guarded = await startServer(withApiKeys());
  const ask = (environment: Environment) =>
    fetchQuery<modelsQuery>(environment, MODELS, {}).toPromise();
  const refused = ask(createEnvironment(guarded.url));
  await expect(refused).rejects.toMatchObject({
    source: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
  });
  const answer = await ask(createEnvironment(guarded.url, { 'x-api-key': API_KEY }));
  expect(answer).toBeDefined();
});
