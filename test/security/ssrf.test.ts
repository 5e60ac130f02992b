// Every URL in PAI's data and in a client's requests points at a server of ours, which is never visited.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { DOCUMENTED_MODEL } from '../../sandbox/sandbox.js';
import { rawRequest } from '../http/raw-request.js';
import { DOCUMENTED_ID, withApp } from '../support/with-app.js';

async function startCanary() {
  let visits = 0;
  const server = createServer((socket) => {
    visits += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    host: `127.0.0.1:${port}`,
    visits: () => visits,
    [Symbol.asyncDispose]: async () => {
      server.close();
    },
  };
}

const QUERY = `query ($id: ID!, $url: String!) {
  model(id: $id) {
    documentUrl raw extraInfo { coverUris }
    latestVersion { uri location { scheme bucket endpoint key } raw }
    metricHistory(metric: $url, dataset: "x") { value dataset { uri } }
    label(key: $url)
  }
  models(filter: { query: $url }) { nodes { documentUrl raw } }
}`;

test('no URL from PAI’s data, a query, a variable or a header is ever fetched', async () => {
  await using canary = await startCanary();
  const poisoned = JSON.parse(
    JSON.stringify(DOCUMENTED_MODEL).replaceAll(/"(?:https?|oss):\/\/[^"]*"/g, `"${canary.url}"`),
  );
  await using app = await withApp({ sandbox: { models: [poisoned] } });
  const variables = { id: DOCUMENTED_ID, url: canary.url };
  const { data, errors } = await app.query(QUERY, variables, {
    ...{ origin: canary.url, referer: canary.url },
    ...{ 'x-forwarded-host': canary.host, 'x-original-url': canary.url },
  });
  expect(errors).toEqual([]);
  // It is data and passes through as such.
  expect(data.model.documentUrl).toBe(canary.url);
  expect(JSON.stringify(data.model.raw)).toContain(canary.url);

  for (const target of [`${canary.url}graphql`, `//${canary.host}/graphql`]) {
    await rawRequest(app.url, { target, headers: { host: '127.0.0.1' } });
  }
  await app.query(
    'query ($all: [_Any!]!) { _entities(representations: $all) { ... on Model { name } } }',
    {
      all: [
        { __typename: 'Model', id: canary.url },
        { __typename: 'Model', id: '../..' },
      ],
    },
  );
  await app.query(`{ model(id: "${canary.host}") { name } }`);
  expect(canary.visits()).toBe(0);
  // Upstream calls go to the upstream alone, at paths that ids cannot leave.
  for (const { path } of app.sandbox.requests) expect(path).toMatch(/^\/api\/v1\/models/);
});
